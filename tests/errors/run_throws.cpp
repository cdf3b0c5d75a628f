// What is thrown within a run becomes a status, whatever it is, and the context runs on.
#include <stdexcept>

#include "tests/errors/run_fixture.h"
#include "tests/support/allocations.h"

namespace lathe {
namespace {
using namespace test;

class ErrorsRunThrows : public BadRun {
 protected:
  void SetUp() override {
    if (!allocations_are_seen()) GTEST_SKIP() << "the library calls an operator new of its own here";
  }
  /// Whether the first run of a new context came to the allocation after `skipped` others, which throws `what`.
  bool run(int64_t skipped, const std::exception_ptr& what, Status& status) {
    context_ = engine().context({.threads = 2});
    context_.set_input("input_ids", {DType::i64, {2, 3}, ids_.data()});
    const FailingAllocation failing(skipped, what);
    status = context_.run();
    return failing.thrown();
  }
};

TEST_F(ErrorsRunThrows, NoMemoryAtAnyPlace) {
  Status status;
  int64_t places = 0, refused = 0;
  for (; run(places, std::make_exception_ptr(std::bad_alloc()), status); ++places) {
    if (status.ok()) continue;  // made do without
    ++refused;
    EXPECT_EQ(status.code(), ErrorCode::out_of_memory) << status.message();
    expect_line(status.message(), {"memory", "none is left", "run smaller batches"});
    EXPECT_TRUE(context_.run().ok()) << "after place " << places;
  }
  EXPECT_TRUE(status.ok()) << status.message();
  EXPECT_GT(refused, 5);
}

TEST_F(ErrorsRunThrows, WhateverElse) {
  Status status;
  ASSERT_TRUE(run(0, std::make_exception_ptr(std::runtime_error("a surprise")), status));
  EXPECT_EQ(status.code(), ErrorCode::internal);
  EXPECT_EQ(status.message(), "a surprise");
  ASSERT_TRUE(run(0, std::make_exception_ptr(3), status));
  EXPECT_EQ(status.code(), ErrorCode::internal);
  EXPECT_EQ(status.message(), "an exception of an unknown kind");
  expect_good();
}

}  // namespace
}  // namespace lathe
