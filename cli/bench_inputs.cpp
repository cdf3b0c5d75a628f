#include "cli/bench_inputs.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <map>
#include <numeric>
#include <random>

#include "base/dim.h"
#include "base/dtype.h"
#include "base/error.h"
#include "cli/model.h"
#include "cli/usage.h"

namespace lathe::cli {
namespace {

constexpr int64_t kMost = 1 << 16;  ///< texts of a case, and tokens of a text

/// A whole number from 1 to kMost, or -1.
int64_t number(std::string_view text) {
  int64_t value = 0;
  for (char c : text) {
    if (c < '0' || c > '9' || value > kMost) return -1;
    value = value * 10 + (c - '0');
  }
  return text.empty() || value < 1 || value > kMost ? -1 : value;
}

std::vector<std::string> split(const std::string& text, char at) {
  std::vector<std::string> parts(1);
  for (char c : text)
    if (c == at)
      parts.emplace_back();
    else
      parts.back() += c;
  return parts;
}

bool is_whole(DType type) { return type != DType::boolean && !is_float(type); }
bool is_mask(const TensorInfo& info) {
  return info.role == Role::mask || info.dtype == DType::boolean || info.name.find("mask") != std::string::npos;
}

const TensorInfo& input_of(const std::vector<TensorInfo>& inputs, const std::string& name) {
  const auto found = std::find_if(inputs.begin(), inputs.end(), [&](const TensorInfo& i) { return i.name == name; });
  if (found != inputs.end()) return *found;
  std::vector<std::string> known;
  for (const TensorInfo& info : inputs) known.push_back(info.name);
  fail(ErrorCode::not_found, name, fmt::format("the inputs are {}", fmt::join(known, ", ")), "no such input");
}

/// What the symbols of an engine's inputs are in a case.
class Symbols {
 public:
  void learn(const TensorInfo& info, const std::vector<int64_t>& sizes) {
    const auto mismatch = [&] {
      fail(ErrorCode::shape_mismatch, info.name, "give sizes that it can have", "{} does not fit [{}]",
           fmt::join(sizes, "x"), fmt::join(info.shape, ", "));
    };
    if (sizes.size() != info.shape.size()) mismatch();
    for (size_t d = 0; d < sizes.size(); ++d) {
      const Dim dim = Dim::parse(info.shape[d]);
      if (dim.is_constant() && dim.constant() != sizes[d]) mismatch();
      for (const std::string& symbol : dim.symbols())
        if (int64_t value = 0; dim.solve(symbol, sizes[d], &value)) known_[symbol] = value;
    }
  }

  Shape shape(const TensorInfo& info) const {
    Shape shape;
    for (const std::string& text : info.shape) {
      const Dim dim = Dim::parse(text);
      for (const std::string& symbol : dim.symbols())
        if (!known_.contains(symbol))
          fail(ErrorCode::invalid_argument, info.name, fmt::format("say it: --shapes {}=2x3", info.name),
               "the case does not say what {} of [{}] is", symbol, fmt::join(info.shape, ", "));
      shape.push_back(dim.evaluate([&](std::string_view symbol) { return known_.find(symbol)->second; }));
    }
    return shape;
  }

 private:
  std::map<std::string, int64_t, std::less<>> known_;
};

bool needs_only(const std::vector<TensorInfo>& inputs, std::initializer_list<std::string_view> names) {
  return std::all_of(inputs.begin(), inputs.end(), [&](const TensorInfo& info) {
    return info.optional || std::find(names.begin(), names.end(), info.name) != names.end();
  });
}

/// The shapes of all inputs that a run needs.
std::vector<std::pair<std::string, Shape>> needed_shapes(const std::vector<TensorInfo>& inputs, const CaseSpec& spec) {
  Symbols symbols;
  for (const InputSizes& given : spec.inputs) {
    bool used = !given.input.empty();
    if (used) symbols.learn(input_of(inputs, given.input), given.sizes);
    for (const TensorInfo& info : inputs)
      if (given.input.empty() && !info.optional && info.shape.size() == given.sizes.size()) {
        symbols.learn(info, given.sizes);
        used = true;
      }
    if (!used)
      fail(ErrorCode::shape_mismatch, spec.name, "give sizes as the inputs have them", "no input has {} dimensions",
           given.sizes.size());
  }
  std::vector<std::pair<std::string, Shape>> shapes;
  for (const TensorInfo& info : inputs)
    if (!info.optional) shapes.emplace_back(info.name, symbols.shape(info));
  return shapes;
}

/// Fills tensors for one case.
class Filler {
 public:
  explicit Filler(const CaseSpec& spec) : spec_(spec) {}

  /// `vocabulary`: ids lie below it.
  HostTensor tensor(const TensorInfo& info, const Shape& shape, int64_t vocabulary) {
    if (info.role == Role::bounds) return bounds(info, shape);
    HostTensor wide{info.name, is_float(info.dtype) ? DType::f32 : DType::i64, shape, {}};
    std::byte* bytes = nullptr;
    const auto count = static_cast<size_t>(shape.count());
    wide.data = Blob::zeros(count * size_of(wide.dtype), &bytes);
    std::mt19937 random(1);
    std::normal_distribution<float> normal;
    const int64_t least = std::min<int64_t>(1000, vocabulary / 2);
    std::uniform_int_distribution<int64_t> ids(least, std::max(least, vocabulary - 1));
    for (size_t i = 0; i < count; ++i) {
      if (wide.dtype == DType::f32)
        reinterpret_cast<float*>(bytes)[i] = normal(random);
      else if (is_mask(info))
        reinterpret_cast<int64_t*>(bytes)[i] = shows(shape, i);
      else
        reinterpret_cast<int64_t*>(bytes)[i] = shows(shape, i) || shape.rank() != 2 ? ids(random) : 0;
    }
    return with_type(std::move(wide), info.dtype);
  }

 private:
  /// Whether a place of [texts, tokens] is a token of its text.
  bool shows(const Shape& shape, size_t place) const {
    if (spec_.lengths.empty() || shape.rank() != 2 || shape[0] != static_cast<int64_t>(spec_.lengths.size()))
      return true;
    const auto columns = static_cast<size_t>(shape[1]);
    return static_cast<int64_t>(place % columns) < spec_.lengths[place / columns];
  }

  HostTensor bounds(const TensorInfo& info, const Shape& shape) const {
    std::byte* bytes = nullptr;
    HostTensor made{info.name, DType::i32, shape, Blob::zeros(static_cast<size_t>(shape.count()) * 4, &bytes)};
    std::partial_sum(spec_.lengths.begin(), spec_.lengths.end(), reinterpret_cast<int32_t*>(bytes) + 1);
    return made;
  }

  static HostTensor with_type(HostTensor wide, DType type) {
    if (wide.dtype == type) return wide;
    if (is_float(type) || type == DType::i32) return converted(wide, type);
    if (type != DType::boolean && size_of(type) == 8) return {wide.name, type, wide.shape, wide.data};
    if (size_of(type) == 0)
      fail(ErrorCode::unsupported, wide.name, "time it with `lathe run`", "its type has no numbers to try");
    // Small whole numbers: the low bytes.
    std::byte* bytes = nullptr;
    const auto count = static_cast<size_t>(wide.shape.count());
    HostTensor narrow{wide.name, type, wide.shape, Blob::zeros(count * size_of(type), &bytes)};
    for (size_t i = 0; i < count; ++i) std::copy_n(wide.data.data + i * 8, size_of(type), bytes + i * size_of(type));
    return narrow;
  }

  const CaseSpec& spec_;
};

Status try_run(const Engine& engine, const std::vector<HostTensor>& tensors) {
  Context context = engine.context({});
  for (const HostTensor& t : tensors) context.set_input(t.name, {t.dtype, t.shape, t.data.data});
  return context.run();
}

/// Ids of each input as large as runs take them, the other inputs' being 0.
void find_ids(const Engine& engine, Filler& filler, std::vector<HostTensor>& tensors) {
  constexpr int64_t kLimits[] = {30000, 1000, 100, 10, 2, 1};
  const std::vector<TensorInfo> inputs = engine.inputs();
  std::vector<HostTensor> trial = tensors;
  const auto is_ids = [&](const HostTensor& t) {
    const TensorInfo& info = input_of(inputs, t.name);
    return is_whole(info.dtype) && !is_mask(info) && info.role != Role::bounds;
  };
  for (HostTensor& t : trial)
    if (is_ids(t)) t = filler.tensor(input_of(inputs, t.name), t.shape, 1);
  for (size_t i = 0; i < tensors.size(); ++i) {
    if (!is_ids(tensors[i])) continue;
    const HostTensor zeros = trial[i];
    for (int64_t limit : kLimits) {
      tensors[i] = trial[i] = filler.tensor(input_of(inputs, zeros.name), zeros.shape, limit);
      if (try_run(engine, trial).code() != ErrorCode::out_of_range) break;
    }
    trial[i] = zeros;
  }
}

}  // namespace

CaseSpec parse_case(const std::string& text, std::string_view option) {
  const auto refuse = [&] {
    throw UsageError(fmt::format(
        "{}: '{}' is no shape; write texts x tokens, such as 8x128, or sizes of inputs, such as 8x3x224x224 or "
        "image=8x3x224x224+ids=8x16, each from 1 to {}",
        option, text, kMost));
  };
  CaseSpec spec{text, {}, {}};
  for (const std::string& part : split(text, '+')) {
    const size_t equals = part.rfind('=');
    InputSizes given;
    if (equals != std::string::npos) given.input = part.substr(0, equals);
    for (const std::string& size : split(equals == std::string::npos ? part : part.substr(equals + 1), 'x'))
      given.sizes.push_back(number(size));
    if (std::find(given.sizes.begin(), given.sizes.end(), -1) != given.sizes.end()) refuse();
    if (equals == 0 || (equals == std::string::npos && given.sizes.size() < 2)) refuse();
    spec.inputs.push_back(std::move(given));
  }
  const InputSizes& only = spec.inputs[0];
  if (spec.inputs.size() == 1 && only.input.empty() && only.sizes.size() == 2)
    spec.lengths.assign(static_cast<size_t>(only.sizes[0]), only.sizes[1]);
  return spec;
}

CaseSpec read_lengths(const std::string& path) {
  need_file(path, "expected a file with a length (tokens of a text) a line");
  CaseSpec result{std::filesystem::path(path).stem().string(), {}, {}};
  std::ifstream file(path);
  size_t line = 0;
  for (std::string word; std::getline(file, word);) {
    ++line;
    word.erase(std::remove_if(word.begin(), word.end(), [](unsigned char c) { return std::isspace(c); }), word.end());
    if (word.empty()) continue;
    const int64_t length = number(word);
    if (length < 0)
      fail(ErrorCode::invalid_argument, fmt::format("{}, line {}", path, line),
           fmt::format("write a whole number from 1 to {} a line", kMost), "'{}' is no length", word.substr(0, 40));
    if (result.lengths.size() == static_cast<size_t>(kMost))
      fail(ErrorCode::out_of_range, path, "take a part of it", "it has more than {} lengths", kMost);
    result.lengths.push_back(length);
  }
  if (result.lengths.empty())
    fail(ErrorCode::invalid_argument, path, "write a whole number a line", "there are no lengths in it");
  const auto texts = static_cast<int64_t>(result.lengths.size());
  result.inputs = {{"", {texts, *std::max_element(result.lengths.begin(), result.lengths.end())}}};
  return result;
}

CaseSpec single_case(const Engine& engine) {
  CaseSpec spec;
  for (const TensorInfo& info : engine.inputs()) {
    if (info.optional) continue;
    InputSizes sizes{info.name, {}};
    for (const std::string& text : info.shape)
      sizes.sizes.push_back(Dim::parse(text).evaluate([](std::string_view) { return int64_t{1}; }));
    if (spec.name.empty()) spec.name = sizes.sizes.empty() ? "one" : fmt::format("{}", fmt::join(sizes.sizes, "x"));
    spec.inputs.push_back(std::move(sizes));
  }
  return spec;
}

std::vector<std::pair<std::string, Shape>> input_shapes(const Engine& engine, const CaseSpec& spec) {
  const std::vector<TensorInfo> inputs = engine.inputs();
  if (spec.lengths.empty()) return needed_shapes(inputs, spec);
  const std::vector<int64_t>& lengths = spec.lengths;
  const auto batch = static_cast<int64_t>(lengths.size());
  const TensorInfo* packed = find_role(inputs, Role::packed, "input_ids");
  const TensorInfo* bounds = packed ? find_role(inputs, Role::bounds, packed->shape.at(0)) : nullptr;
  if (bounds && needs_only(inputs, {"input_ids"}))
    return {{packed->name, {std::accumulate(lengths.begin(), lengths.end(), int64_t{0})}}, {bounds->name, {batch + 1}}};
  return needed_shapes(inputs, spec);
}

std::vector<HostTensor> bench_inputs(const Engine& engine, const CaseSpec& spec, int64_t vocabulary) {
  const std::vector<TensorInfo> inputs = engine.inputs();
  Filler filler(spec);
  std::vector<HostTensor> tensors;
  for (const auto& [name, shape] : input_shapes(engine, spec))
    tensors.push_back(filler.tensor(input_of(inputs, name), shape, std::max<int64_t>(vocabulary, 1)));
  if (vocabulary == 0) find_ids(engine, filler, tensors);
  return tensors;
}

}  // namespace lathe::cli
