#include <gtest/gtest.h>

#include "ops/slice.h"
#include "tests/suites/harness.h"
#include "tests/suites/numbers.h"

namespace lathe::test {
namespace {

TEST(SuiteSlice, StartsSizesStrides) {
  Random random(16);
  Suite suite("slice", {});
  for (DType type : {DType::f64, DType::f32, DType::f16, DType::bf16, DType::i64, DType::i32, DType::i16, DType::i8,
                     DType::u64, DType::u32, DType::u16, DType::u8, DType::boolean, DType::f8e4m3, DType::f8e5m2}) {
    HostTensor x = random.integer_tensor("x", type, {4, 5, 6}, 0, 1);
    suite.check({ops::Slice{{0, 0, 0}, {4, 5, 6}, {}}, {x}});
    suite.check({ops::Slice{{1, 2, 3}, {2, 3, 3}, {}}, {x}});
    suite.check({ops::Slice{{0, 0, 5}, {4, 5, 1}, {}}, {x}});
    suite.check({ops::Slice{{0, 1, 0}, {2, 2, 3}, {2, 3, 2}}, {x}});
    suite.check({ops::Slice{{3, 4, 5}, {4, 5, 6}, {-1, -1, -1}}, {x}});
    suite.check({ops::Slice{{0, 0, 0}, {4, 0, 6}, {}}, {x}});
    suite.check({ops::Slice{{0, 0, 2}, {4, 5, 1}, {1, 1, INT64_MIN}}, {x}});
    suite.check({ops::Slice{{}, {}, {}}, {random.integer_tensor("x", type, {}, 0, 1)}});
    // The three parts of one product of queries, keys and values.
    HostTensor joined = random.integer_tensor("x", type, {7, 51}, 0, 1);
    for (int64_t part : {0, 17, 34}) suite.check({ops::Slice{{0, part}, {7, 17}, {}}, {joined}});
  }
  suite.check_coverage();
}

/// Starts, ends, axes and strides as ONNX has them, against numpy.
TEST(SuiteSlice, StridesFromTheEnd) {
  const HostTensor x = make_tensor("x", DType::i16, {2, 5}, {0, 1, 2, 3, 4, 5, 6, 7, 8, 9});
  const auto part = [&](int64_t start, int64_t end, int64_t stride) {
    const ops::TensorType one = type_of("i64[1]");
    const auto number = [](int64_t n) { return ops::Elements(std::vector<ops::Element>{Dim(n)}); };
    const ops::Op op = ops::Op(ops::Slice{})
                           .resolve({type_of("i16[2, 5]"), one, one, one, one},
                                    {std::nullopt, number(start), number(end), number(1), number(stride)})
                           .first;
    const std::vector<double> all = to_doubles(computed(op, {x})[0]);
    return std::vector<double>(all.begin(), all.begin() + static_cast<int64_t>(all.size()) / 2);
  };
  EXPECT_EQ(part(4, INT64_MIN, -1), (std::vector<double>{4, 3, 2, 1, 0}));
  EXPECT_EQ(part(-1, -6, -2), (std::vector<double>{4, 2, 0}));
  EXPECT_EQ(part(3, 0, -2), (std::vector<double>{3, 1}));
  EXPECT_EQ(part(INT64_MAX, 1, -3), (std::vector<double>{4}));
  EXPECT_EQ(part(1, 3, -1), (std::vector<double>{}));
  EXPECT_EQ(part(-3, INT64_MAX, 2), (std::vector<double>{2, 4}));
}

}  // namespace
}  // namespace lathe::test
