#include "tests/support/random.h"

#include <algorithm>
#include <cmath>
#include <numbers>

#include "tests/support/tensors.h"

namespace lathe::test {

uint64_t Random::bits() {
  uint64_t z = state_ += 0x9e3779b97f4a7c15u;
  z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9u;
  z = (z ^ (z >> 27)) * 0x94d049bb133111ebu;
  return z ^ (z >> 31);
}

double Random::uniform() { return static_cast<double>(bits() >> 11) * 0x1p-53; }

double Random::normal() {
  double radius = std::sqrt(-2 * std::log(1 - uniform()));
  return radius * std::cos(2 * std::numbers::pi * uniform());
}

int64_t Random::integer(int64_t low, int64_t high) {
  return low + static_cast<int64_t>(bits() % static_cast<uint64_t>(high - low + 1));
}

HostTensor Random::normal_tensor(std::string name, DType dtype, const Shape& shape, double mean, double deviation) {
  std::vector<double> values(static_cast<size_t>(shape.count()));
  for (double& v : values) v = mean + deviation * normal();
  return make_tensor(std::move(name), dtype, shape, values);
}

HostTensor Random::integer_tensor(std::string name, DType dtype, const Shape& shape, int64_t low, int64_t high) {
  std::vector<double> values(static_cast<size_t>(shape.count()));
  for (double& v : values) v = static_cast<double>(integer(low, high));
  return make_tensor(std::move(name), dtype, shape, values);
}

HostTensor Random::mask_tensor(std::string name, DType dtype, int64_t batch, int64_t seq) {
  std::vector<double> values;
  for (int64_t b = 0; b < batch; ++b) {
    int64_t kept = integer(1, std::max<int64_t>(seq, 1));
    for (int64_t s = 0; s < seq; ++s) {
      bool keep = true;
      switch (b % 5) {
        case 0: break;
        case 1: keep = s < kept; break;
        case 2: keep = s >= seq - kept; break;
        case 3: keep = uniform() < 0.5; break;
        default: keep = false; break;
      }
      values.push_back(keep ? 1 : 0);
    }
  }
  return make_tensor(std::move(name), dtype, {batch, seq}, values);
}

HostTensor Random::cu_seqlens_tensor(std::string name, int64_t batch, int64_t tokens) {
  std::vector<double> ends = {0};
  for (int64_t b = 1; b < batch; ++b) ends.push_back(static_cast<double>(integer(0, tokens)));
  // Two equal ends are an empty sequence.
  if (batch > 2) ends[2] = ends[1];
  ends.push_back(static_cast<double>(tokens));
  std::sort(ends.begin(), ends.end());
  return make_tensor(std::move(name), DType::i32, {batch + 1}, ends);
}

}  // namespace lathe::test
