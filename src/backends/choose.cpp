#include "backends/choose.h"

#include "backends/cost.h"
#include "backends/reasons.h"
#include "base/error.h"

namespace lathe::backends {
namespace {

struct Matrix {
  int64_t k, n;
};

/// Of [.., n], as many rows as its leading dimensions count. Error(corrupt_file) for what no format can hold: sizes of
/// packed matrices then stay far below 2^63.
Matrix matrix_of(std::string_view weight, const Shape& shape, bool transposed) {
  constexpr int64_t kLongest = int64_t{1} << 31;
  bool fits = shape.rank() >= 2 && (shape.rank() == 2 || !transposed);
  int64_t k = 1;
  for (int d = 0; d < shape.rank(); ++d) {
    fits = fits && shape[d] >= 0 && shape[d] <= kLongest;
    if (d + 1 < shape.rank()) k = saturating_mul(k, shape[d]);
  }
  if (!fits || k > kLongest)
    fail(ErrorCode::corrupt_file, weight, "build the plan again", "{} cannot be packed as a matrix", to_string(shape));
  return transposed ? Matrix{shape[1], shape[0]} : Matrix{k, shape[-1]};
}

const WeightFormat& format_named(std::string_view weight, std::string_view name, std::string_view device) {
  const WeightFormat* format = find_weight_format(name, device);
  if (!format)
    fail(ErrorCode::unsupported_version, weight, "use a newer Lathe, or build the plan again",
         "this Lathe does not know the weight format '{}'", name);
  return *format;
}

struct PackJob {
  const WeightFormat* format;
  const void* source;
  DType type;
  bool transposed;
  Matrix size;
  void* out;
};

}  // namespace

std::string Choice::reasons() const {
  std::string text;
  for (const Rival& rival : rivals) text += (text.empty() ? "" : ", ") + rival.tactic + ": " + rival.reason;
  return text.empty() ? "none exists" : text;
}

Demand takes_layouts(const Question& question, std::vector<Layout> layouts) {
  return [&question, layouts = std::move(layouts)](const Tactic& tactic) {
    for (size_t i = 0; i < layouts.size(); ++i)
      if (layouts[i] > tactic.input_layout(i) && tactic.input_format(question, i).is_dense())
        return must_be_contiguous(i);
    return std::string();
  };
}

Demand takes(const Question& question, std::vector<Lying> inputs, std::vector<Lying> outputs) {
  const auto fits = [](const Lying& lies, const Format& format, Layout most) {
    return format.is_dense() ? lies.layout <= most : lies.format == format;
  };
  return [&question, fits, inputs = std::move(inputs), outputs = std::move(outputs)](const Tactic& tactic) {
    for (size_t i = 0; i < inputs.size(); ++i) {
      const Format format = tactic.input_format(question, i);
      if (fits(inputs[i], format, tactic.input_layout(i))) continue;
      return format.is_dense() ? must_be_contiguous(i) : must_lie("input", i, format);
    }
    for (size_t i = 0; i < outputs.size(); ++i)
      if (const Format format = tactic.output_format(question, i); !fits(outputs[i], format, tactic.output_layout(i)))
        return must_lie("output", i, format);
    return std::string();
  };
}

Choice choose(const Question& question, const Demand& demand) {
  Choice choice;
  std::vector<std::pair<const Tactic*, double>> able;
  for (const Backend* backend : backends_of(question.device))
    for (const Tactic* tactic : backend->tactics()) {
      if (tactic->op() != question.op.name()) continue;
      std::string reason = tactic->refuse(question);
      if (reason.empty() && demand) reason = demand(*tactic);
      if (!reason.empty()) {
        choice.rivals.push_back({std::string(tactic->name()), reason});
        continue;
      }
      able.emplace_back(tactic, tactic->cost(question));
      if (!choice.tactic || able.back().second <= choice.cost) {
        choice.tactic = tactic;
        choice.cost = able.back().second;
      }
    }
  for (const auto& [tactic, cost] : able)
    if (tactic != choice.tactic)
      choice.rivals.push_back({std::string(tactic->name()), cost >= kLastResort
                                                                ? std::string("slower: the reference, a last resort")
                                                                : fmt::format("slower: {:.1f} us estimated", cost)});
  return choice;
}

Blob repack(std::string_view name, const Blob& data, DType type, const Shape& shape, bool transposed,
            std::string_view from, std::string_view to, BlobRegion& region, std::string_view device) {
  Matrix size = matrix_of(name, shape, transposed);
  Blob plain = data;
  if (!from.empty()) {
    const WeightFormat& format = format_named(name, from, device);
    check_packed_size(name, from, shape, transposed, type, data.size, device);
    std::byte* out = nullptr;
    const auto bytes =
        static_cast<size_t>(saturating_mul(saturating_mul(size.k, size.n), static_cast<int64_t>(size_of(type))));
    plain = to.empty() ? region.zeros(bytes, &out) : Blob::zeros(bytes, &out);
    format.unpack(data.data, transposed, size.k, size.n, out);
  }
  if (to.empty()) return plain;
  const WeightFormat& format = format_named(name, to, device);
  std::byte* out = nullptr;
  Blob packed = region.zeros(format.bytes(size.k, size.n), &out);
  if (packed.size == 0) return packed;
  PackJob job{&format, plain.data, type, transposed, size, out};
  ThreadPool::instance().run(
      ThreadPool::default_threads(),
      [](Team& team, void* argument) {
        auto& j = *static_cast<PackJob*>(argument);
        j.format->pack(j.source, j.type, j.transposed, j.size.k, j.size.n, j.out, team);
      },
      &job);
  return packed;
}

void check_packed_size(std::string_view name, std::string_view format_name, const Shape& shape, bool transposed,
                       DType type, size_t bytes, std::string_view device) {
  if (format_name.empty()) return;
  const WeightFormat& format = format_named(name, format_name, device);
  Matrix size = matrix_of(name, shape, transposed);
  if (format.type != type || format.bytes(size.k, size.n) != bytes)
    fail(ErrorCode::corrupt_file, name, "build the plan again", "{} bytes are no {} matrix {} in format {}", bytes,
         to_string(type), to_string(shape), format_name);
}

}  // namespace lathe::backends
