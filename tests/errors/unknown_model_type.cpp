// config.json of a model that Lathe does not run.
#include "lathe/build.h"
#include "tests/errors/refusal.h"
#include "tests/frontends/model_folder.h"

namespace lathe {
namespace {
using namespace test;

TEST(ErrorsUnknownModelType, TheKnownOnesAreNamed) {
  ModelFolder folder;
  for (const char* type : {"llama", "BERT", "", "bert "}) {
    folder.config["model_type"] = type;
    const std::string path = folder.write();
    expect_refusal_in(path, ErrorCode::unsupported,
                      {"config.json", "the model_type '" + std::string(type) + "' is not supported", "known are bert"},
                      [&] { build(path); });
  }
}

}  // namespace
}  // namespace lathe
