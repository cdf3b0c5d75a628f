// Plans with right checksums that say what no build writes: each would have a run read or write where it must not.
#include "backends/choose.h"
#include "base/file.h"
#include "ops/linear.h"
#include "plan/file.h"
#include "tests/errors/plan_fixture.h"
#include "tests/support/text_plan.h"

namespace lathe {
namespace {

class ErrorsPlanHostile : public test::BadPlan {
 protected:
  ErrorsPlanHostile() : plan_(plan::read_bytes(io_test::blob_of(bytes()), "good.plan")) {}
  /// Through its file, as it would come from elsewhere.
  void expect_plan_refused(const std::string& what) {
    plan::write_file(plan_, scratch_.path("hostile.plan"));
    test::expect_refusal(ErrorCode::corrupt_file, {"hostile.plan", what, "build the plan again"},
                         [&] { Engine(Plan::load(scratch_.path("hostile.plan"))); });
  }
  plan::Plan plan_;
};

TEST_F(ErrorsPlanHostile, BoundOfAnUnknownSymbol) {
  plan_.runtime_symbols.push_back({"g", Dim::symbol("h")});
  expect_plan_refused("'g' has a bound that is not known before it runs");
}

TEST_F(ErrorsPlanHostile, BoundOfARunTimeSymbol) {
  ASSERT_FALSE(plan_.runtime_symbols.empty());
  plan_.runtime_symbols.push_back({"g", Dim::symbol(plan_.runtime_symbols[0].name)});
  expect_plan_refused("'g' has a bound that is not known before it runs");
}

TEST_F(ErrorsPlanHostile, SymbolThatNoStepCounts) {
  plan_.runtime_symbols.push_back({"g", Dim::symbol("batch")});
  expect_plan_refused("'g' is counted by no step");
}

TEST_F(ErrorsPlanHostile, NamesAndTensorsOfTwoPorts) {
  plan_.inputs.push_back(plan_.inputs[0]);
  expect_plan_refused("is the name of two inputs");
  plan_.inputs.back().name = "another";
  expect_plan_refused("'another' is bound to the tensor of another input");
  plan_.inputs.pop_back();
  plan_.outputs.push_back(plan_.outputs[0]);
  expect_plan_refused("is the name of two outputs");
}

TEST_F(ErrorsPlanHostile, InputThatNoPortBinds) {
  plan_.inputs.erase(plan_.inputs.begin());
  expect_plan_refused("reads a tensor before it is made");
}

/// The kernel reads as many bytes as the op's direction asks for.
TEST_F(ErrorsPlanHostile, WeightPackedTheOtherWayRound) {
  int turned = 0;
  const plan::Plan good = plan_;
  for (size_t w = 0; w < good.weights.size(); ++w) {
    if (good.weights[w].format.empty()) continue;
    plan_ = good;
    plan_.weights[w].transposed = !plan_.weights[w].transposed;
    expect_plan_refused("reads a weight that was packed the other way round");
    ++turned;
  }
  EXPECT_GT(turned, 0);
}

/// A row-major weight carries no direction: it is packed as its reader takes it.
TEST_F(ErrorsPlanHostile, RowMajorWeightOfATransposedReader) {
  plan::Plan plan = test::text_plan(
      "input %x: f32[n, 40]\n"
      "constant %w: f32[3, 40] = random\n"
      "%y.out: f32[n, 3] = linear(transposed=true) (%x, %w)\n"
      "output y = %y.out\n");
  const std::vector<float> x(80, 1.0f);
  auto answer = [&](const plan::Plan& p) {
    Context context = test::engine_of(p).context({.threads = 1});
    context.set_input("x", {DType::f32, {2, 40}, x.data()});
    context.run().throw_if_error();
    return test::values_of<float>(context, "y");
  };
  const std::vector<float> expected = answer(plan);
  BlobRegion region;
  plan::Weight& w = plan.weights[0];
  ASSERT_FALSE(w.format.empty());
  w.data = backends::repack(w.name, w.data, w.dtype, w.shape, w.transposed, w.format, "", region);
  w.format.clear();
  w.transposed = false;
  plan::validate(plan, "row-major");
  EXPECT_EQ(answer(plan), expected);
}

/// 2^31 x 2^31 floats are 2^64 bytes.
TEST_F(ErrorsPlanHostile, PackedWeightWhoseSizeWraps) {
  for (const char* format : {"panel16.f32", "panel16.bf16"})
    test::expect_refusal(ErrorCode::corrupt_file, {"w", "in format", "build the plan again"}, [&] {
      backends::check_packed_size("w", format, {int64_t{1} << 31, int64_t{1} << 31}, false,
                                  format[8] == 'f' ? DType::f32 : DType::bf16, 0);
    });
  plan_.weights[0].shape = {int64_t{1} << 31, int64_t{1} << 31};
  for (plan::Tensor& tensor : plan_.tensors)
    if (tensor.storage == plan::Storage::weight && tensor.weight == 0)
      tensor.type.shape = {int64_t{1} << 31, int64_t{1} << 31};
  plan_.weights[0].format = "panel16.f32";
  plan_.weights[0].data = {};
  expect_plan_refused("is larger than any memory");
}

TEST_F(ErrorsPlanHostile, ViewOfAWeight) {
  for (plan::Tensor& tensor : plan_.tensors) {
    if (tensor.storage != plan::Storage::weight) continue;
    plan::Tensor view = tensor;
    view.storage = plan::Storage::view;
    view.base = static_cast<int>(&tensor - plan_.tensors.data());
    plan_.tensors.push_back(view);
    break;
  }
  expect_plan_refused("views a tensor that cannot be viewed");
}

TEST_F(ErrorsPlanHostile, PackedWeightAsAnOutput) {
  for (size_t t = 0; t < plan_.tensors.size(); ++t)
    if (plan_.tensors[t].storage == plan::Storage::weight &&
        !plan_.weights[static_cast<size_t>(plan_.tensors[t].weight)].format.empty())
      plan_.outputs[0].tensor = static_cast<int>(t);
  expect_plan_refused("is a packed weight");
}

TEST_F(ErrorsPlanHostile, PositionsInSequencesWithoutBounds) {
  int changed = 0;
  for (plan::Port& port : plan_.inputs) {
    if (port.role.role != Role::packed) continue;
    plan::Plan bad = plan_;
    plan::Port& positions = bad.inputs[static_cast<size_t>(&port - plan_.inputs.data())];
    positions.absent = ops::InputDefault::positions;
    bad.inputs.erase(bad.inputs.begin() + bad.find_input("cu_seqlens"));
    test::expect_refusal(ErrorCode::corrupt_file,
                         {"hostile", "counts positions in sequences without bounds", "build the plan again"},
                         [&] { plan::validate(bad, "hostile"); });
    ++changed;
  }
  EXPECT_GT(changed, 0);
}

TEST_F(ErrorsPlanHostile, RolesThatNothingPlays) {
  const std::pair<ops::PortRole, const char*> roles[] = {{{Role::packed, "nothing"}, "is the packed form of nothing"},
                                                         {{Role::bounds, "tokens"}, "is no list of rows"},
                                                         {{Role::rows, "tokens"}, "is no list of rows"},
                                                         {{Role::mask, "x"}, "has a role of nothing"}};
  for (const auto& [role, problem] : roles) {
    plan::Plan bad = plan_;
    bad.inputs[static_cast<size_t>(bad.find_input("attention_mask"))].role = role;
    test::expect_refusal(ErrorCode::corrupt_file, {"hostile", problem, "build the plan again"},
                         [&] { plan::validate(bad, "hostile"); });
  }
  for (const Role role : {Role::mask, Role::bounds, Role::rows, Role::packed}) {
    plan::Plan bad = plan_;
    bad.outputs[0].role = {role, role == Role::mask ? "" : bad.outputs[0].name};
    test::expect_refusal(ErrorCode::corrupt_file, {"hostile", bad.outputs[0].name, "build the plan again"},
                         [&] { plan::validate(bad, "hostile"); });
  }
}

}  // namespace
}  // namespace lathe
