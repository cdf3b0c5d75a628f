// What plans of whole folders are made of.
#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>

#include "lathe/build.h"
#include "lathe/log.h"
#include "plan/plan.h"
#include "tests/support/text_plan.h"

namespace lathe {
namespace {

const std::string kRoot = LATHE_SOURCE_DIR;

std::vector<std::string> folders() {
  std::vector<std::string> found;
  for (const char* kind : {"models", "embed"})
    for (const auto& entry : std::filesystem::directory_iterator(kRoot + "/tests/goldens/" + kind))
      found.push_back(std::string(kind) + "/" + entry.path().filename().string());
  std::sort(found.begin(), found.end());
  return found;
}

Plan plan_of(const std::string& folder, Precision precision) {
  BuildOptions options;
  options.precision = precision;
  if (folder == "models/base-no-pooler") options.outputs = {"last_hidden_state"};
  return build(kRoot + "/tests/goldens/" + folder, options);
}

/// The reference backend is for what no model needs to do fast.
TEST(CompilerPlans, NoStepRunsOnTheReference) {
  for (const std::string& folder : folders())
    for (Precision precision : {Precision::fp32, Precision::best}) {
      SCOPED_TRACE(folder);
      Plan plan = plan_of(folder, precision);
      for (const plan::Step& step : plan.data()->steps) EXPECT_TRUE(step.tactic.starts_with("cpu.")) << step.tactic;
    }
}

/// Where a step does, a warning names it.
TEST(CompilerPlans, StepsOnTheReferenceAreNamed) {
  std::vector<std::string> lines;
  set_logger([&](LogLevel, std::string_view line) { lines.emplace_back(line); }, LogLevel::warning);
  test::text_plan(
      "network known\ninput %x: f32[n, 4, 4]\n%size.out: f32[n] = determinant (%x)\n"
      "%neg.out: f32[n] = unary(kind=neg) (%size.out)\noutput y = %neg.out\n");
  test::text_plan("input %x: f32[n, 4]\n%neg.out: f32[n, 4] = unary(kind=neg) (%x)\noutput y = %neg.out\n");
  set_logger({});
  ASSERT_EQ(lines.size(), 1u);
  EXPECT_EQ(lines[0], "known: no kernel takes size (determinant); slow reference steps do");
}

/// The tables of an embedding stay as the folder stores them, where no product reads them as well.
TEST(CompilerPlans, TablesKeepTheTypeOfTheFolder) {
  const std::pair<const char*, DType> cases[] = {{"models/base", DType::f32},
                                                 {"models/base-prefixed-f16", DType::f16},
                                                 {"models/base-long-bf16", DType::bf16},
                                                 {"models/mlm-untied-bf16", DType::bf16}};
  for (const auto& [folder, stored] : cases) {
    SCOPED_TRACE(folder);
    Plan plan = plan_of(folder, Precision::fp32);
    int tables = 0;
    for (const plan::Weight& weight : plan.data()->weights) {
      if (weight.name.find("embeddings.weight") == std::string::npos || !weight.format.empty()) continue;
      EXPECT_EQ(to_string(weight.dtype), to_string(stored)) << weight.name;
      ++tables;
    }
    EXPECT_EQ(tables, 3);
  }
}

/// The word table of a tied decoder is stored once, as the product reads it, whatever the folder's and the plan's
/// types.
TEST(CompilerPlans, ATiedDecoderIsStoredOnce) {
  for (const char* folder : {"models/mlm-tied", "models/mlm-no-prefix-f16"})
    for (Precision precision : {Precision::fp32, Precision::best}) {
      SCOPED_TRACE(folder);
      const Plan plan = plan_of(folder, precision);
      int tables = 0;
      for (const plan::Weight& weight : plan.data()->weights) {
        if (weight.name.find("word_embeddings.weight") == std::string::npos) continue;
        EXPECT_TRUE(weight.format.starts_with("panel16.")) << weight.name << ": " << weight.format;
        EXPECT_TRUE(weight.transposed);
        ++tables;
      }
      EXPECT_EQ(tables, 1);
    }
}

}  // namespace
}  // namespace lathe
