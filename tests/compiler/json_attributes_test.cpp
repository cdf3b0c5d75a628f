#include "plan/json_attributes.h"

#include <gtest/gtest.h>

#include <cmath>

#include "lathe/error.h"
#include "ops/activation.h"
#include "ops/nms.h"
#include "ops/pad.h"

namespace lathe::plan {
namespace {

TEST(PlanJsonAttributes, NumbersThatJsonLacks) {
  const ops::Op all[] = {ops::Act(ops::ActKind::clip, -HUGE_VAL, HUGE_VAL), ops::Act(ops::ActKind::clip, 0, 6),
                         ops::Nms{}, ops::Pad{{Dim(1)}, {Dim(0)}, -HUGE_VAL}};
  for (const ops::Op& op : all) {
    const std::string text = write_op(op).dump();
    EXPECT_EQ(read_op(nlohmann::json::parse(text)), op) << text;
  }
  for (double nan : {std::nan(""), -std::nan("")}) {
    const std::string text = write_op(ops::Pad{{Dim(1)}, {Dim(0)}, nan}).dump();
    EXPECT_TRUE(std::isnan(read_op(nlohmann::json::parse(text)).as<ops::Pad>()->value)) << text;
  }
  for (const char* bad : {R"({"op": "activation", "alpha": "one"})", R"({"op": "activation", "alpha": null})",
                          R"({"op": "activation", "alpha": "-nan"})", R"({"op": "activation", "kind": "and"})"})
    EXPECT_THROW(read_op(nlohmann::json::parse(bad)), Error) << bad;
}

}  // namespace
}  // namespace lathe::plan
