// Ops whose second run is not the first one again.
#include <gtest/gtest.h>

#include "ops/masked.h"
#include "passes/token_wise.h"
#include "tests/passes/pass_testing.h"

namespace lathe::passes::testing {

/// x and something that no one can foretell.
struct Noise {
  template <class V>
  void fields(V&) {}
  LATHE_OP_STRUCT(Noise);
};
static ops::Types infer(const Noise&, const ops::Types& in) { return {in.at(0)}; }

const ops::OpInfo& Noise::info() {
  static const ops::OpInfo info = ops::describe<Noise>("noise", {.effect = true});
  return info;
}

namespace {

/// Would compute anything.
class Anything : public ir::Evaluator {
 public:
  std::vector<ir::ConstantTensor> evaluate(const ops::Op&, std::span<const ir::ConstantTensor> inputs) const override {
    return {inputs[0]};
  }
};

TEST(PassesEffects, OpsWithEffectsAreNeitherComputedNorMerged) {
  NetworkBuilder b;
  const ir::ValueId w = b.weight("w", {6});
  b.output("y", b.product(b.add(Noise{}, {w}), b.add(Noise{}, {w})));
  b.add(Noise{}, {w});
  const Anything anything;
  PassContext context;
  context.evaluator = &anything;
  run_pipeline(b.network, context, {});
  EXPECT_EQ(count(b.network, "noise"), 2u) << "those that are read";
}

TEST(PassesEffects, WhatAnOpDoesNotSayIsNoneOfIts) {
  const ops::Op noise = Noise{};
  EXPECT_FALSE(noise.expands());
  EXPECT_FALSE(noise.masked());
  EXPECT_FALSE(noise.bounds());
  EXPECT_FALSE(noise.takes_narrow(0));
  EXPECT_EQ(noise.storing(DType::bf16), noise);
  NetworkBuilder b;
  const ir::ValueId y = b.add(Noise{}, {b.input("x", {kBatch, kSeq, 6})});
  EXPECT_FALSE(row_form(b.network, *b.network.producer(y), std::vector<Dim>{kBatch, kSeq}, Dim(3)));
}

}  // namespace
}  // namespace lathe::passes::testing
