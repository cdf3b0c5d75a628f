#pragma once
#include <gtest/gtest.h>

#include <initializer_list>
#include <map>
#include <string>
#include <vector>

#include "lathe/lathe.h"

namespace lathe::test {

/// Values of inputs by name, as numbers of any type; shapes are those of the network with `sizes` for its names.
struct Given {
  std::map<std::string, std::vector<double>> inputs = {};
  std::map<std::string, int64_t> sizes = {};
};

/// What an output is, as numbers.
struct Result {
  DType dtype = DType::f32;
  std::vector<int64_t> shape;
  std::vector<double> values;
};

/// Builds the network and runs it. Errors of runs are thrown.
std::map<std::string, Result> run(const Network& network, const Given& given = {});
/// The one output of a network that gives this tensor.
Result result_of(Network& network, const Tensor& y, const Given& given = {});
/// Expects an output's shape and values, within 1e-5 of each.
void expect(const Result& result, const std::vector<int64_t>& shape, const std::vector<double>& values);

/// The call throws Error with this code, whose line has each of these parts.
template <class F>
void refused(ErrorCode code, std::initializer_list<std::string_view> parts, F call) {
  try {
    call();
    ADD_FAILURE() << "accepted; expected " << to_string(code);
  } catch (const Error& error) {
    EXPECT_EQ(to_string(error.code()), to_string(code)) << error.what();
    for (std::string_view part : parts)
      EXPECT_NE(std::string_view(error.what()).find(part), std::string_view::npos) << part << " in: " << error.what();
  }
}

}  // namespace lathe::test
