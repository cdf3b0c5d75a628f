#pragma once
#include <gtest/gtest.h>

#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "compiler/compile.h"
#include "ir/parse.h"
#include "ir/print.h"
#include "plan/file.h"
#include "tests/io/scratch.h"
#include "tests/support/text_plan.h"

namespace lathe::test {

using Numbers = std::vector<int64_t>;

/// An input of whole numbers that sizes may be computed from.
inline ir::ValueId sizes_input(ir::Network& network, std::string_view name, std::vector<Dim> shape,
                               DType type = DType::i64) {
  const ir::ValueId id = network.add_input(name, {type, std::move(shape)});
  network.follow_elements(id);
  return id;
}

/// By way of its text and of a plan file.
inline Engine engine_for(const ir::Network& network) {
  const std::string text = ir::print(network);
  EXPECT_EQ(ir::print(ir::parse(text)), text);
  const io_test::Scratch scratch;
  plan::write_file(compiler::compile(ir::parse(text), {}), scratch.path("sizes.plan"));
  return Engine(Plan::load(scratch.path("sizes.plan"), {.map = false}));
}

inline std::vector<float> rising(int64_t count) {
  std::vector<float> values;
  for (int64_t i = 0; i < count; ++i) values.push_back(static_cast<float>(i));
  return values;
}

}  // namespace lathe::test
