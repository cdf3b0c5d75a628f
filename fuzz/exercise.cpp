#include "fuzz/exercise.h"

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <map>
#include <string>
#include <vector>

#include "base/dim.h"
#include "base/hash.h"
#include "fuzz/guarded_buffer.h"

namespace lathe::fuzz {
namespace {

/// A plan may ask for any amount of work; the fuzzer's time is limited.
constexpr size_t kMostBytes = size_t{1} << 18, kMostTensors = 24, kTensorBytes = size_t{1} << 14;

const GuardedBuffer& buffer(size_t i) {
  static const std::vector<GuardedBuffer> buffers = [] {
    std::vector<GuardedBuffer> made;
    for (size_t n = 0; n < 2 * kMostTensors; ++n) made.emplace_back(kTensorBytes);
    return made;
  }();
  return buffers[i];
}

void expect_no_fault(ErrorCode code, const char* message) {
  if (code != ErrorCode::internal) return;
  std::fprintf(stderr, "%s\n", message);
  std::abort();
}

class Exercise {
 public:
  Exercise(const Engine& engine, Choices& choices)
      : choices_(choices),
        inputs_(engine.inputs()),
        outputs_(engine.outputs()),
        context_(engine.context({.threads = choices.one_in(16) ? 2 : 1, .profile = choices.one_in(8)})) {
    if (inputs_.size() > kMostTensors) inputs_.resize(kMostTensors);
    if (outputs_.size() > kMostTensors) outputs_.resize(kMostTensors);
  }

  void round() {
    symbols_.clear();
    bound_.clear();
    if (choices_.one_in(4)) context_.clear_inputs();
    const size_t form = choices_.below(3);  // padded, packed, all at once
    for (size_t i = 0; i < inputs_.size(); ++i)
      if (form == 2 || inputs_[i].packed == (form == 1)) attempt([&] { bind_input(i); });
    std::vector<std::string> wanted;
    for (size_t i = 0; i < outputs_.size(); ++i) {
      if (!choices_.one_in(3)) wanted.push_back(outputs_[i].name);
      attempt([&] { bind_output(i); });
    }
    attempt([&] {
      context_.request(wanted);
      if (context_.required_bytes() <= kMostBytes) run(wanted);
    });
  }

 private:
  struct Bound {
    const uint8_t* data;
    size_t bytes;
    uint64_t hash;
  };

  template <class F>
  static void attempt(F work) {
    try {
      work();
    } catch (const Error& error) {
      expect_no_fault(error.code(), error.what());
    }
  }

  int64_t value_of(std::string_view symbol) {
    auto [place, is_new] = symbols_.try_emplace(std::string(symbol), 0);
    if (is_new) place->second = choices_.of<int64_t>({2, 3, 1, 0, 4, 5, 2, 17});
    return place->second;
  }

  Shape shape_of(const TensorInfo& info) {
    Shape shape;
    for (const std::string& d : info.shape)
      shape.push_back(Dim::parse(d).evaluate([this](std::string_view symbol) { return value_of(symbol); }));
    if (choices_.one_in(12) && shape.rank() > 0)
      shape[static_cast<int>(choices_.below(static_cast<size_t>(shape.rank())))] += choices_.of<int64_t>({1, -1, 7});
    return shape;
  }

  /// Bytes of a tensor that fits into a buffer, or -1.
  static int64_t bytes_of(DType type, const Shape& shape) {
    int64_t bytes = static_cast<int64_t>(size_of(type));
    for (int64_t d : shape) bytes = d < 0 ? -1 : saturating_mul(bytes, d);
    return bytes <= static_cast<int64_t>(kTensorBytes) ? bytes : -1;
  }

  /// The engine's format, seldom another: then set_input() and set_output() refuse it.
  Format format_of(const TensorInfo& info) { return choices_.one_in(12) ? Format{} : info.format; }

  /// With what fills blocks up.
  static Shape filled(const Format& format, Shape shape) {
    if (format.block > 1 && format.fits(shape.rank()))
      shape[format.axis] = saturating_add(shape[format.axis], format.block - 1) / format.block * format.block;
    return shape;
  }

  void bind_input(size_t i) {
    const TensorInfo& info = inputs_[i];
    if (choices_.one_in(info.optional ? 2 : 12)) return;
    DType type = info.dtype;
    if (choices_.one_in(6)) type = choices_.of({DType::i64, DType::u8, DType::f32, DType::u64, DType::boolean});
    const Shape shape = shape_of(info);
    ConstTensorRef tensor(type, shape, nullptr);
    tensor.format = format_of(info);
    const Shape whole = filled(tensor.format, shape);
    const int64_t bytes = bytes_of(type, whole);
    if (bytes < 0) return context_.set_input(info.name, tensor);
    uint8_t* data = buffer(i).place(static_cast<size_t>(bytes));
    fill(type, whole.count(), data);
    if (!choices_.one_in(3)) fill_sizes(info, type, whole.count(), data);
    tensor.data = data;
    context_.set_input(info.name, tensor);
    bound_.push_back({data, static_cast<size_t>(bytes), hash_of(data, static_cast<size_t>(bytes))});
  }

  void fill(DType type, int64_t count, uint8_t* data) {
    const size_t kind = choices_.below(6);
    const double end = static_cast<double>(value_of(choices_.of({"tokens", "n", "seq"})));
    for (int64_t k = 0; k < count; ++k) {
      double value = 0;
      if (kind < 2)
        value = static_cast<double>(k + static_cast<int64_t>(kind));  // rising
      else if (kind == 2)
        value = std::floor(end * static_cast<double>(k) / static_cast<double>(std::max<int64_t>(count - 1, 1)));
      else if (kind == 3)
        value = 1;
      else if (kind == 4)
        value = static_cast<double>(choices_.below(8));
      else
        value = choices_.of<double>({0, 1, -1, 2, 1e9, -1e9, 2147483647, -2147483648.0, 0.5, NAN, INFINITY, 3e38});
      put(type, value, data + static_cast<size_t>(k) * size_of(type));
    }
  }

  /// Elements that are sizes, mostly those that the shapes of the round have.
  void fill_sizes(const TensorInfo& info, DType type, int64_t count, uint8_t* data) {
    for (size_t k = 0; k < info.elements.size() && static_cast<int64_t>(k) < count; ++k) {
      const Dim element = Dim::parse(info.elements[k]);
      const int64_t size = element.evaluate([this](std::string_view symbol) { return value_of(symbol); });
      put(type, static_cast<double>(choices_.one_in(8) ? -size : size), data + k * size_of(type));
    }
  }

  template <class T>
  static void store(double value, uint8_t* at) {
    T narrow = std::is_integral_v<T> && !(std::abs(value) < 2.2e9) ? T{} : static_cast<T>(value);
    std::memcpy(at, &narrow, sizeof(T));
  }
  static void put(DType type, double value, uint8_t* at) {
    switch (type) {
      case DType::f32: return store<float>(value, at);
      case DType::f64: return store<double>(value, at);
      case DType::i32:
        return store<int32_t>(std::isnan(value) ? 0 : std::clamp(value, -2147483648.0, 2147483647.0), at);
      case DType::i64: return store<int64_t>(value, at);
      default:
        std::memset(at, std::isfinite(value) ? static_cast<int>(std::fmod(value, 128)) & 0xff : 0xff, size_of(type));
    }
    if (type == DType::boolean) *at &= 1;
  }

  void bind_output(size_t i) {
    const TensorInfo& info = outputs_[i];
    if (!choices_.one_in(4)) {
      if (choices_.one_in(2)) context_.set_output(info.name, {});
      return;
    }
    const Shape shape = shape_of(info);
    const Format format = format_of(info);
    const int64_t bytes = bytes_of(info.dtype, filled(format, shape));
    if (bytes < 0) return context_.set_output(info.name, {info.dtype, shape, nullptr});
    // At times over an input or another output.
    const bool shared = choices_.one_in(16);
    const size_t place = shared ? choices_.below(2 * kMostTensors) : kMostTensors + i;
    shared_ = shared_ || shared;
    context_.set_output(info.name, {info.dtype, shape, buffer(place).place(static_cast<size_t>(bytes)), format});
  }

  void run(const std::vector<std::string>& wanted) {
    const Status status = context_.run();
    expect_no_fault(status.code(), status.message().c_str());
    // What no step needs may be overwritten where the caller says so.
    for (const Bound& input : bound_)
      if (!shared_ && hash_of(input.data, input.bytes) != input.hash)
        expect_no_fault(ErrorCode::internal, "a run wrote into an input");
    if (!status.ok()) return;
    for (const std::string& name : wanted) {
      const ConstTensorRef result = context_.output(name);
      const size_t bytes = static_cast<size_t>(result.format.elements(result.shape)) * size_of(result.dtype);
      volatile uint64_t read = bytes == 0 ? 0 : hash_of(result.data, bytes);
      (void)read;
    }
    context_.step_times();
  }

  Choices& choices_;
  std::vector<TensorInfo> inputs_, outputs_;
  std::map<std::string, int64_t> symbols_;
  std::vector<Bound> bound_;
  bool shared_ = false;  ///< an output may lie over an input
  Context context_;
};

}  // namespace

void exercise(const Engine& engine, Choices& choices) {
  Exercise exercise(engine, choices);
  for (int rounds = 0; rounds < 4 && (rounds == 0 || !choices.done()); ++rounds) exercise.round();
}

}  // namespace lathe::fuzz
