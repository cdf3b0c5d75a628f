// A plan that ends early, wherever that is, or goes on too long.
#include "plan/file.h"
#include "tests/errors/plan_fixture.h"

namespace lathe {
namespace {

class ErrorsPlanCut : public test::BadPlan {};

constexpr const char* kCure = "build the plan again";

TEST_F(ErrorsPlanCut, AtAnyByte) {
  const Blob whole = io_test::blob_of(bytes());
  for (size_t size = 0; size < whole.size; ++size) {
    const char* what = size < 8 ? "this is no Lathe plan" : size < 64 ? "ends inside the header" : "its header says";
    test::expect_refusal(ErrorCode::corrupt_file, {"cut.plan", what, size < 8 ? "`lathe build` wrote" : kCure},
                         [&] { plan::read_bytes(whole.sub(0, size), "cut.plan"); });
    if (HasFailure()) FAIL() << "cut at byte " << size << " of " << whole.size;
  }
}

TEST_F(ErrorsPlanCut, AsAFile) {
  for (size_t size : {size_t{0}, size_t{7}, size_t{8}, size_t{63}, size_t{64}, weights_at(), bytes().size() - 1})
    expect_refused(bytes().substr(0, size), ErrorCode::corrupt_file,
                   size < 8    ? "this is no Lathe plan"
                   : size < 64 ? "it ends inside the header"
                               : "it has " + std::to_string(size) + " bytes, its header says",
                   size < 8 ? "give a file" : kCure);
}

TEST_F(ErrorsPlanCut, OrGrown) {
  expect_refused(bytes() + 'x', ErrorCode::corrupt_file, "its header says", kCure);
  expect_refused(bytes() + bytes(), ErrorCode::corrupt_file, "its header says", kCure);
}

TEST_F(ErrorsPlanCut, OrNeverAPlan) {
  expect_refused(std::string(4096, '\0'), ErrorCode::corrupt_file, "this is no Lathe plan", "give a file");
  const std::string absent = scratch_.path("absent.plan");
  test::expect_refusal(ErrorCode::not_found, {absent, "no such file", "check the path"}, [&] { Plan::load(absent); });
  test::expect_refusal(ErrorCode::io, {scratch_.path(), "is a folder", "name a file inside it"},
                       [&] { Plan::load(scratch_.path()); });
}

}  // namespace
}  // namespace lathe
