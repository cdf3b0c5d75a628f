#include "kernels/cpu/elementwise/elementwise.h"

#include <gtest/gtest.h>

#include "kernel_testing.h"
#include "kernels/cpu/elementwise/rows.h"

namespace lathe::cpu {
namespace {

using namespace lathe::testing;

double apply(BinaryOp op, double a, double b) {
  switch (op) {
    case BinaryOp::add: return a + b;
    case BinaryOp::sub: return a - b;
    case BinaryOp::mul: return a * b;
    case BinaryOp::div: return a / b;
    case BinaryOp::min: return std::min(a, b);
    case BinaryOp::max: return std::max(a, b);
  }
  return NAN;
}

struct Form {
  int64_t stride;
  bool scalar;
  int64_t period;
};

double at(const Store& x, const Form& f, int64_t r, int64_t c) {
  return x[static_cast<size_t>((f.period > 0 ? r % f.period : r) * f.stride + (f.scalar ? 0 : c))];
}

TEST(KernelsElementwise, BinaryBroadcasts) {
  for (const BinaryKernel& kernel : runnable(binary_kernels()))
    for (BinaryOp op : {BinaryOp::add, BinaryOp::sub, BinaryOp::mul, BinaryOp::div, BinaryOp::min, BinaryOp::max})
      for (auto [rows, n] : {std::pair<int64_t, int64_t>{1, 1}, {6, 17}, {1, 1000}, {12, 100}, {3, 384}}) {
        const Form forms[] = {{n + 1, false, 0}, {0, false, 0}, {1, true, 0}, {0, true, 0}, {n, false, 3}};
        for (const Form& fa : forms)
          for (const Form& fb : forms) {
            const auto count = static_cast<size_t>(rows * (n + 1));
            const Store a = normal_store(kernel.type, count, 1), b = normal_store(kernel.type, count, 2);
            Store y(kernel.type, count, 33);
            BinaryArgs args;
            args.op = op;
            args.a = {a.data(), fa.stride, fa.scalar, fa.period};
            args.b = {b.data(), fb.stride, fb.scalar, fb.period};
            args.y = y.data();
            args.rows = rows;
            args.n = n;
            args.y_stride = n + 1;
            run_team(2, [&](Team& team) { kernel.run(args, team); });
            std::vector<double> expected(count, 33);
            for (int64_t r = 0; r < rows; ++r)
              for (int64_t c = 0; c < n; ++c)
                expected[static_cast<size_t>(r * (n + 1) + c)] = apply(op, at(a, fa, r, c), at(b, fb, r, c));
            EXPECT_EQ(y.values(), Store(kernel.type, expected).values())
                << kernel.name << " op " << static_cast<int>(op);
          }
      }
}

double apply(UnaryOp op, double x) {
  switch (op) {
    case UnaryOp::copy: return x;
    case UnaryOp::exp: return std::exp(x);
    case UnaryOp::erf: return std::erf(x);
    case UnaryOp::tanh: return std::tanh(x);
    case UnaryOp::sqrt: return std::sqrt(x);
    case UnaryOp::rsqrt: return 1 / std::sqrt(x);
    case UnaryOp::recip: return 1 / x;
    case UnaryOp::neg: return -x;
    case UnaryOp::abs: return std::fabs(x);
    case UnaryOp::sigmoid: return 1 / (1 + std::exp(-x));
    case UnaryOp::relu: return std::max(x, 0.0);
    case UnaryOp::gelu: return 0.5 * x * std::erfc(-x / std::sqrt(2.0));
    case UnaryOp::gelu_tanh: return 0.5 * x * (1 + std::tanh(std::sqrt(2 / M_PI) * (x + 0.044715 * x * x * x)));
  }
  return NAN;
}

TEST(KernelsElementwise, Unary) {
  for (const UnaryKernel& kernel : runnable(unary_kernels()))
    for (int i = 0; i <= static_cast<int>(UnaryOp::gelu_tanh); ++i)
      for (auto [rows, n] : {std::pair<size_t, size_t>{1, 1}, {5, 3}, {4, 17}, {1, 1000}, {7, 100}, {2, 768}}) {
        const auto op = static_cast<UnaryOp>(i);
        std::vector<double> values = normal_values(rows * n, 1, 2);
        if (op == UnaryOp::sqrt || op == UnaryOp::rsqrt)
          for (double& v : values) v = std::fabs(v);
        Store x(kernel.type, values), y(kernel.type, rows * (n + 2), 44);
        UnaryArgs args;
        args.op = op;
        args.x = x.data();
        args.y = y.data();
        args.rows = static_cast<int64_t>(rows);
        args.n = args.x_stride = static_cast<int64_t>(n);
        args.y_stride = args.n + 2;
        run_team(2, [&](Team& team) { kernel.run(args, team); });
        std::vector<double> expected, got;
        for (size_t r = 0; r < rows; ++r) {
          for (size_t c = 0; c < n; ++c) {
            const float in = static_cast<float>(x[r * n + c]);
            expected.push_back(apply(op, static_cast<double>(in)));
            got.push_back(y[r * (n + 2) + c]);
          }
          EXPECT_EQ(y[r * (n + 2) + n], 44);
        }
        EXPECT_LT(relative_error(got, expected), tolerance(kernel.type, 3e-7))
            << kernel.name << " op " << i << " n " << n;
      }
}

TEST(KernelsElementwise, CastsAreExact) {
  std::vector<double> values = normal_values(3 * 70, 1, 3);
  for (double special : {0.0, -0.0, 1.0, 65504.0, 65520.0, 1e-7, 6e-8, 3.4e38, -1e-5, 1.00390625, 1.01171875, 2049.0})
    values.push_back(special);
  values.push_back(INFINITY);
  values.push_back(-INFINITY);
  while (values.size() % 3 != 0) values.push_back(7);
  const auto n = static_cast<int64_t>(values.size() / 3);
  for (const CastKernel& kernel : runnable(cast_kernels())) {
    const Store x(kernel.from, values);
    Store y(kernel.to, values.size());
    const CastArgs args{x.data(), y.data(), 3, n, n, n};
    run_team(2, [&](Team& team) { kernel.run(args, team); });
    EXPECT_EQ(y.bytes(), Store(kernel.to, x.values()).bytes()) << kernel.name;
  }
}

TEST(KernelsElementwise, CastsKeepNaN) {
  for (const CastKernel& kernel : runnable(cast_kernels())) {
    const Store x(kernel.from, 21, NAN);
    Store y(kernel.to, 21);
    const CastArgs args{x.data(), y.data(), 1, 21, 21, 21};
    Team solo = Team::solo();
    kernel.run(args, solo);
    for (double v : y.values()) EXPECT_TRUE(std::isnan(v)) << kernel.name;
  }
}

TEST(KernelsRows, GatherAndScatterAreInverse) {
  for (int threads : {1, 2, 3}) {
    const Store x = normal_store(DType::f32, 7 * 5, 1);
    const std::vector<int32_t> index = {0, 3, 4, 9, 10, 11, 14};
    Store padded(DType::f32, 16 * 5, 8), back(DType::f32, 7 * 5);
    RowsArgs args{x.data(), padded.data(), index.data(), 7, 16, 20, 20, 20, nullptr};
    run_team(threads, [&](Team& team) { scatter_rows(args, team); });
    for (size_t r = 0, i = 0; r < 16; ++r) {
      const bool kept = i < 7 && index[i] == static_cast<int32_t>(r);
      for (size_t c = 0; c < 5; ++c) EXPECT_EQ(padded[r * 5 + c], kept ? x[i * 5 + c] : 0);
      i += kept;
    }
    args = {padded.data(), back.data(), index.data(), 7, 16, 20, 20, 20, nullptr};
    run_team(threads, [&](Team& team) { gather_rows(args, team); });
    EXPECT_EQ(back.bytes(), x.bytes());
  }
}

TEST(KernelsRows, BadIndicesAreReportedAndNotFollowed) {
  const Store x = normal_store(DType::f32, 4 * 2, 1);
  Store y(DType::f32, 6 * 2, 8);
  for (const std::vector<int32_t>& index :
       {std::vector<int32_t>{0, 1, 2, 6}, {-1, 1, 2, 3}, {0, 7, 2, 5}, {2, 2, 3, -4}, {0, 1, 2000000000, -5}}) {
    int64_t bad = -1;
    const RowsArgs scatter{x.data(), y.data(), index.data(), 4, 6, 8, 8, 8, &bad};
    Team solo = Team::solo();
    scatter_rows(scatter, solo);
    EXPECT_GE(bad, 0);
    const RowsArgs gather{x.data(), y.data(), index.data(), 4, 4, 8, 8, 8, &bad};
    gather_rows(gather, solo);
    for (size_t i = 0; i < 4; ++i) {
      const bool good = index[i] >= 0 && index[i] < 4;
      EXPECT_EQ(y[2 * i], good ? x[2 * static_cast<size_t>(index[i])] : 0);
    }
  }
}

}  // namespace
}  // namespace lathe::cpu
