// Plans that were cut, altered, or written by another version.
#include <gtest/gtest.h>

#include "base/cpu.h"
#include "lathe/build.h"
#include "tests/io/scratch.h"

namespace lathe {
namespace {

const std::string kSmall = std::string(LATHE_SOURCE_DIR) + "/tests/goldens/models/base";

class PlanFile : public testing::Test {
 protected:
  static const std::string& bytes() {
    static const std::string content = [] {
      io_test::Scratch scratch;
      build(kSmall).save(scratch.path("good.plan"));
      return io_test::slurp(scratch.path("good.plan"));
    }();
    return content;
  }
  void expect_refused(const std::string& content, ErrorCode code, const std::string& part, const std::string& what) {
    std::string path = scratch_.put("bad.plan", content);
    try {
      Plan::load(path);
      ADD_FAILURE() << what << ": accepted";
    } catch (const Error& error) {
      EXPECT_EQ(error.code(), code) << what << ": " << error.what();
      EXPECT_NE(std::string(error.what()).find(part), std::string::npos) << what << ": " << error.what();
    }
  }
  io_test::Scratch scratch_;
};

/// Every byte of the header and the first of the description, then strides that meet every part.
std::vector<size_t> places(size_t size) {
  std::vector<size_t> list;
  for (size_t i = 0; i < size; i += i < 200 ? 1 : 1999) list.push_back(i);
  for (size_t i = size - 70; i < size; ++i) list.push_back(i);
  return list;
}

TEST_F(PlanFile, CutAnywhere) {
  for (size_t n : places(bytes().size()))
    expect_refused(bytes().substr(0, n), ErrorCode::corrupt_file, "plan", "cut at " + std::to_string(n));
}

TEST_F(PlanFile, GrownByAByte) { expect_refused(bytes() + 'x', ErrorCode::corrupt_file, "bytes", "grown"); }

TEST_F(PlanFile, AnyByteFlipped) {
  for (size_t i : places(bytes().size())) {
    std::string content = bytes();
    content[i] = static_cast<char>(content[i] ^ 0x10);
    bool version = i >= 8 && i < 12;
    expect_refused(content, version ? ErrorCode::unsupported_version : ErrorCode::corrupt_file, "plan",
                   "flipped at " + std::to_string(i));
  }
}

TEST_F(PlanFile, NewerFormat) {
  std::string content = bytes();
  content[8] = 99;
  expect_refused(content, ErrorCode::unsupported_version, "use a newer Lathe", "newer");
}

TEST_F(PlanFile, NoPlanAtAll) {
  expect_refused("", ErrorCode::corrupt_file, "no Lathe plan", "empty");
  expect_refused(std::string(4096, '\0'), ErrorCode::corrupt_file, "no Lathe plan", "zeros");
  EXPECT_THROW(Plan::load(scratch_.path("absent.plan")), Error);
}

TEST_F(PlanFile, PrecisionThatThisMachineLacks) {
  if (active_isa() < Isa::avx512_bf16) {
    BuildOptions options;
    options.precision = Precision::bf16;
    try {
      build(kSmall, options);
      FAIL() << "accepted";
    } catch (const Error& error) {
      EXPECT_EQ(error.code(), ErrorCode::unsupported_machine);
      EXPECT_NE(std::string(error.what()).find("needs avx512_bf16"), std::string::npos) << error.what();
    }
    return;
  }
  BuildOptions options;
  options.precision = Precision::bf16;
  Plan plan = build(kSmall, options);
  Isa level = set_active_isa(Isa::avx2);
  try {
    Engine engine(plan);
    ADD_FAILURE() << "accepted";
  } catch (const Error& error) {
    EXPECT_EQ(error.code(), ErrorCode::unsupported_machine) << error.what();
  }
  set_active_isa(level);
}

TEST_F(PlanFile, SaveIntoAFolderThatIsNotThere) {
  Plan plan = build(kSmall);
  EXPECT_THROW(plan.save(scratch_.path("absent/x.plan")), Error);
  EXPECT_EQ(scratch_.files(), 0u);
}

}  // namespace
}  // namespace lathe
