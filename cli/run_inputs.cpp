#include "cli/run_inputs.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstring>
#include <set>

#include "base/error.h"
#include "base/whole_numbers.h"
#include "cli/model.h"
#include "cli/say.h"
#include "cli/usage.h"
#include "io/tensor_file.h"

namespace lathe::cli {
namespace {

const TensorInfo* find(const std::vector<TensorInfo>& list, const std::string& name) {
  auto found = std::find_if(list.begin(), list.end(), [&](const TensorInfo& info) { return info.name == name; });
  return found == list.end() ? nullptr : &*found;
}

/// Any type as the i32 that an input of whole numbers has.
HostTensor as_i32(const HostTensor& tensor, bool mask) {
  std::byte* bytes = nullptr;
  HostTensor whole{tensor.name, DType::i32, tensor.shape,
                   Blob::zeros(static_cast<size_t>(tensor.shape.count()) * sizeof(int32_t), &bytes)};
  const auto convert = mask ? mask_to_i32 : to_i32;
  convert(tensor.name, tensor.dtype, tensor.shape, tensor.data.data, reinterpret_cast<int32_t*>(bytes));
  return whole;
}

HostTensor repeated(const HostTensor& tensor, int64_t batch) {
  Shape shape = tensor.shape;
  shape[0] = batch;
  std::byte* bytes = nullptr;
  size_t size = 0;
  if (__builtin_mul_overflow(tensor.data.size, static_cast<size_t>(batch), &size))
    fail(ErrorCode::out_of_range, tensor.name, "give a smaller batch", "one row for each of {} is more than any memory",
         batch);
  HostTensor all{tensor.name, tensor.dtype, shape, Blob::zeros(size, &bytes)};
  if (size == 0) return all;
  for (int64_t b = 0; b < batch; ++b)
    std::memcpy(bytes + static_cast<size_t>(b) * tensor.data.size, tensor.data.data, tensor.data.size);
  return all;
}

bool has_batch(const TensorInfo* info) { return info != nullptr && !info->shape.empty() && info->shape[0] == "batch"; }

}  // namespace

std::vector<GivenTensor> read_inputs(const std::vector<std::string>& words) {
  std::vector<GivenTensor> given;
  for (const std::string& word : words) {
    const size_t equals = word.find('=');
    const std::string name = equals == std::string::npos ? "" : word.substr(0, equals);
    const std::string path = equals == std::string::npos ? word : word.substr(equals + 1);
    need_file(path, "expected NAME=FILE or FILE with tensors (npy, npz, safetensors)");
    std::vector<HostTensor> found = read_tensor_file(path);
    if (name.empty()) {
      for (HostTensor& t : found) {
        if (t.name.empty()) throw UsageError(fmt::format("--input {}: an npy has no name; write NAME={}", path, path));
        given.push_back({std::move(t), false});
      }
      continue;
    }
    HostTensor* chosen = found.size() == 1 ? &found[0] : nullptr;
    for (HostTensor& t : found)
      if (t.name == name) chosen = &t;
    if (chosen == nullptr)
      fail(ErrorCode::not_found, path, "name one of its tensors, or give the file alone",
           "it has {} tensors and none is named '{}'", found.size(), name);
    chosen->name = name;
    given.push_back({std::move(*chosen), true});
  }
  std::set<std::string_view> names;
  for (const GivenTensor& g : given)
    if (!names.insert(g.tensor.name).second) throw UsageError(fmt::format("--input gives {} twice", g.tensor.name));
  return given;
}

std::vector<HostTensor> choose_inputs(std::vector<GivenTensor> given, const std::vector<TensorInfo>& inputs) {
  std::vector<HostTensor> tensors;
  for (GivenTensor& g : given) {
    if (g.named || find(inputs, g.tensor.name) != nullptr)
      tensors.push_back(std::move(g.tensor));
    else
      say_warning(fmt::format("{} is no input of the model and is left out", g.tensor.name));
  }
  return tensors;
}

void fit_inputs(std::vector<HostTensor>& tensors, const std::vector<TensorInfo>& inputs) {
  int64_t batch = 1;
  for (HostTensor& t : tensors) {
    const TensorInfo* info = find(inputs, t.name);
    if (info != nullptr && info->dtype == DType::i32) t = as_i32(t, info->role == Role::mask);
    if (has_batch(info) && t.shape.rank() > 0 && t.shape.count() > 0) batch = std::max(batch, t.shape[0]);
  }
  for (HostTensor& t : tensors) {
    const TensorInfo* info = find(inputs, t.name);
    if (batch > 1 && has_batch(info) && info->optional && t.shape.rank() == static_cast<int>(info->shape.size()) &&
        t.shape[0] == 1)
      t = repeated(t, batch);
  }
}

int64_t rows_of_piece(const std::vector<HostTensor>& tensors, const std::vector<std::string>& requested,
                      const Engine& engine) {
  constexpr int64_t kElements = 8192;  // of an input: enough to keep all cores busy
  // Of no other model anything says that a row's results are its own.
  if (engine.plan().model_json().empty()) return 0;
  const std::vector<TensorInfo> inputs = engine.inputs(), outputs = engine.outputs();
  for (const std::string& name : requested)
    if (!has_batch(find(outputs, name))) return 0;
  int64_t batch = 0, width = 1;
  for (const HostTensor& t : tensors) {
    if (!has_batch(find(inputs, t.name)) || t.shape.rank() < 1 || t.shape[0] < 1) return 0;
    if (batch == 0) batch = t.shape[0];
    if (batch != t.shape[0]) return 0;
    width = std::max(width, t.shape.count() / batch);
  }
  const int64_t rows = std::max<int64_t>(1, kElements / width);
  return rows < batch ? rows : 0;
}

}  // namespace lathe::cli
