// A plan of another format version.
#include "plan/file.h"
#include "tests/errors/plan_fixture.h"

namespace lathe {
namespace {

class ErrorsPlanNewer : public test::BadPlan {
 protected:
  static std::string of_version(uint32_t version) {
    std::string content = bytes();
    content.replace(8, sizeof version, reinterpret_cast<const char*>(&version), sizeof version);
    return content;
  }
};

TEST_F(ErrorsPlanNewer, AsksForANewerLathe) {
  for (uint32_t version : {plan::kFormatVersion + 1, 99u, UINT32_MAX})
    expect_refused(
        of_version(version), ErrorCode::unsupported_version,
        "plan format " + std::to_string(version) + ", this Lathe reads format " + std::to_string(plan::kFormatVersion),
        "use a newer Lathe, or build the plan again with this one");
}

TEST_F(ErrorsPlanNewer, AnOlderOneIsBuiltAgain) {
  expect_refused(of_version(0), ErrorCode::unsupported_version, "plan format 0", "build the plan again");
}

}  // namespace
}  // namespace lathe
