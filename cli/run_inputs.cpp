#include "cli/run_inputs.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <cstring>
#include <limits>
#include <set>

#include "base/dtype.h"
#include "base/error.h"
#include "cli/model.h"
#include "cli/usage.h"
#include "io/tensor_file.h"

namespace lathe::cli {
namespace {

const TensorInfo* find(const std::vector<TensorInfo>& list, const std::string& name) {
  auto found = std::find_if(list.begin(), list.end(), [&](const TensorInfo& info) { return info.name == name; });
  return found == list.end() ? nullptr : &*found;
}

/// "[2, 17]" of the i-th element.
std::string place(const Shape& shape, int64_t i) {
  Shape at = shape;
  for (int d = shape.rank() - 1; d >= 0; --d) {
    at[d] = i % shape[d];
    i /= shape[d];
  }
  return to_string(at);
}

template <class T>
void check_ids(const HostTensor& tensor) {
  constexpr auto kLow = static_cast<T>(std::numeric_limits<int32_t>::min());
  constexpr auto kHigh = static_cast<T>(std::numeric_limits<int32_t>::max());
  const std::span<const T> values = tensor.as<T>();
  for (size_t i = 0; i < values.size(); ++i) {
    const T v = values[i];
    bool whole = true;
    if constexpr (std::is_floating_point_v<T>) whole = std::isfinite(v) && std::floor(v) == v;
    if (whole && v >= kLow && v <= kHigh) continue;
    const std::string where = tensor.name + place(tensor.shape, static_cast<int64_t>(i));
    if (whole)
      fail(ErrorCode::out_of_range, where, "give ids of the model's vocabulary", "{} is larger than any id can be", v);
    fail(ErrorCode::invalid_argument, where, "save ids as int64 or int32", "{} is no whole number", v);
  }
}

/// Any type of whole numbers as i32.
HostTensor as_ids(const HostTensor& tensor) {
  if (tensor.dtype == DType::i32 || tensor.dtype == DType::boolean) return tensor;
  HostTensor wide = converted(tensor, is_float(tensor.dtype) ? DType::f64 : DType::i64);
  is_float(tensor.dtype) ? check_ids<double>(wide) : check_ids<int64_t>(wide);
  std::byte* bytes = nullptr;
  const auto count = static_cast<size_t>(tensor.shape.count());
  HostTensor ids{tensor.name, DType::i32, tensor.shape, Blob::zeros(count * sizeof(int32_t), &bytes)};
  for (size_t i = 0; i < count; ++i) {
    const auto id = static_cast<int32_t>(is_float(tensor.dtype) ? static_cast<int64_t>(wide.as<double>()[i])
                                                                : wide.as<int64_t>()[i]);
    std::memcpy(bytes + i * sizeof id, &id, sizeof id);
  }
  return ids;
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

std::vector<HostTensor> read_inputs(const std::vector<std::string>& words) {
  std::vector<HostTensor> tensors;
  for (const std::string& word : words) {
    const size_t equals = word.find('=');
    const std::string name = equals == std::string::npos ? "" : word.substr(0, equals);
    const std::string path = equals == std::string::npos ? word : word.substr(equals + 1);
    need_file(path, "expected NAME=FILE or FILE with tensors (npy, npz, safetensors)");
    std::vector<HostTensor> found = read_tensor_file(path);
    if (name.empty()) {
      for (HostTensor& t : found) {
        if (t.name.empty()) throw UsageError(fmt::format("--input {}: an npy has no name; write NAME={}", path, path));
        tensors.push_back(std::move(t));
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
    tensors.push_back(std::move(*chosen));
  }
  std::set<std::string_view> names;
  for (const HostTensor& t : tensors)
    if (!names.insert(t.name).second) throw UsageError(fmt::format("--input gives {} twice", t.name));
  return tensors;
}

void fit_inputs(std::vector<HostTensor>& tensors, const std::vector<TensorInfo>& inputs) {
  int64_t batch = 1;
  for (HostTensor& t : tensors) {
    const TensorInfo* info = find(inputs, t.name);
    if (info != nullptr && !is_float(info->dtype)) t = as_ids(t);
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
