#include "io/weight_store.h"

#include <filesystem>
#include <nlohmann/json.hpp>
#include <set>

#include "base/error.h"

namespace lathe {
namespace {
namespace fs = std::filesystem;

constexpr size_t kLargestIndex = 64 << 20;
constexpr std::string_view kWeights = "model.safetensors", kIndex = "model.safetensors.index.json";

bool present(const fs::path& path) {
  std::error_code ignored;
  return fs::exists(fs::symlink_status(path, ignored)) && !fs::is_directory(path, ignored);
}

/// A file name of the index must stay inside the folder: a model folder from elsewhere may not open other files.
bool stays_inside(const fs::path& name) {
  if (name.empty() || name.is_absolute()) return false;
  for (const fs::path& part : name)
    if (part == "..") return false;
  return name.has_filename();
}

/// weight_map as pairs; limits the depth while parsing and refuses repeated names, which a DOM would hide.
std::map<std::string, std::string> read_weight_map(const std::string& path) {
  constexpr std::string_view cure = "download or save the model again";
  std::string text = read_regular_file(path, kLargestIndex);
  std::set<std::string> names;
  bool in_map = false;
  auto check = [&](int depth, nlohmann::json::parse_event_t event, nlohmann::json& value) {
    if (depth > 8) fail(ErrorCode::corrupt_file, path, cure, "is nested too deeply");
    if (event != nlohmann::json::parse_event_t::key) return true;
    const auto& name = value.get_ref<const std::string&>();
    if (depth == 1) in_map = name == "weight_map";
    if (depth == 2 && in_map && !names.insert(name).second)
      fail(ErrorCode::corrupt_file, path, cure, "names the tensor {} twice", shown(name));
    return true;
  };
  nlohmann::json index;
  try {
    index = nlohmann::json::parse(text, check);
  } catch (const nlohmann::json::exception& e) {
    fail(ErrorCode::corrupt_file, path, cure, "is no valid JSON ({})", e.what());
  }
  auto map = index.is_object() ? index.find("weight_map") : index.end();
  if (map == index.end() || !map->is_object())
    fail(ErrorCode::corrupt_file, path, cure, "has no \"weight_map\" object");
  std::map<std::string, std::string> result;
  for (const auto& [name, file] : map->items()) {
    if (!file.is_string()) fail(ErrorCode::corrupt_file, path, cure, "names no file for the tensor {}", shown(name));
    result.emplace(name, file.get<std::string>());
  }
  return result;
}

[[noreturn]] void no_weights(const std::string& folder) {
  for (const char* name : {"pytorch_model.bin", "pytorch_model.bin.index.json"})
    if (present(fs::path(folder) / name))
      fail(ErrorCode::unsupported, folder,
           "convert it once in Python: d = torch.load('pytorch_model.bin', map_location='cpu', weights_only=True); "
           "safetensors.torch.save_file({k: v.clone().contiguous() for k, v in d.items()}, 'model.safetensors')",
           "has its weights in {}, which is not read (it may run code); Lathe reads model.safetensors", name);
  for (const char* name : {"tf_model.h5", "flax_model.msgpack", "model.onnx"})
    if (present(fs::path(folder) / name))
      fail(ErrorCode::unsupported, folder, "save the model with PyTorch's save_pretrained",
           "has its weights in {}, which is not read; Lathe reads model.safetensors", name);
  fail(ErrorCode::not_found, folder, "check the folder", "has neither {} nor {}", kWeights, kIndex);
}
}  // namespace

WeightStore WeightStore::open(const std::string& path) {
  WeightStore store;
  store.where_ = path;
  std::error_code ignored;
  if (!fs::is_directory(path, ignored)) {
    if (!fs::exists(path, ignored))
      fail(ErrorCode::not_found, path, "check the path", "there is no such model folder or file");
    store.add_file(path);
    return store;
  }
  fs::path weights = fs::path(path) / kWeights, index = fs::path(path) / kIndex;
  if (present(weights))
    store.add_file(weights.string());
  else if (present(index))
    store.add_index(path, index.string());
  else
    no_weights(path);
  return store;
}

void WeightStore::add_file(const std::string& path) {
  sources_.push_back({path, SafetensorsFile::open(path)});
  for (const auto& entry : sources_.back().file.entries()) place_.emplace(entry.name, sources_.size() - 1);
}

void WeightStore::add_index(const std::string& folder, const std::string& path) {
  std::map<std::string, std::string> weight_map = read_weight_map(path);
  std::map<std::string, size_t> opened;
  for (const auto& [name, file] : weight_map) opened.emplace(file, 0);
  for (auto& [file, number] : opened) {
    if (!stays_inside(file))
      fail(ErrorCode::corrupt_file, path, "use plain file names beside the index",
           "names the file {} outside the folder", shown(file));
    fs::path shard = fs::path(folder) / file;
    std::error_code ignored;
    if (!fs::exists(shard, ignored))
      fail(ErrorCode::not_found, path, "download the missing file", "names the file {}, which is not there",
           shown(file));
    number = sources_.size();
    sources_.push_back({shard.string(), SafetensorsFile::open(shard.string())});
  }
  for (const auto& [name, file] : weight_map) {
    size_t source = opened.at(file);
    if (!sources_[source].file.find(name))
      fail(ErrorCode::corrupt_file, path, "download the model again", "places the tensor {} in {}, which lacks it",
           shown(name), shown(file));
    place_.emplace(name, source);
  }
}

std::vector<std::string> WeightStore::names() const {
  std::vector<std::string> names;
  names.reserve(place_.size());
  for (const auto& [name, source] : place_) names.push_back(name);
  return names;
}

const SafetensorsFile::Entry* WeightStore::find(std::string_view name) const {
  auto at = place_.find(name);
  return at == place_.end() ? nullptr : sources_[at->second].file.find(name);
}

HostTensor WeightStore::tensor(std::string_view name) const {
  auto at = place_.find(name);
  if (at == place_.end()) fail(ErrorCode::not_found, where_, "check the model", "has no weight {}", shown(name));
  return sources_[at->second].file.tensor(name);
}

std::vector<std::string> WeightStore::files() const {
  std::vector<std::string> files;
  for (const Source& source : sources_) files.push_back(source.path);
  return files;
}

}  // namespace lathe
