// A batch that the machine has no memory for: refused with what it would take and what there is, and a smaller one
// runs in the same context.
#include <sys/resource.h>

#include "base/file.h"
#include "tests/errors/run_fixture.h"

namespace lathe {
namespace {
using namespace test;

/// This process may map so many bytes more, until the end of the scope.
class LittleMemory {
 public:
  explicit LittleMemory(size_t more) {
    getrlimit(RLIMIT_AS, &before_);
    const size_t used = std::stoull(read_text_file("/proc/self/statm", 4096)) * 4096;
    const rlimit limit{used + more, before_.rlim_max};
    setrlimit(RLIMIT_AS, &limit);
  }
  LittleMemory(const LittleMemory&) = delete;
  LittleMemory& operator=(const LittleMemory&) = delete;
  ~LittleMemory() { setrlimit(RLIMIT_AS, &before_); }

 private:
  rlimit before_{};
};

class ErrorsRunNoMemory : public BadRun {
 protected:
  /// One id, seen as a batch of this many texts: it is refused before anything is read.
  void bind(int64_t texts) {
    context_.set_input("input_ids", {DType::i64, {texts, 30}, ids_.data()});
    context_.request({"last_hidden_state"});
  }
};

TEST_F(ErrorsRunNoMemory, ABatchThatDoesNotFit) {
  bind(50000);
  const size_t needed = context_.required_bytes();
  ASSERT_GT(needed, size_t{256} << 20);
  EXPECT_GT(context_.arena_bytes(), needed / 2) << "most of it; asking takes nothing, as what fits below shows";
  {
    LittleMemory limit(size_t{64} << 20);
    expect_status(ErrorCode::out_of_memory,
                  {"context", "the limit of its address space leaves", "run smaller batches, or free some memory"});
    bind(2);
    EXPECT_LT(context_.required_bytes(), size_t{1} << 20);
    const Status status = context_.run();
    EXPECT_TRUE(status.ok()) << status.message();
  }
  expect_good();
}

TEST_F(ErrorsRunNoMemory, WhatARunRequiresIsWhatItTakes) {
  bind(8);
  const size_t needed = context_.required_bytes();
  ASSERT_TRUE(context_.run().ok());
  EXPECT_EQ(context_.required_bytes(), needed);
  EXPECT_LE(context_.arena_bytes(), needed + 4096);
  bind(1 << 21);
  expect_refusal(
      ErrorCode::out_of_range,
      {"input_ids, dimension 0 of [2097152, 30]", "is outside the plan's range", "give shorter or fewer texts"},
      [&] { context_.required_bytes(); });
}

}  // namespace
}  // namespace lathe
