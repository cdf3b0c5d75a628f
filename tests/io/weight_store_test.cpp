#include "io/weight_store.h"

#include "scratch.h"

namespace lathe {
namespace {
using namespace io_test;

/// A folder with tensors a, b in one shard and c in another.
void make_shards(const Scratch& scratch) {
  std::vector<HostTensor> first = {patterned("a", DType::f32, {2}), patterned("b", DType::f16, {3})};
  std::vector<HostTensor> second = {patterned("c", DType::bf16, {1, 4})};
  write_safetensors(scratch.path("model-1.safetensors"), first);
  write_safetensors(scratch.path("model-2.safetensors"), second);
}

void put_index(const Scratch& scratch, const std::string& map) {
  scratch.put("model.safetensors.index.json", "{\"metadata\":{\"total_size\":22},\"weight_map\":" + map + "}");
}

TEST(IoWeightStore, OpensOneFileOrItsFolder) {
  Scratch scratch;
  std::vector<HostTensor> tensors = {patterned("x", DType::f32, {2}), patterned("w", DType::f16, {3})};
  write_safetensors(scratch.path("model.safetensors"), tensors);
  for (const std::string& path : {scratch.path(), scratch.path("model.safetensors")}) {
    WeightStore store = WeightStore::open(path);
    EXPECT_EQ(store.names(), (std::vector<std::string>{"w", "x"}));
    EXPECT_TRUE(store.contains("w"));
    EXPECT_FALSE(store.contains("y"));
    expect_same(store.tensor("x"), tensors[0]);
    ASSERT_NE(store.find("w"), nullptr);
    EXPECT_EQ(store.find("w")->dtype, DType::f16);
    EXPECT_EQ(store.find("y"), nullptr);
    EXPECT_EQ(store.files(), std::vector<std::string>{scratch.path("model.safetensors")});
    expect_error(ErrorCode::not_found, "'y'", [&] { store.tensor("y"); });
  }
}

TEST(IoWeightStore, OpensShards) {
  Scratch scratch;
  make_shards(scratch);
  put_index(scratch, R"({"a":"model-1.safetensors","b":"model-1.safetensors","c":"model-2.safetensors"})");
  HostTensor c;
  {
    WeightStore store = WeightStore::open(scratch.path());
    EXPECT_EQ(store.names(), (std::vector<std::string>{"a", "b", "c"}));
    EXPECT_EQ(store.files().size(), 2u);
    c = store.tensor("c");
  }
  expect_same(c, patterned("c", DType::bf16, {1, 4}));
}

TEST(IoWeightStore, RefusesABadIndex) {
  Scratch scratch;
  make_shards(scratch);
  auto expect = [&](ErrorCode code, const char* part, const std::string& map) {
    put_index(scratch, map);
    expect_error(code, part, [&] { WeightStore::open(scratch.path()); });
  };
  expect(ErrorCode::not_found, "'model-3.safetensors'", R"({"a":"model-3.safetensors"})");
  expect(ErrorCode::corrupt_file, "lacks it", R"({"a":"model-2.safetensors"})");
  expect(ErrorCode::corrupt_file, "outside the folder", R"({"a":"../model-1.safetensors"})");
  expect(ErrorCode::corrupt_file, "outside the folder", R"({"a":"/etc/passwd"})");
  expect(ErrorCode::corrupt_file, "outside the folder", R"({"a":"x/../../y"})");
  expect(ErrorCode::corrupt_file, "outside the folder", R"({"a":""})");
  expect(ErrorCode::corrupt_file, "no file", R"({"a":1})");
  expect(ErrorCode::corrupt_file, "twice", R"({"a":"model-1.safetensors","a":"model-1.safetensors"})");
  expect(ErrorCode::corrupt_file, "weight_map", "[]");
  expect(ErrorCode::corrupt_file, "JSON", "{");
  expect(ErrorCode::corrupt_file, "nested", std::string(100'000, '['));
  std::filesystem::resize_file(scratch.path("model-2.safetensors"), 20);
  expect(ErrorCode::corrupt_file, "model-2.safetensors", R"({"c":"model-2.safetensors"})");
}

TEST(IoWeightStore, SaysWhatIsMissing) {
  Scratch scratch;
  expect_error(ErrorCode::not_found, "no such model", [&] { WeightStore::open(scratch.path("none")); });
  expect_error(ErrorCode::not_found, "neither model.safetensors", [&] { WeightStore::open(scratch.path()); });
  scratch.put("tf_model.h5", "");
  expect_error(ErrorCode::unsupported, "tf_model.h5", [&] { WeightStore::open(scratch.path()); });
  scratch.put("pytorch_model.bin", "");
  expect_error(ErrorCode::unsupported, "save_file", [&] { WeightStore::open(scratch.path()); });
  scratch.put("model.safetensors", "");
  expect_error(ErrorCode::corrupt_file, "too few", [&] { WeightStore::open(scratch.path()); });
}

TEST(IoWeightStore, SurvivesEveryCutAndFlipOfTheIndex) {
  Scratch scratch;
  make_shards(scratch);
  std::string index = R"({"metadata":{},"weight_map":{"a":"model-1.safetensors","c":"model-2.safetensors"}})";
  auto attempt = [&](const std::string& text) {
    scratch.put("model.safetensors.index.json", text);
    try {
      WeightStore store = WeightStore::open(scratch.path());
      for (const std::string& name : store.names()) expect_readable(store.tensor(name));
    } catch (const Error& e) {
      EXPECT_TRUE(e.code() == ErrorCode::corrupt_file || e.code() == ErrorCode::not_found || e.code() == ErrorCode::io)
          << e.what();
    }
  };
  for (size_t n = 0; n < index.size(); ++n) attempt(index.substr(0, n));
  for (size_t i = 0; i < index.size(); ++i)
    for (int flip : {1, 4, 0x80}) {
      std::string changed = index;
      changed[i] = static_cast<char>(changed[i] ^ flip);
      attempt(changed);
    }
}

}  // namespace
}  // namespace lathe
