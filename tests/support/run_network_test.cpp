#include "tests/support/run_network.h"

#include <gtest/gtest.h>

#include "ops/binary.h"
#include "ops/gather.h"
#include "ops/pack_index.h"
#include "ops/reshape.h"
#include "ops/unpack_rows.h"
#include "tests/io/scratch.h"
#include "tests/support/tensors.h"

namespace lathe::test {
namespace {

using io_test::expect_error;

/// y = ids + positions on packed tokens: padded as "y", packed as "packed.y".
ir::Network packed_network() {
  ir::Network network;
  Dim batch = Dim::symbol("batch"), seq = Dim::symbol("seq");
  auto input = [&](const char* name, ir::InputDefault absent) {
    return network.add_input(name, {DType::i32, {batch, seq}}, absent);
  };
  ir::ValueId ids = input("input_ids", ir::InputDefault::required);
  ir::ValueId mask = input("attention_mask", ir::InputDefault::ones);
  ir::ValueId positions = input("position_ids", ir::InputDefault::positions);
  auto packed = network.add(ops::PackIndex{}, {mask}, "pack");
  auto pack = [&](ir::ValueId x, const char* name, ir::InputDefault absent) {
    x = network.add1(ops::Reshape{{batch * seq}}, {x}, "flat");
    x = network.add1(ops::Gather{0}, {x, packed[0]}, "gather");
    network.mark_entry(name, x, absent);
    return x;
  };
  ir::ValueId a = pack(ids, "packed.input_ids", ir::InputDefault::required);
  ir::ValueId b = pack(positions, "packed.position_ids", ir::InputDefault::positions);
  network.mark_entry("cu_seqlens", packed[1], ir::InputDefault::required, {Role::bounds, "tokens"});
  ir::ValueId sum = network.add1(ops::Binary{}, {a, b}, "sum");
  network.mark_output("y", network.add1(ops::UnpackRows{{batch, seq}}, {sum, packed[0]}, "unpack"));
  network.mark_output("packed.y", sum, true);
  return network;
}

HostTensor ints(const Shape& shape, std::initializer_list<double> values) {
  return make_tensor("", DType::i64, shape, values);
}

TEST(SupportRunNetwork, PaddedInputs) {
  ir::Network network = packed_network();
  NamedTensors results = run_network(network, {{"input_ids", ints({2, 3}, {10, 20, 30, 40, 50, 60})},
                                               {"attention_mask", ints({2, 3}, {0, 1, 1, 1, 0, 0})}});
  ASSERT_EQ(results.size(), 1u);
  EXPECT_EQ(to_doubles(results.at("y")), (std::vector<double>{0, 21, 32, 40, 0, 0}));
  results = run_network(network, {{"input_ids", ints({1, 2}, {10, 20})}}, {"packed.y"});
  EXPECT_EQ(to_doubles(results.at("packed.y")), (std::vector<double>{10, 21}));
}

TEST(SupportRunNetwork, PackedEntries) {
  NamedTensors results = run_network(
      packed_network(),
      {{"packed.input_ids", ints({5}, {10, 20, 30, 40, 50})}, {"cu_seqlens", ints({4}, {0, 2, 2, 5})}}, {"packed.y"});
  // Positions start again in each sequence, the empty one included.
  EXPECT_EQ(to_doubles(results.at("packed.y")), (std::vector<double>{10, 21, 30, 41, 52}));
}

TEST(SupportRunNetwork, Refusals) {
  ir::Network network = packed_network();
  expect_error(ErrorCode::invalid_argument, "input_ids", [&] {
    run_network(network, {{"attention_mask", ints({1, 1}, {1})}});
  });
  expect_error(ErrorCode::invalid_argument, "nothing", [&] { run_network(network, {{"nothing", ints({1}, {1})}}); });
  expect_error(ErrorCode::invalid_argument, "z", [&] {
    run_network(network, {{"input_ids", ints({1, 1}, {1})}}, {"z"});
  });
  expect_error(ErrorCode::shape_mismatch, "a dimension batch is", [&] {
    run_network(network, {{"input_ids", ints({1, 2}, {1, 2})}, {"attention_mask", ints({2, 1}, {1, 1})}});
  });
}

}  // namespace
}  // namespace lathe::test
