#pragma once
#include <string>
#include <vector>

#include "lathe/build.h"
#include "tests/errors/refusal.h"

namespace lathe::test {

/// A context of the golden model `base` (171 words, 40 positions) that is given bad inputs; expect_good()
/// shows that it runs on afterwards.
class BadRun : public testing::Test {
 protected:
  BadRun() : context_(engine().context({.threads = 2})) {}

  static const Engine& engine() {
    static const Engine built{build(std::string(LATHE_SOURCE_DIR) + "/tests/goldens/models/base")};
    return built;
  }
  void expect_status(ErrorCode code, const Line& line) {
    const Status status = context_.run();
    EXPECT_EQ(to_string(status.code()), to_string(code)) << status.message();
    expect_line(status.message(), line);
  }
  void expect_good() {
    context_.clear_inputs();
    context_.request({"last_hidden_state"});
    context_.set_input("input_ids", {DType::i64, {2, 3}, ids_.data()});
    const Status status = context_.run();
    EXPECT_TRUE(status.ok()) << status.message();
  }
  void bind_packed(const std::vector<int32_t>& bounds, int64_t tokens) {
    bounds_ = bounds;
    context_.clear_inputs();
    context_.set_input("packed.input_ids", {DType::i32, {tokens}, tokens_.data()});
    context_.set_input("cu_seqlens", {DType::i32, {static_cast<int64_t>(bounds_.size())}, bounds_.data()});
    context_.request({"packed.last_hidden_state"});
  }

  std::vector<int64_t> ids_ = std::vector<int64_t>(4096, 3);
  std::vector<int32_t> tokens_ = std::vector<int32_t>(4096, 3);
  std::vector<int32_t> bounds_;
  Context context_;
};

}  // namespace lathe::test
