#include <gtest/gtest.h>

#include "ops/unpack_rows.h"
#include "tests/suites/harness.h"

namespace lathe::test {
namespace {

TEST(SuiteUnpackRows, Rows) {
  Random random(39);
  Suite suite("unpack_rows", {});
  for (DType type : {DType::f32, DType::bf16, DType::f64, DType::i32})
    for (DType index : {DType::i32, DType::i64})
      for (int64_t width : kWidths) {
        auto x = [&](const Shape& shape) { return random.integer_tensor("x", type, shape, -9, 9); };
        HostTensor some = make_tensor("index", index, {4}, {0, 3, 4, 9});
        suite.check({ops::UnpackRows{{2, 5}}, {x({4, width}), some}});
        suite.check({ops::UnpackRows{{10}}, {x({4, 2, width}), some}});
        suite.check({ops::UnpackRows{{2, 5}}, {x({0, width}), make_tensor("index", index, {0}, {})}});
      }
  for (DType index : {DType::i32, DType::i64}) {
    HostTensor x = random.normal_tensor("x", DType::f32, {3});
    suite.check({ops::UnpackRows{{2, 2}}, {x, make_tensor("index", index, {3}, {0, 1, 3})}});
    suite.check(
        {ops::UnpackRows{{0, 7}}, {random.normal_tensor("x", DType::f32, {0, 4}), make_tensor("i", index, {0}, {})}});
  }
  suite.check_coverage();
}

TEST(SuiteUnpackRows, AnyOrder) {
  Random random(40);
  Suite suite("unpack_rows", {});
  for (DType type : {DType::f32, DType::bf16})
    for (DType index : {DType::i32, DType::i64}) {
      HostTensor x = random.normal_tensor("x", type, {4, 5});
      suite.check({ops::UnpackRows{{10}}, {x, make_tensor("index", index, {4}, {9, 0, 4, 3})}});
      suite.check({ops::UnpackRows{{2, 5}}, {x, make_tensor("index", index, {4}, {2, 0, 1, 7})}});
      suite.check({ops::UnpackRows{{10}}, {x, make_tensor("index", index, {4}, {6, 6, 2, 6})}});
    }
}

TEST(SuiteUnpackRows, IndicesOutOfRangeAreFaults) {
  Random random(41);
  Suite suite("unpack_rows", {});
  const HostTensor x = random.normal_tensor("x", DType::f32, {3, 4});
  for (std::initializer_list<double> index :
       {std::initializer_list<double>{0, 1, 6}, {-1, 0, 1}, {5, -1, 2}, {9, 2, 1}})
    suite.check_fault({ops::UnpackRows{{2, 3}}, {x, make_tensor("index", DType::i32, {3}, index)}},
                      ErrorCode::out_of_range);
}

}  // namespace
}  // namespace lathe::test
