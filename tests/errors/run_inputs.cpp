// Inputs that do not fit the plan: one clear status each, and the context runs on afterwards.
#include <gtest/gtest.h>

#include "lathe/build.h"

namespace lathe {
namespace {

class RunInputs : public testing::Test {
 protected:
  RunInputs() : context_(engine().context({.threads = 2})) {}
  static const Engine& engine() {
    static const Engine built{build(std::string(LATHE_SOURCE_DIR) + "/tests/goldens/models/base")};
    return built;
  }
  void expect_status(ErrorCode code, const std::string& part) {
    Status status = context_.run();
    EXPECT_EQ(status.code(), code) << status.message();
    EXPECT_NE(status.message().find(part), std::string::npos) << status.message();
  }
  void expect_throw(ErrorCode code, const std::string& part, const std::function<void()>& call) {
    try {
      call();
      ADD_FAILURE() << "accepted";
    } catch (const Error& error) {
      EXPECT_EQ(error.code(), code) << error.what();
      EXPECT_NE(std::string(error.what()).find(part), std::string::npos) << error.what();
    }
  }
  void expect_good() {
    context_.clear_inputs();
    context_.set_input("input_ids", {DType::i64, {2, 3}, ids_.data()});
    EXPECT_TRUE(context_.run().ok());
  }
  std::vector<int64_t> ids_ = std::vector<int64_t>(4096, 3);
  std::vector<int32_t> tokens_ = std::vector<int32_t>(4096, 3);
  Context context_;
};

TEST_F(RunInputs, IdOutsideTheVocabulary) {
  for (int64_t id : {int64_t{-1}, int64_t{1} << 30, int64_t{1} << 40}) {
    ids_[1] = id;
    context_.set_input("input_ids", {DType::i64, {2, 3}, ids_.data()});
    expect_status(ErrorCode::out_of_range, "outside its embedding table");
  }
  ids_[1] = 3;
  expect_good();
}

TEST_F(RunInputs, TypeIdOutsideItsTable) {
  std::vector<int32_t> types = {0, 1, 7, 0, 0, 0};
  context_.set_input("input_ids", {DType::i64, {2, 3}, ids_.data()});
  context_.set_input("token_type_ids", {DType::i32, {2, 3}, types.data()});
  expect_status(ErrorCode::out_of_range, "id 7");
  expect_good();
}

TEST_F(RunInputs, SequenceOverThePositionLimit) {
  context_.set_input("input_ids", {DType::i64, {1, 2000}, ids_.data()});
  expect_status(ErrorCode::out_of_range, "seq = 2000");
  context_.clear_inputs();
  std::vector<int32_t> bounds = {0, 2000};
  context_.set_input("packed.input_ids", {DType::i32, {2000}, tokens_.data()});
  context_.set_input("cu_seqlens", {DType::i32, {2}, bounds.data()});
  context_.request({"packed.last_hidden_state"});
  expect_status(ErrorCode::out_of_range, "2000 tokens");
  context_.request({"last_hidden_state"});
  expect_good();
}

TEST_F(RunInputs, MaskOfAnotherShape) {
  context_.set_input("input_ids", {DType::i64, {2, 3}, ids_.data()});
  context_.set_input("attention_mask", {DType::i64, {2, 4}, ids_.data()});
  expect_status(ErrorCode::shape_mismatch, "attention_mask");
  expect_throw(ErrorCode::shape_mismatch, "attention_mask", [&] {
    context_.set_input("attention_mask", {DType::i64, {6}, ids_.data()});
  });
  expect_throw(ErrorCode::shape_mismatch, "type f16", [&] {
    context_.set_input("attention_mask", {DType::f16, {2, 3}, ids_.data()});
  });
  expect_good();
}

TEST_F(RunInputs, EmptyBatch) {
  context_.set_input("input_ids", {DType::i64, {0, 3}, ids_.data()});
  expect_status(ErrorCode::out_of_range, "batch = 0");
  context_.set_input("input_ids", {DType::i64, {2, 0}, ids_.data()});
  expect_status(ErrorCode::out_of_range, "seq = 0");
  expect_good();
}

TEST_F(RunInputs, NothingBound) { expect_status(ErrorCode::invalid_argument, "input_ids: this input is missing"); }

TEST_F(RunInputs, UnknownNames) {
  expect_throw(ErrorCode::not_found, "the inputs are", [&] { context_.set_input("ids", {DType::i64, {1}, &ids_}); });
  expect_throw(ErrorCode::not_found, "the outputs are", [&] { context_.request({"logits"}); });
  expect_throw(ErrorCode::invalid_argument, "null", [&] {
    context_.set_input("input_ids", {DType::i64, {2, 3}, nullptr});
  });
  expect_good();
}

TEST_F(RunInputs, PaddedAndPackedAtOnce) {
  std::vector<int32_t> bounds = {0, 3, 6};
  context_.set_input("input_ids", {DType::i64, {2, 3}, ids_.data()});
  context_.set_input("packed.input_ids", {DType::i32, {6}, tokens_.data()});
  context_.set_input("cu_seqlens", {DType::i32, {3}, bounds.data()});
  expect_status(ErrorCode::invalid_argument, "padded and packed inputs are bound at once");
  expect_good();
}

TEST_F(RunInputs, PaddedOutputOfPackedInputs) {
  std::vector<int32_t> bounds = {0, 3, 6};
  context_.set_input("packed.input_ids", {DType::i32, {6}, tokens_.data()});
  context_.set_input("cu_seqlens", {DType::i32, {3}, bounds.data()});
  context_.request({"last_hidden_state"});
  EXPECT_FALSE(context_.run().ok());
  expect_good();
}

TEST_F(RunInputs, BoundsThatDoNotRise) {
  context_.request({"packed.last_hidden_state"});
  for (std::vector<int32_t> bounds : {std::vector<int32_t>{0, 5, 3, 6}, {1, 2, 3, 6}, {0, 2, 3, 5}, {0, -1, 3, 6}}) {
    context_.set_input("packed.input_ids", {DType::i32, {6}, tokens_.data()});
    context_.set_input("cu_seqlens", {DType::i32, {4}, bounds.data()});
    expect_status(ErrorCode::invalid_argument, "cu_seqlens");
  }
  context_.request({"last_hidden_state"});
  expect_good();
}

}  // namespace
}  // namespace lathe
