// Ids beyond their embedding tables: never read out of bounds, one clear status, and the context runs on.
#include <climits>

#include "frontends/huggingface/reader.h"
#include "tests/errors/run_fixture.h"
#include "tests/frontends/model_folder.h"
#include "tests/support/run_network.h"
#include "tests/support/tensors.h"

namespace lathe {
namespace {
using namespace test;

class ErrorsIdsOutOfRange : public BadRun {};

TEST_F(ErrorsIdsOutOfRange, OfWords) {
  for (int64_t id : {int64_t{-1}, int64_t{171}, int64_t{1} << 30, int64_t{1} << 40, INT64_MIN, INT64_MAX}) {
    ids_[1] = id;
    context_.set_input("input_ids", {DType::i64, {2, 3}, ids_.data()});
    const bool narrow = id == static_cast<int32_t>(id);
    expect_status(
        ErrorCode::out_of_range,
        {"input_ids[0, 1]", std::to_string(id) + (narrow ? " is outside its table of 171 rows" : " does not fit"),
         narrow ? "give ids from 0 to 170" : "check the ids"});
  }
  ids_[1] = 170;
  expect_good();
}

TEST_F(ErrorsIdsOutOfRange, OfWordsInPackedForm) {
  tokens_[5] = 171;
  bind_packed({0, 3, 6}, 6);
  expect_status(ErrorCode::out_of_range, {"packed.input_ids[5]", "171 is outside its table", "give ids from 0 to 170"});
  expect_good();
}

TEST_F(ErrorsIdsOutOfRange, OfTypes) {
  const std::vector<int32_t> types = {0, 1, 7, 0, 0, 0};
  context_.set_input("input_ids", {DType::i64, {2, 3}, ids_.data()});
  context_.set_input("token_type_ids", {DType::i32, {2, 3}, types.data()});
  expect_status(ErrorCode::out_of_range,
                {"token_type_ids[0, 2]", "7 is outside its table of 2 rows", "give ids from 0 to 1"});
  expect_good();
}

TEST_F(ErrorsIdsOutOfRange, OfPositions) {
  const std::vector<int32_t> positions = {0, 1, 2, 38, 39, 40};
  context_.set_input("input_ids", {DType::i64, {2, 3}, ids_.data()});
  context_.set_input("position_ids", {DType::i32, {2, 3}, positions.data()});
  expect_status(ErrorCode::out_of_range,
                {"position_ids[1, 2]", "40 is outside its table of 40 rows", "give ids from 0 to 39"});
  expect_good();
}

/// Only one of the two is read.
TEST_F(ErrorsIdsOutOfRange, HiddenOnesAreNotToBlame) {
  const std::vector<int32_t> mask = {1, 0, 1, 1, 1, 1};
  ids_[1] = ids_[4] = -100;
  context_.set_input("input_ids", {DType::i64, {2, 3}, ids_.data()});
  context_.set_input("attention_mask", {DType::i32, {2, 3}, mask.data()});
  expect_status(ErrorCode::out_of_range, {"input_ids[1, 1]", "-100 is outside its table", "give ids from 0 to 170"});
  ids_[4] = 3;
  EXPECT_TRUE(context_.run().ok());
  ids_[1] = 3;
  expect_good();
}

/// The reference backend, which sees the tables one by one.
TEST_F(ErrorsIdsOutOfRange, OnTheReferenceBackend) {
  ModelFolder folder;
  const huggingface::Model model = huggingface::read_folder(folder.write());
  const auto refused = [&](const char* problem, NamedTensors given) {
    io_test::expect_error(ErrorCode::out_of_range, problem, [&] { run_network(model.network, given); });
  };
  const auto ids = [](std::initializer_list<double> values) { return make_tensor("", DType::i64, {1, 2}, values); };
  refused("id 11 is outside the table of 11 rows", {{"input_ids", ids({0, 11})}});
  refused("id -1 is outside", {{"input_ids", ids({-1, 0})}});
  refused("id 2 is outside the table of 2 rows", {{"input_ids", ids({1, 2})}, {"token_type_ids", ids({0, 2})}});
  refused("id 6 is outside the table of 6 rows", {{"input_ids", full("", DType::i32, {1, 7}, 1)}});
}

}  // namespace
}  // namespace lathe
