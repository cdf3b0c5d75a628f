#include "frontends/onnx/tensor.h"

#include <algorithm>
#include <charconv>
#include <cstring>
#include <filesystem>
#include <limits>

#include "base/error.h"
#include "base/half.h"
#include "frontends/onnx/write/element_type.h"

namespace lathe::onnx {
namespace fs = std::filesystem;
namespace {

constexpr std::string_view kNames[] = {
    "UNDEFINED",  "FLOAT",        "UINT8",          "INT8",       "UINT16",         "INT16",  "INT32",     "INT64",
    "STRING",     "BOOL",         "FLOAT16",        "DOUBLE",     "UINT32",         "UINT64", "COMPLEX64", "COMPLEX128",
    "BFLOAT16",   "FLOAT8E4M3FN", "FLOAT8E4M3FNUZ", "FLOAT8E5M2", "FLOAT8E5M2FNUZ", "UINT4",  "INT4",      "FLOAT4E2M1",
    "FLOAT8E8M0", "UINT2",        "INT2",           "FLOAT6E2M3", "FLOAT6E3M2"};

constexpr std::pair<ElementType, DType> kTypes[] = {
    {ElementType::float32, DType::f32},       {ElementType::uint8, DType::u8},
    {ElementType::int8, DType::i8},           {ElementType::uint16, DType::u16},
    {ElementType::int16, DType::i16},         {ElementType::int32, DType::i32},
    {ElementType::int64, DType::i64},         {ElementType::boolean, DType::boolean},
    {ElementType::float16, DType::f16},       {ElementType::float64, DType::f64},
    {ElementType::uint32, DType::u32},        {ElementType::uint64, DType::u64},
    {ElementType::bfloat16, DType::bf16},     {ElementType::float8e4m3fn, DType::f8e4m3},
    {ElementType::float8e5m2, DType::f8e5m2}, {ElementType::uint4, DType::u4},
    {ElementType::int4, DType::i4},
};

template <class T>
void copy_numbers(const std::vector<T>& numbers, std::byte* to) {
  std::memcpy(to, numbers.data(), numbers.size() * sizeof(T));
}

template <class Narrow>
void narrow_numbers(const std::vector<int32_t>& numbers, std::byte* to) {
  for (size_t i = 0; i < numbers.size(); ++i) {
    const auto value = static_cast<Narrow>(numbers[i]);
    std::memcpy(to + i * sizeof(Narrow), &value, sizeof(Narrow));
  }
}

/// How many numbers the typed field of this element type holds.
size_t count_in_fields(const TensorMessage& t, DType dtype) {
  switch (dtype) {
    case DType::f32: return t.floats.size();
    case DType::f64: return t.doubles.size();
    case DType::i64: return t.int64s.size();
    case DType::u64:
    case DType::u32: return t.uint64s.size();
    default: return t.int32s.size();
  }
}

/// Elements in the field of their type, as raw bytes.
void copy_fields(const TensorMessage& t, DType dtype, std::byte* to) {
  switch (dtype) {
    case DType::f32: return copy_numbers(t.floats, to);
    case DType::f64: return copy_numbers(t.doubles, to);
    case DType::i64: return copy_numbers(t.int64s, to);
    case DType::u64: return copy_numbers(t.uint64s, to);
    case DType::i32: return copy_numbers(t.int32s, to);
    case DType::u32:
      for (size_t i = 0; i < t.uint64s.size(); ++i) {
        const auto value = static_cast<uint32_t>(t.uint64s[i]);
        std::memcpy(to + i * sizeof value, &value, sizeof value);
      }
      return;
    case DType::i16:
    case DType::u16:
    case DType::f16:
    case DType::bf16: return narrow_numbers<uint16_t>(t.int32s, to);
    default: return narrow_numbers<uint8_t>(t.int32s, to);
  }
}

Shape shape_of(const std::vector<int64_t>& dims, std::string_view name) {
  Shape shape;
  if (dims.size() > static_cast<size_t>(Shape::kMaxRank))
    fail(ErrorCode::unsupported, name, fmt::format("tensors have up to {} dimensions", Shape::kMaxRank),
         "it has {} dimensions", dims.size());
  for (int64_t d : dims) shape.push_back(d);
  return shape;
}

int64_t number_from(std::string_view digits, std::string_view key, std::string_view name) {
  int64_t number = 0;
  const auto [end, problem] = std::from_chars(digits.data(), digits.data() + digits.size(), number);
  if (problem != std::errc() || end != digits.data() + digits.size() || number < 0)
    fail(ErrorCode::corrupt_file, name, "export it again", "the {} of its external data is {}, no number", key,
         shown(digits));
  return number;
}

/// The file that a location names, below `folder`: neither "..", nor an absolute path, nor a link leads out of it.
std::string path_within(const fs::path& folder, std::string_view location, std::string_view name) {
  const fs::path path = fs::path(location).lexically_normal();
  const auto refuse = [&] {
    fail(ErrorCode::invalid_argument, name, "put external data into the model's folder",
         "its external data {} lies outside the model's folder", shown(location));
  };
  if (path.empty() || path.is_absolute() || *path.begin() == ".." || location.find('\0') != std::string_view::npos)
    refuse();
  std::error_code problem;
  const fs::path base = fs::canonical(folder.empty() ? fs::path(".") : folder, problem);
  if (problem) fail(ErrorCode::io, folder.string(), "", "{}", problem.message());
  const fs::path full = fs::canonical(base / path, problem);
  if (problem)
    fail(ErrorCode::not_found, (folder / path).string(), "copy it beside the model, or export again",
         "the external data of {} is not there", name);
  if (std::mismatch(base.begin(), base.end(), full.begin(), full.end()).first != base.end()) refuse();
  return full.string();
}

}  // namespace

std::string name_of(ElementType type) {
  const auto i = static_cast<size_t>(type);
  return i < std::size(kNames) ? std::string(kNames[i]) : fmt::format("type {}", static_cast<int32_t>(type));
}

DType dtype_of(ElementType type, std::string_view where) {
  for (const auto& [theirs, ours] : kTypes)
    if (theirs == type) return ours;
  fail(ErrorCode::unsupported, where, "cast it to a number type that Lathe has",
       "its elements are {}, which Lathe does not have", name_of(type));
}

ElementType element_of(DType type) {
  for (const auto& [theirs, ours] : kTypes)
    if (ours == type) return theirs;
  return ElementType::undefined;
}

DType dtype_of(int64_t type, std::string_view where) {
  if (type != static_cast<int32_t>(type))
    fail(ErrorCode::corrupt_file, where, "export it again", "there is no element type {}", type);
  return dtype_of(static_cast<ElementType>(type), where);
}

HostTensor TensorReader::read(const TensorMessage& t) const {
  const std::string name = fmt::format("{}, tensor {}", path_, shown(t.name));
  const DType dtype = dtype_of(t.type, name);
  const Shape shape = shape_of(t.dims, name);
  const int64_t bytes = tensor_bytes(dtype, shape);
  if (bytes < 0) fail(ErrorCode::corrupt_file, name, "export it again", "its shape is {}", to_string(shape));
  const auto want = static_cast<size_t>(bytes);
  if (t.is_external || t.raw) {
    Blob data =
        t.is_external
            ? external(t, want, name)
            : file_.sub(static_cast<size_t>(t.raw->data() - reinterpret_cast<const char*>(file_.data)), t.raw->size());
    if (data.size != want)
      fail(ErrorCode::corrupt_file, name, "export it again", "{}{} takes {} bytes, it has {}", to_string(dtype),
           to_string(shape), want, data.size);
    return tensor_over(std::string(t.name), dtype, shape, data);
  }
  const size_t count = count_in_fields(t, dtype), elements = static_cast<size_t>(shape.count());
  // Elements of less than a byte come two in a number.
  const size_t expected = bits_of(dtype) < 8 ? want : elements;
  if (count != expected)
    fail(ErrorCode::corrupt_file, name, "export it again", "{}{} has {} elements, the file gives {}", to_string(dtype),
         to_string(shape), expected, count);
  std::byte* writable = nullptr;
  Blob data = Blob::zeros(want, &writable);
  if (want > 0) copy_fields(t, dtype, writable);
  return tensor_over(std::string(t.name), dtype, shape, data);
}

Blob TensorReader::external(const TensorMessage& t, size_t bytes, std::string_view name) const {
  std::string_view location;
  int64_t offset = 0, length = -1;
  for (const auto& [key, value] : t.external) {
    if (key == "location") location = value;
    if (key == "offset") offset = number_from(value, key, name);
    if (key == "length") length = number_from(value, key, name);
  }
  // Of no bytes no file need be named.
  if (location.empty() && bytes == 0) return {};
  const std::string path = path_within(fs::path(path_).parent_path(), location, name);
  auto place = maps_.find(path);
  if (place == maps_.end()) place = maps_.emplace(path, FileMap(path)).first;
  const Blob& all = place->second.blob();
  const auto start = static_cast<size_t>(offset);
  if (start > all.size || (length >= 0 && static_cast<size_t>(length) > all.size - start))
    fail(ErrorCode::corrupt_file, name, "copy the file again, or export again",
         "its external data ends at byte {}, {} has {}", saturating_add(offset, std::max<int64_t>(length, 0)),
         shown(location), all.size);
  return all.sub(start, length >= 0 ? static_cast<size_t>(length) : all.size - start);
}

HostTensor TensorReader::read(const SparseTensorMessage& message) const {
  const HostTensor values = read(message.values), indices = read(message.indices);
  const std::string name = fmt::format("{}, sparse tensor {}", path_, shown(message.values.name));
  const Shape shape = shape_of(message.dims, name);
  const int64_t bytes = tensor_bytes(values.dtype, shape), count = values.shape.count();
  const bool linear = indices.shape.rank() == 1;
  const int64_t rank = shape.rank();
  const bool fits = values.shape.rank() == 1 && indices.dtype == DType::i64 && bits_of(values.dtype) >= 8 &&
                    (linear ? indices.shape[0] == count
                            : indices.shape.rank() == 2 && indices.shape[0] == count && indices.shape[1] == rank);
  if (bytes < 0 || !fits)
    fail(ErrorCode::corrupt_file, name, "export it again", "values {} and indices {} do not fit {}",
         to_string(values.shape), to_string(indices.shape), to_string(shape));
  std::byte* writable = nullptr;
  Blob data = Blob::zeros(static_cast<size_t>(bytes), &writable);
  const size_t size = size_of(values.dtype);
  const std::span<const int64_t> places = indices.as<int64_t>();
  for (int64_t i = 0; i < count; ++i) {
    int64_t at = linear ? places[static_cast<size_t>(i)] : 0;
    bool inside = at >= 0 && at < shape.count();
    for (int64_t d = 0; !linear && d < rank; ++d) {
      const int64_t place = places[static_cast<size_t>(i * rank + d)], limit = shape[static_cast<int>(d)];
      inside = inside && place >= 0 && place < limit;
      at = inside ? at * limit + place : 0;
    }
    if (!inside) fail(ErrorCode::corrupt_file, name, "export it again", "index {} is outside {}", i, to_string(shape));
    std::memcpy(writable + static_cast<size_t>(at) * size, values.data.data + static_cast<size_t>(i) * size, size);
  }
  return tensor_over(std::string(message.values.name), values.dtype, shape, data);
}

}  // namespace lathe::onnx
