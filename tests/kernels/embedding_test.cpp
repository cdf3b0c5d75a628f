#include "kernels/cpu/embedding/embedding.h"

#include <gtest/gtest.h>

#include "kernel_testing.h"
#include "kernels/cpu/gemm/gemm.h"

namespace lathe::cpu {
namespace {

using namespace lathe::testing;

struct Problem {
  size_t tokens, n;
  std::vector<Store> tables;
  std::vector<std::vector<int32_t>> ids;
  std::vector<float> gamma, beta;
  static constexpr int64_t kRows[3] = {50, 20, 2};

  Problem(DType type, size_t t, size_t width, int terms) : tokens(t), n(width) {
    std::mt19937 engine(5);
    for (int i = 0; i < terms; ++i) {
      tables.push_back(normal_store(type, static_cast<size_t>(kRows[i]) * (n + 1), static_cast<uint32_t>(i)));
      std::vector<int32_t> rows(tokens);
      for (int32_t& row : rows) row = static_cast<int32_t>(engine() % static_cast<uint32_t>(kRows[i]));
      ids.push_back(rows);
    }
    gamma = to_floats(normal_values(n, 3));
    beta = to_floats(normal_values(n, 4));
  }
  EmbeddingArgs args(Store& y) const {
    EmbeddingArgs a;
    a.term_count = static_cast<int>(tables.size());
    for (size_t i = 0; i < tables.size(); ++i)
      a.terms[i] = {tables[i].data(), kRows[i], static_cast<int64_t>(n + 1), ids[i].data()};
    a.gamma = gamma.data();
    a.beta = beta.data();
    a.y = y.data();
    a.tokens = static_cast<int64_t>(tokens);
    a.n = a.y_stride = static_cast<int64_t>(n);
    return a;
  }
  /// Ids outside their table add nothing.
  std::vector<double> reference(bool normalize) const {
    std::vector<double> y;
    for (size_t t = 0; t < tokens; ++t) {
      std::vector<double> s(n);
      for (size_t i = 0; i < tables.size(); ++i)
        for (size_t c = 0; c < n; ++c)
          if (ids[i][t] >= 0 && ids[i][t] < kRows[i]) s[c] += tables[i][static_cast<size_t>(ids[i][t]) * (n + 1) + c];
      double mean = 0, variance = 0;
      for (double v : s) mean += v / static_cast<double>(n);
      for (double v : s) variance += (v - mean) * (v - mean) / static_cast<double>(n);
      for (size_t c = 0; c < n; ++c)
        y.push_back(!normalize ? s[c]
                               : (s[c] - mean) / std::sqrt(variance + 1e-12) * static_cast<double>(gamma[c]) +
                                     static_cast<double>(beta[c]));
    }
    return y;
  }
};

TEST(KernelsEmbedding, Sizes) {
  for (const EmbeddingKernel& kernel : runnable(embedding_kernels()))
    for (size_t n : {2, 3, 17, 100, 384, 768, 1024})
      for (int terms : {1, 2, 3})
        for (size_t tokens : {1, 13}) {
          Problem p(kernel.table, tokens, n, terms);
          Store y(kernel.y, tokens * n);
          const EmbeddingArgs a = p.args(y);
          run_team(2, [&](Team& team) { kernel.run(a, team); });
          EXPECT_LT(relative_error(y.values(), p.reference(true)), tolerance(kernel.y, 1e-6))
              << kernel.name << " n " << n << " terms " << terms;
        }
}

TEST(KernelsEmbedding, TablesInPanelsGiveTheSameBits) {
  for (const EmbeddingKernel& kernel : runnable(embedding_kernels())) {
    const GemmFormat& format = gemm_format(kernel.table);
    if (format.type != kernel.table) continue;  // f16 has no panels
    for (size_t n : {1, 3, 16, 17, 31, 33, 100, 384})
      for (int terms : {1, 3}) {
        Problem p(kernel.table, 29, n, terms);
        Store y(kernel.y, 29 * n), from_panels(kernel.y, 29 * n);
        EmbeddingArgs a = p.args(y);
        run_team(2, [&](Team& team) { kernel.run(a, team); });

        // The second table, where there is one, else the only one: rows without the gap between them, then packed.
        const size_t packed = terms == 1 ? 0 : 1;
        const int64_t rows = Problem::kRows[packed], width = static_cast<int64_t>(n);
        std::vector<double> dense;
        for (int64_t r = 0; r < rows; ++r)
          for (size_t c = 0; c < n; ++c) dense.push_back(p.tables[packed][static_cast<size_t>(r) * (n + 1) + c]);
        const Store source(kernel.table, dense);
        std::vector<std::byte> panels(format.bytes(width, rows));
        run_team(1,
                 [&](Team& team) { format.pack(source.data(), kernel.table, true, width, rows, panels.data(), team); });
        a.terms[packed].table = panels.data();
        a.terms[packed].stride = panel_elements(kernel.table, width);
        a.terms[packed].in_panels = true;
        std::vector<std::byte> gathered(gathered_bytes(kernel.table, width, 2));
        a.gathered = gathered.data();
        a.y = from_panels.data();
        run_team(2, [&](Team& team) { kernel.run(a, team); });
        EXPECT_EQ(from_panels.values(), y.values()) << kernel.name << " n " << n << " terms " << terms;
      }
  }
}

TEST(KernelsEmbedding, HiddenOfOneGivesBeta) {
  for (const EmbeddingKernel& kernel : runnable(embedding_kernels())) {
    Problem p(kernel.table, 5, 1, 1);
    Store y(kernel.y, 5);
    const EmbeddingArgs a = p.args(y);
    run_team(1, [&](Team& team) { kernel.run(a, team); });
    EXPECT_EQ(y.values(), Store(kernel.y, std::vector<double>(5, static_cast<double>(p.beta[0]))).values());
  }
}

TEST(KernelsEmbedding, BareSumAndFixedRow) {
  for (const EmbeddingKernel& kernel : runnable(embedding_kernels())) {
    Problem p(kernel.table, 512, 100, 3);
    p.ids[2].assign(512, 0);
    Store y(kernel.y, 512 * 100);
    EmbeddingArgs a = p.args(y);
    a.terms[2].ids = nullptr;  // row 0 for every token
    a.normalize = false;
    run_team(3, [&](Team& team) { kernel.run(a, team); });
    EXPECT_LT(relative_error(y.values(), p.reference(false)), tolerance(kernel.y, 1e-6)) << kernel.name;
  }
}

TEST(KernelsEmbedding, BadIndicesAreReportedAndNotRead) {
  for (const EmbeddingKernel& kernel : runnable(embedding_kernels()))
    for (int threads : {1, 2, 4}) {
      Problem p(kernel.table, 40, 33, 3);
      p.ids[1][17] = 20;
      p.ids[0][30] = -1;
      p.ids[2][30] = 2000000000;
      p.ids[0][39] = 50;
      Store y(kernel.y, 40 * 33);
      EmbeddingArgs a = p.args(y);
      std::vector<BadIndex> bad(4);
      bad[0].token = 3;  // what an earlier run may have left
      a.bad = bad.data();
      int members = 0;
      run_team(threads, [&](Team& team) {
        kernel.run(a, team);
        if (team.rank() == 0) members = team.size();
      });
      const BadIndex first = first_bad({bad.data(), static_cast<size_t>(members)});
      EXPECT_EQ(first.token, 17);
      EXPECT_EQ(first.term, 1);
      EXPECT_EQ(first.id, 20);
      a.normalize = false;
      run_team(threads, [&](Team& team) { kernel.run(a, team); });
      EXPECT_LT(relative_error(y.values(), p.reference(false)), tolerance(kernel.y, 1e-6)) << kernel.name;
    }
}

TEST(KernelsEmbedding, GoodIndicesReportNothing) {
  for (const EmbeddingKernel& kernel : runnable(embedding_kernels())) {
    Problem p(kernel.table, 3, 16, 2);
    Store y(kernel.y, 3 * 16);
    EmbeddingArgs a = p.args(y);
    BadIndex bad[4];
    for (BadIndex& b : bad) b.token = 9;
    a.bad = bad;
    int members = 0;
    run_team(4, [&](Team& team) {
      kernel.run(a, team);
      if (team.rank() == 0) members = team.size();
    });
    EXPECT_LT(first_bad({bad, static_cast<size_t>(members)}).token, 0);
  }
}

}  // namespace
}  // namespace lathe::cpu
