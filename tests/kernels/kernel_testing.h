#pragma once
#include <cmath>
#include <cstring>
#include <random>
#include <string>
#include <vector>

#include "base/cpu.h"
#include "base/half.h"
#include "base/thread_pool.h"
#include "lathe/types.h"

namespace lathe::testing {

/// A tensor in a storage type, seen as the exact doubles that it holds.
class Store {
 public:
  Store() = default;
  Store(DType type, const std::vector<double>& values) : type_(type), bytes_(values.size() * size_of(type)) {
    for (size_t i = 0; i < values.size(); ++i) set(i, values[i]);
  }
  Store(DType type, size_t count, double value = 0) : Store(type, std::vector<double>(count, value)) {}

  void* data() { return bytes_.data(); }
  const void* data() const { return bytes_.data(); }
  size_t size() const { return bytes_.size() / size_of(type_); }
  const std::vector<uint8_t>& bytes() const { return bytes_; }
  std::vector<double> values() const {
    std::vector<double> v(size());
    for (size_t i = 0; i < v.size(); ++i) v[i] = (*this)[i];
    return v;
  }
  double operator[](size_t i) const {
    const uint8_t* p = bytes_.data() + i * size_of(type_);
    if (type_ == DType::f32) return read<float>(p);
    if (type_ == DType::bf16) return bf16_to_f32(read<uint16_t>(p));
    return f16_to_f32(read<uint16_t>(p));
  }
  void set(size_t i, double value) {
    uint8_t* p = bytes_.data() + i * size_of(type_);
    const float f = static_cast<float>(value);
    if (type_ == DType::f32) return write(p, f);
    write(p, type_ == DType::bf16 ? f32_to_bf16(f) : f32_to_f16(f));
  }

 private:
  template <class T>
  static T read(const uint8_t* p) {
    T t;
    std::memcpy(&t, p, sizeof t);
    return t;
  }
  template <class T>
  static void write(uint8_t* p, T t) {
    std::memcpy(p, &t, sizeof t);
  }
  DType type_ = DType::f32;
  std::vector<uint8_t> bytes_;
};

inline std::vector<double> normal_values(size_t count, uint32_t seed, double deviation = 1) {
  std::mt19937 engine(seed);
  std::normal_distribution<double> normal(0, deviation);
  std::vector<double> v(count);
  for (double& x : v) x = normal(engine);
  return v;
}

inline Store normal_store(DType type, size_t count, uint32_t seed, double deviation = 1) {
  return Store(type, normal_values(count, seed, deviation));
}

inline std::vector<float> to_floats(const std::vector<double>& v) { return std::vector<float>(v.begin(), v.end()); }

/// ||x - r|| / ||r||; 0 for two empty or zero vectors, infinity where NaN meets a number.
inline double relative_error(const std::vector<double>& x, const std::vector<double>& r) {
  double difference = 0, norm = 0;
  for (size_t i = 0; i < r.size(); ++i) {
    const double d = x[i] - r[i];
    difference += std::isnan(d) ? INFINITY : d * d;
    norm += r[i] * r[i];
  }
  return difference == 0 ? 0 : std::sqrt(difference / norm);
}

/// Half a unit of the last place of a storage type, with room for the arithmetic before it.
inline double tolerance(DType type, double f32_tolerance) {
  return f32_tolerance + (type == DType::bf16 ? 0x1p-8 : type == DType::f16 ? 0x1p-11 : 0);
}

/// function(team) on a team of `threads`.
template <class F>
void run_team(int threads, F&& function) {
  ThreadPool::instance().run(
      threads, [](Team& team, void* argument) { (*static_cast<std::remove_reference_t<F>*>(argument))(team); },
      &function);
}

/// The kernels of a registry that this machine can run.
template <class Kernels>
auto runnable(const Kernels& kernels) {
  std::vector<typename Kernels::value_type> out;
  for (const auto& kernel : kernels)
    if (machine_features().contains(needs_of(kernel.isa))) out.push_back(kernel);
  return out;
}

}  // namespace lathe::testing
