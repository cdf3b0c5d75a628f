#include <gtest/gtest.h>

#include "ops/embedding.h"
#include "tests/suites/harness.h"

namespace lathe::test {
namespace {

constexpr Tolerance kTolerance{.f32 = 2e-6, .bf16 = 4e-3, .f16 = 6e-4, .f64 = 1e-11};

Case make_case(Random& random, int64_t terms, bool norm, DType table, DType index, DType out, const Shape& ids,
               int64_t width) {
  Case made{ops::Embedding{terms, norm, 1e-12, out}, {}};
  const int64_t rows[] = {101, 2, 40, 7};
  for (int64_t t = 0; t < terms; ++t) {
    made.constants.push_back(made.inputs.size());
    made.inputs.push_back(random.normal_tensor("table", table, {rows[t], width}));
    made.inputs.push_back(random.integer_tensor("ids", index, ids, 0, rows[t] - 1));
  }
  if (!norm) return made;
  for (double mean : {1.0, 0.0}) {
    made.constants.push_back(made.inputs.size());
    made.inputs.push_back(random.normal_tensor("scale", DType::f32, {width}, mean, 0.2));
  }
  return made;
}

TEST(SuiteEmbedding, TermsAndTypes) {
  Random random(25);
  Suite suite("embedding", kTolerance);
  for (int64_t terms : {1, 2, 3, 4})
    for (bool norm : {false, true})
      for (DType table : {DType::f32, DType::bf16, DType::f16})
        for (DType out : {DType::f32, DType::bf16, DType::f64})
          for (DType index : {DType::i32, DType::i64})
            suite.check(make_case(random, terms, norm, table, index, out, {3, 5}, 33));
  suite.check_coverage();
}

TEST(SuiteEmbedding, WidthsAndTokens) {
  Random random(26);
  // A row of one element minus its mean is zero: only beta is left.
  Suite suite("embedding", kTolerance);
  for (DType table : {DType::f32, DType::bf16, DType::f16})
    for (DType out : {DType::f32, DType::bf16})
      for (int64_t width : kWidths)
        for (int64_t tokens : {0, 1, 2, 17})
          suite.check(make_case(random, 3, true, table, DType::i32, out, {tokens}, width));
  suite.check(make_case(random, 3, true, DType::f32, DType::i32, DType::f32, {512}, 384));
}

TEST(SuiteEmbedding, NegativeIdsCountFromTheEnd) {
  Random random(28);
  Suite suite("embedding", kTolerance);
  for (int64_t terms : {1, 3, 4})
    for (DType table : {DType::f32, DType::bf16, DType::f16})
      for (DType index : {DType::i32, DType::i64}) {
        Case made = make_case(random, terms, true, table, index, DType::f32, {3, 5}, 48);
        ops::Embedding op = *made.op.as<ops::Embedding>();
        op.from_end = true;
        made.op = op;
        made.inputs[1] = random.integer_tensor("ids", index, {3, 5}, -101, 100);
        suite.check(made);
        made.inputs[1] = make_tensor("ids", index, {1, 5}, {0, -101, -1, -102, 3});
        for (size_t t = 1; t < static_cast<size_t>(terms); ++t) made.inputs[2 * t + 1] = full("ids", index, {1, 5}, 0);
        suite.check_fault(made, ErrorCode::out_of_range);
      }
}

TEST(SuiteEmbedding, IdsOutsideTheTable) {
  Random random(27);
  Suite suite("embedding", kTolerance);
  for (DType table : {DType::f32, DType::bf16, DType::f16})
    for (DType out : {DType::f32, DType::bf16})
      for (double bad : {-1.0, 101.0, 2e9}) {
        Case made = make_case(random, 3, true, table, DType::i32, out, {4}, 48);
        made.inputs[1] = make_tensor("ids", DType::i32, {4}, {0, 1, bad, 2});
        suite.check_fault(made, ErrorCode::out_of_range);
      }
}

}  // namespace
}  // namespace lathe::test
