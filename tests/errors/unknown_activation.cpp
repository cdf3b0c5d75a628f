// config.json with a hidden_act that Lathe does not compute.
#include "lathe/build.h"
#include "tests/errors/refusal.h"
#include "tests/frontends/model_folder.h"

namespace lathe {
namespace {
using namespace test;

TEST(ErrorsUnknownActivation, TheKnownOnesAreNamed) {
  ModelFolder folder;
  for (const char* name : {"swiglu", "GELU", ""}) {
    folder.config["hidden_act"] = name;
    const std::string path = folder.write();
    expect_refusal_in(
        path, ErrorCode::unsupported,
        {"config.json", "the activation '" + std::string(name) + "' is not supported", "known are gelu, "},
        [&] { build(path); });
  }
}

}  // namespace
}  // namespace lathe
