// Features of texts and tables: n-grams, thresholds, columns.
#include <algorithm>
#include <span>

#include "base/error.h"
#include "frontends/onnx/registry.h"
#include "ops/compare.h"
#include "ops/gather.h"

namespace lathe::onnx {
namespace {

using ops::BinaryKind;
using ops::ReduceKind;

/// The n-grams of one length among the pool, and where their counts go.
struct Grams {
  int64_t length = 0, count = 0;
  std::vector<int64_t> tokens;  ///< [count, length]
};

std::vector<Grams> grams_of(NodeReader& n) {
  const std::vector<int64_t> pool = n.integers("pool_int64s"), starts = n.integers("ngram_counts");
  std::vector<Grams> all;
  for (size_t i = 0; i < starts.size(); ++i) {
    const int64_t end = i + 1 < starts.size() ? starts[i + 1] : static_cast<int64_t>(pool.size());
    const auto length = static_cast<int64_t>(i) + 1;
    if (starts[i] < 0 || end < starts[i] || end > static_cast<int64_t>(pool.size()) || (end - starts[i]) % length != 0)
      n.corrupt("its ngram_counts do not fit its pool");
    all.push_back({length, (end - starts[i]) / length, {pool.begin() + starts[i], pool.begin() + end}});
  }
  return all;
}

/// How often each n-gram stands in x [batch, c], its tokens `step` apart: f32 [batch, count].
ValueId occurrences(NodeReader& n, ValueId x, const Grams& grams, int64_t step) {
  const Dim reach((grams.length - 1) * step), places = n.dim(x, 1) - reach;
  ValueId all = ir::kNone;
  for (int64_t j = 0; j < grams.length; ++j) {
    std::vector<int64_t> column;
    for (int64_t g = 0; g < grams.count; ++g) column.push_back(grams.tokens[static_cast<size_t>(g * grams.length + j)]);
    const ValueId part = n.unsqueeze(n.slice(x, 1, Dim(j * step), places), {2});
    const ValueId hit = n.add(ops::Compare{ops::CompareKind::equal}, {part, n.vector_of(column)});
    all = all == ir::kNone ? hit : n.binary(BinaryKind::and_, all, hit);
  }
  return n.reduce(ReduceKind::sum, n.cast(all, DType::f32), {1}, false);
}

void tf_idf(NodeReader& n) {
  if (n.has("pool_strings")) n.refuse("strings are no tensors of Lathe", "give numbers");
  const bool row = n.rank(n.in(0)) == 1;
  ValueId x = n.cast(n.in(0), DType::i64);
  if (row) x = n.unsqueeze(x, {0});
  if (n.rank(x) != 2 || !n.dim(x, 1).is_constant()) n.refuse("texts of unknown length", "fix the length");
  const int64_t shortest = n.integer("min_gram_length"), longest = n.integer("max_gram_length"),
                skips = n.integer("max_skip_count");
  if (skips < 0) n.corrupt("its max_skip_count is negative");
  const int64_t reach = n.dim(x, 1).constant() - 1;  // from a text's first token to its last
  std::vector<ValueId> parts;
  for (const Grams& grams : grams_of(n)) {
    if (grams.count == 0) continue;
    ValueId counts = n.expand(n.scalar(0, DType::f32), {n.dim(x, 0), Dim(grams.count)});
    const bool wanted = grams.length >= shortest && grams.length <= longest && reach >= 0;
    // Single tokens have no distance; tokens further apart than the text is long are in none.
    const int64_t apart = grams.length == 1 ? 0 : std::min(skips, reach / (grams.length - 1) - 1);
    for (int64_t skip = 0; wanted && skip <= apart; ++skip)
      counts = n.binary(BinaryKind::add, counts, occurrences(n, x, grams, skip + 1));
    parts.push_back(counts);
  }
  if (parts.empty()) n.corrupt("its pool is empty");
  ValueId y = n.concat(parts, 1);
  const std::string mode = n.text("mode", "TF");
  if (mode == "IDF") y = n.by_number(BinaryKind::min, y, 1);
  if (mode != "TF" && n.has("weights")) {
    const std::vector<double> wide = n.numbers("weights");
    const std::vector<float> weights(wide.begin(), wide.end());
    y = n.binary(BinaryKind::mul, y,
                 n.constant({"",
                             DType::f32,
                             {static_cast<int64_t>(weights.size())},
                             Blob::copy_of(std::as_bytes(std::span(weights)))}));
  }
  // Each count goes to its own place; places that no n-gram has stay 0.
  const std::vector<int64_t> places = n.integers("ngram_indexes");
  const auto count = static_cast<int64_t>(places.size());
  const int64_t last = places.empty() ? -1 : *std::max_element(places.begin(), places.end()), size = last + 1;
  if (!(n.dim(y, 1) == Dim(count)) || last >= 4 * count + 64) n.corrupt("its ngram_indexes do not fit its pool");
  y = n.concat({y, n.expand(n.scalar(0, DType::f32), {n.dim(x, 0), Dim(1)})}, 1);
  std::vector<int64_t> from(static_cast<size_t>(size), count);
  for (int64_t i = 0; i < count; ++i) {
    if (places[static_cast<size_t>(i)] < 0) n.corrupt("an index of its n-grams is negative");
    from[static_cast<size_t>(places[static_cast<size_t>(i)])] = i;
  }
  y = n.add(ops::Gather{.axis = 1}, {y, n.vector_of(from)});
  n.give(row ? n.reshape(y, {Dim(size)}) : y);
}

// ai.onnx.ml

void binarizer(NodeReader& n) {
  const ValueId x = n.in(0);
  const ValueId above =
      n.add(ops::Compare{ops::CompareKind::greater}, {x, n.scalar(n.number("threshold", 0), n.dtype(x))});
  n.give(n.cast(above, n.dtype(x)));
}

void feature_extractor(NodeReader& n) {
  const ValueId x = n.in(0);
  const ValueId places = n.cast(n.reshape(n.in(1), {count_of(n.shape(n.in(1)))}), DType::i64);
  const ValueId y = n.add(ops::Gather{.axis = n.rank(x) - 1, .from_end = true}, {x, places});
  n.give(n.rank(x) == 1 ? n.unsqueeze(y, {0}) : y);
}

constexpr std::string_view kMachineLearning = "ai.onnx.ml";

constexpr Entry kEntries[] = {
    {"TfIdfVectorizer", tf_idf, {}, "no strings; rows of known length"},
    {"ArrayFeatureExtractor", feature_extractor, kMachineLearning},
    {"Binarizer", binarizer, kMachineLearning},
};

}  // namespace

std::span<const Entry> features_entries() { return kEntries; }

}  // namespace lathe::onnx
