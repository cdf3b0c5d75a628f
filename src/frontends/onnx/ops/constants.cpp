// Tensors from nothing: constants, ranges, windows, random numbers.
#include <algorithm>
#include <bit>
#include <cmath>
#include <numbers>

#include "base/dtype.h"
#include "base/error.h"
#include "base/number.h"
#include "frontends/onnx/registry.h"
#include "ops/compare.h"
#include "ops/fill.h"
#include "ops/random.h"
#include "ops/range.h"
#include "ops/where.h"

namespace lathe::onnx {
namespace {

using ops::BinaryKind;
using ops::UnaryKind;

template <class T>
HostTensor tensor_of(DType type, const std::vector<T>& values, bool is_scalar) {
  const Shape shape = is_scalar ? Shape{} : Shape{static_cast<int64_t>(values.size())};
  return {"", type, shape, Blob::copy_of(std::as_bytes(std::span(values)))};
}

void constant(NodeReader& n) {
  if (n.has("value")) return n.give(n.constant(*n.tensor("value")));
  if (const AttributeMessage* sparse = n.find("sparse_value"); sparse && sparse->sparse)
    return n.give(n.constant(n.place().source.tensors().read(*sparse->sparse)));
  if (n.has("value_float"))
    return n.give(n.constant(tensor_of<float>(DType::f32, {static_cast<float>(n.number("value_float", 0))}, true)));
  if (n.has("value_int")) return n.give(n.constant(tensor_of<int64_t>(DType::i64, {n.integer("value_int")}, true)));
  if (n.has("value_ints")) return n.give(n.constant(tensor_of(DType::i64, n.integers("value_ints"), false)));
  if (n.has("value_floats")) {
    const std::vector<double> wide = n.numbers("value_floats");
    return n.give(n.constant(tensor_of(DType::f32, std::vector<float>(wide.begin(), wide.end()), false)));
  }
  if (n.has("value_string") || n.has("value_strings")) n.refuse("strings are no tensors of Lathe");
  n.corrupt("it has no value");
}

void constant_of_shape(NodeReader& n) {
  const auto value = n.tensor("value");
  if (value && value->shape.count() != 1) n.corrupt("its value is no single number");
  const ValueId one = value ? n.constant({"", value->dtype, {}, value->data}) : n.scalar(0, DType::f32);
  const std::vector<Dim> sizes = n.known_sizes(n.in(0), "shape");
  for (const Dim& d : sizes)
    if (d.is_constant() && d.constant() < 0) n.corrupt(fmt::format("its shape has the size {}", d.str()));
  n.give(n.expand(one, sizes));
}

/// start, start + delta, .. below limit: of sizes as the op has it, of other constants as one.
void range(NodeReader& n) {
  const ValueId start = n.in(0), limit = n.in(1), delta = n.in(2);
  const DType type = n.dtype(start);
  if (!is_float(type)) {
    const auto number = [&](ValueId v, std::string_view what) { return n.known_size(v, what); };
    const Dim step = number(delta, "delta");
    if (has_numbers(step)) {
      const Dim count = Dim::ceildiv(number(limit, "limit") - number(start, "start"), step);
      const ValueId places = n.cast(n.range(Dim::max(count, Dim(0))), type);
      return n.give(n.binary(BinaryKind::add, n.binary(BinaryKind::mul, places, delta), start));
    }
    const DType wide = type == DType::i32 ? DType::i32 : DType::i64;
    return n.give(n.cast(
        n.add(ops::Range{wide, number(start, "start"), number(limit, "limit"), n.known_integer(delta, "delta")}, {}),
        type));
  }
  const double first = n.known_number(start, "start"), step = n.known_number(delta, "delta");
  const double count = std::ceil((n.known_number(limit, "limit") - first) / step);
  if (!(count < 1e15)) n.corrupt("its delta never reaches the limit");
  const Dim size(static_cast<int64_t>(std::max(count, 0.0)));
  const ValueId places = n.cast(n.range(size), type);
  n.give(n.by_number(BinaryKind::add, n.by_number(BinaryKind::mul, places, step), first));
}

void eye_like(NodeReader& n) {
  const ValueId x = n.in(0);
  if (n.rank(x) != 2) n.corrupt("it takes a matrix");
  const DType type = n.has("dtype") ? dtype_of(n.integer("dtype"), "") : n.dtype(x);
  const ValueId i = n.reshape(n.range(n.dim(x, 0)), {n.dim(x, 0), Dim(1)}), j = n.range(n.dim(x, 1));
  const ValueId diagonal = n.by_number(BinaryKind::add, i, static_cast<double>(n.integer("k", 0)));
  n.give(n.cast(n.add(ops::Compare{ops::CompareKind::equal}, {diagonal, j}), type));
}

/// a0 - a1 cos(2 pi i / N) + a2 cos(4 pi i / N), N the size, less 1 where the window is not periodic.
void cosine_window(NodeReader& n, double a0, double a1, double a2) {
  const std::vector<Dim> size = n.known_sizes(n.in(0), "size");
  if (size.size() != 1) n.corrupt("its size is no single number");
  const DType type = dtype_of(n.integer("output_datatype", 1), "");
  const bool periodic = n.integer("periodic", 1) != 0;
  const ValueId places = n.cast(n.range(size[0]), DType::f64);
  const ValueId period = n.cast(n.size(periodic ? size[0] : size[0] - Dim(1)), DType::f64);
  const ValueId angle = n.binary(BinaryKind::div, n.by_number(BinaryKind::mul, places, 2 * std::numbers::pi), period);
  const auto cosine = [&](double times, double scale) {
    return n.by_number(BinaryKind::mul, n.unary(UnaryKind::cos, n.by_number(BinaryKind::mul, angle, times)), scale);
  };
  ValueId y = n.by_number(BinaryKind::add, cosine(1, -a1), a0);
  if (a2 != 0) y = n.binary(BinaryKind::add, y, cosine(2, a2));
  n.give(n.cast(y, type));
}
void hann_window(NodeReader& n) { cosine_window(n, 0.5, 0.5, 0); }
void hamming_window(NodeReader& n) { cosine_window(n, 25.0 / 46, 21.0 / 46, 0); }
void blackman_window(NodeReader& n) { cosine_window(n, 0.42, 0.5, 0.08); }

/// [bins, mel bands]: triangles over the frequencies of a spectrogram.
void mel_weight_matrix(NodeReader& n) {
  const int64_t bands = n.known_integer(n.in(0), "num_mel_bins"), length = n.known_integer(n.in(1), "dft_length"),
                rate = n.known_integer(n.in(2), "sample_rate");
  const double low = n.known_number(n.in(3), "lower_edge_hertz"), high = n.known_number(n.in(4), "upper_edge_hertz");
  constexpr int64_t kMost = 1 << 20;
  if (bands < 0 || bands > kMost || length < 0 || length > kMost || rate <= 0) n.corrupt("its sizes are out of range");
  const int64_t bins = length / 2 + 1;
  const auto mel = [](double hertz) { return 2595 * std::log10(1 + hertz / 700); };
  std::vector<int64_t> edge;
  const double step = (mel(high) - mel(low)) / static_cast<double>(bands + 2);
  for (int64_t i = 0; i < bands + 2; ++i) {
    const double hertz = 700 * (std::pow(10, (static_cast<double>(i) * step + mel(low)) / 2595) - 1);
    const double bin = std::floor(static_cast<double>(length + 1) * hertz / static_cast<double>(rate));
    constexpr double kMostBins = 1LL << 52;  // whole numbers are exact up to there
    if (!(std::abs(bin) <= kMostBins)) n.corrupt(fmt::format("its edges {} and {} are out of range", low, high));
    edge.push_back(static_cast<int64_t>(bin));
  }
  if (bins * bands > 64 * kMost) n.corrupt("its matrix is out of range");
  std::vector<double> weights(static_cast<size_t>(bins * bands));
  const auto set = [&](int64_t bin, int64_t band, double value) {
    if (bin >= 0 && bin < bins) weights[static_cast<size_t>(bin * bands + band)] = value;
  };
  for (int64_t band = 0; band < bands; ++band) {
    const int64_t a = edge[static_cast<size_t>(band)], b = edge[static_cast<size_t>(band) + 1],
                  c = edge[static_cast<size_t>(band) + 2];
    if (b == a) set(b, band, 1);
    for (int64_t bin = std::max<int64_t>(a, 0); b > a && bin <= std::min(b, bins); ++bin)
      set(bin, band, static_cast<double>(bin - a) / static_cast<double>(b - a));
    for (int64_t bin = std::max<int64_t>(b, 0); c > b && bin < std::min(c, bins); ++bin)
      set(bin, band, static_cast<double>(c - bin) / static_cast<double>(c - b));
  }
  const DType type = dtype_of(n.integer("output_datatype", 1), "");
  HostTensor matrix = tensor_of(DType::f64, weights, false);
  matrix.shape = {bins, bands};
  n.give(n.cast(n.constant(matrix), type));
}

// Random numbers. A node without a seed gives others in each run.

ops::Random random(NodeReader& n, ops::RandomKind kind, DType type) {
  ops::Random op;
  op.kind = kind;
  op.dtype = n.has("dtype") ? dtype_of(n.integer("dtype"), "") : type;
  op.low = n.number("low", 0);
  op.high = n.number("high", 1);
  op.mean = n.number("mean", 0);
  op.scale = n.number("scale", 1);
  op.samples = n.integer("sample_size", 1);
  op.seeded = n.has("seed");
  // Seeds are floats: each number has a seed of its own, by its bits.
  op.seed = static_cast<int64_t>(std::bit_cast<uint32_t>(static_cast<float>(n.number("seed", 0))));
  return op;
}

template <ops::RandomKind kind>
void random_of_shape(NodeReader& n) {
  ops::Random op = random(n, kind, DType::f32);
  const std::vector<int64_t> shape = n.integers("shape");
  op.shape.assign(shape.begin(), shape.end());
  n.give(n.add(op, {}));
}

template <ops::RandomKind kind>
void random_like(NodeReader& n) {
  ops::Random op = random(n, kind, n.dtype(n.in(0)));
  op.shape = n.shape(n.in(0));
  n.give(n.add(op, {}));
}

void bernoulli(NodeReader& n) {
  const ValueId p = n.in(0);
  n.give(n.add(random(n, ops::RandomKind::bernoulli, n.dtype(p)), {p}));
}

void multinomial(NodeReader& n) { n.give(n.add(random(n, ops::RandomKind::multinomial, DType::i32), {n.in(0)})); }

constexpr Entry kEntries[] = {
    {"Bernoulli", bernoulli},
    {"BlackmanWindow", blackman_window},
    {"Constant", constant, {}, "no strings"},
    {"ConstantOfShape", constant_of_shape},
    {"EyeLike", eye_like},
    {"HammingWindow", hamming_window},
    {"HannWindow", hann_window},
    {"MelWeightMatrix", mel_weight_matrix},
    {"Multinomial", multinomial},
    {"RandomNormal", random_of_shape<ops::RandomKind::normal>},
    {"RandomNormalLike", random_like<ops::RandomKind::normal>},
    {"RandomUniform", random_of_shape<ops::RandomKind::uniform>},
    {"RandomUniformLike", random_like<ops::RandomKind::uniform>},
    {"Range", range},
};

}  // namespace

std::span<const Entry> constants_entries() { return kEntries; }

}  // namespace lathe::onnx
