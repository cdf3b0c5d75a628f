#include "io/safetensors.h"

#include <algorithm>
#include <cstring>
#include <nlohmann/json.hpp>
#include <numeric>
#include <set>

#include "base/error.h"

namespace lathe {
namespace {
using Entry = SafetensorsFile::Entry;

constexpr size_t kLongestHeader = 100'000'000;  // the format's own limit
constexpr std::string_view kCure = "download or save the file again";
constexpr std::string_view kMetadata = "__metadata__";

struct TypeCode {
  std::string_view code;
  DType dtype;
};
constexpr TypeCode kTypes[] = {
    {"F64", DType::f64}, {"F32", DType::f32}, {"F16", DType::f16},      {"BF16", DType::bf16}, {"I64", DType::i64},
    {"I32", DType::i32}, {"I16", DType::i16}, {"I8", DType::i8},        {"U64", DType::u64},   {"U32", DType::u32},
    {"U16", DType::u16}, {"U8", DType::u8},   {"BOOL", DType::boolean},
};

/// Takes the header as events: the form is flat, so a state and the fields seen are all there is to keep, however
/// large or deep a hostile header is.
class HeaderReader : public nlohmann::json_sax<nlohmann::json> {
 public:
  HeaderReader(std::string_view where, std::vector<Entry>* entries, std::map<std::string, std::string>* metadata)
      : where_(where), entries_(entries), metadata_(metadata) {}

  bool start_object(size_t) override {
    if (state_ == State::begin) {
      state_ = State::top;
    } else if (state_ == State::top && keyed_) {
      state_ = entry_.name == kMetadata ? State::metadata : State::tensor;
    } else {
      unexpected("an object");
    }
    keyed_ = false;
    return true;
  }
  bool end_object() override {
    if (state_ == State::tensor) {
      if (seen_ != (kDtype | kShape | kOffsets))
        corrupt("tensor {} lacks dtype, shape or data_offsets", shown(entry_.name));
      entries_->push_back(std::move(entry_));
    }
    state_ = state_ == State::top ? State::done : State::top;
    return true;
  }
  bool key(string_t& name) override {
    keyed_ = true;
    if (state_ == State::top) {
      entry_ = {};
      entry_.name = name;
      seen_ = 0;
      if (!names_.insert(name).second) corrupt("the name {} stands there twice", shown(name));
    } else if (state_ == State::tensor) {
      field_ = name == "dtype" ? kDtype : name == "shape" ? kShape : name == "data_offsets" ? kOffsets : 0;
      if (field_ == 0 || (seen_ & field_))
        corrupt("tensor {} has an unknown or repeated key {}", shown(entry_.name), shown(name));
      seen_ |= field_;
    } else {
      metadata_key_ = name;
    }
    return true;
  }
  bool string(string_t& value) override {
    if (state_ == State::metadata && keyed_) {
      if (!metadata_->emplace(metadata_key_, value).second)
        corrupt("the metadata key {} stands there twice", shown(metadata_key_));
    } else if (state_ == State::tensor && keyed_ && field_ == kDtype) {
      entry_.dtype = dtype_of(value);
    } else {
      unexpected("text");
    }
    keyed_ = false;
    return true;
  }
  bool start_array(size_t) override {
    if (state_ != State::tensor || !keyed_ || field_ == kDtype) unexpected("an array");
    state_ = field_ == kShape ? State::shape : State::offsets;
    keyed_ = false;
    offsets_ = 0;
    return true;
  }
  bool end_array() override {
    if (state_ == State::offsets && offsets_ != 2)
      corrupt("tensor {} has {} data_offsets instead of 2", shown(entry_.name), offsets_);
    state_ = State::tensor;
    return true;
  }
  bool number_unsigned(number_unsigned_t value) override {
    if (state_ == State::shape) {
      if (entry_.shape.rank() == Shape::kMaxRank)
        fail(ErrorCode::unsupported, where_, "reshape the tensor", "tensor {} has more than {} dimensions",
             shown(entry_.name), Shape::kMaxRank);
      if (value > static_cast<uint64_t>(INT64_MAX))
        corrupt("tensor {} has a dimension of {}", shown(entry_.name), value);
      entry_.shape.push_back(static_cast<int64_t>(value));
    } else if (state_ == State::offsets) {
      (offsets_ == 0 ? entry_.begin : entry_.end) = value;
      ++offsets_;  // end_array() wants exactly two
    } else {
      unexpected("a number");
    }
    return true;
  }
  bool number_integer(number_integer_t) override { unexpected("a negative number"); }
  bool number_float(number_float_t, const string_t&) override { unexpected("a number that is not whole"); }
  bool null() override { unexpected("null"); }
  bool boolean(bool) override { unexpected("true or false"); }
  bool binary(binary_t&) override { unexpected("binary data"); }
  bool parse_error(size_t position, const std::string&, const nlohmann::detail::exception&) override {
    corrupt("the header is no JSON: error at byte {} of it", position);
  }

 private:
  enum class State { begin, top, metadata, tensor, shape, offsets, done };
  static constexpr int kDtype = 1, kShape = 2, kOffsets = 4;

  template <class... Args>
  [[noreturn]] void corrupt(fmt::format_string<Args...> problem, Args&&... args) const {
    fail(ErrorCode::corrupt_file, where_, kCure, problem, std::forward<Args>(args)...);
  }
  [[noreturn]] void unexpected(std::string_view what) const {
    corrupt("the header has {} where the format has none (near {})", what, shown(entry_.name));
  }
  DType dtype_of(std::string_view code) const {
    for (const TypeCode& t : kTypes)
      if (t.code == code) return t.dtype;
    fail(ErrorCode::unsupported, where_, "save it as F32, F16 or BF16", "tensor {} has elements of type {}",
         shown(entry_.name), shown(code));
  }

  std::string_view where_;
  std::vector<Entry>* entries_;
  std::map<std::string, std::string>* metadata_;
  State state_ = State::begin;
  bool keyed_ = false;
  int seen_ = 0, field_ = 0, offsets_ = 0;
  Entry entry_;
  std::string metadata_key_;
  std::set<std::string, std::less<>> names_;
};

/// Sizes fit the shapes; the ranges tile the data.
void check_layout(const std::vector<Entry>& entries, size_t bytes, std::string_view where) {
  for (const Entry& e : entries) {
    int64_t expected = tensor_bytes(e.dtype, e.shape);
    if (e.begin > e.end || e.end > bytes)
      fail(ErrorCode::corrupt_file, where, kCure, "tensor {} lies at bytes {} to {}, but the file has {} bytes of data",
           shown(e.name), e.begin, e.end, bytes);
    if (expected < 0 || static_cast<uint64_t>(expected) != e.end - e.begin)
      fail(ErrorCode::corrupt_file, where, kCure, "tensor {} of shape {} and type {} needs {} bytes and has {}",
           shown(e.name), to_string(e.shape), to_string(e.dtype), expected < 0 ? "too many" : std::to_string(expected),
           e.end - e.begin);
  }
  std::vector<size_t> order(entries.size());
  std::iota(order.begin(), order.end(), size_t{0});
  std::sort(order.begin(), order.end(), [&](size_t a, size_t b) {
    return std::pair(entries[a].begin, entries[a].end) < std::pair(entries[b].begin, entries[b].end);
  });
  size_t at = 0;
  for (size_t i : order) {
    const Entry& e = entries[i];
    if (e.begin != at)
      fail(ErrorCode::corrupt_file, where, kCure, "tensor {} {} (it begins at byte {}, expected {})", shown(e.name),
           e.begin < at ? "overlaps another" : "leaves a gap before it", e.begin, at);
    at = e.end;
  }
  if (at != bytes)
    fail(ErrorCode::corrupt_file, where, kCure, "the tensors end at byte {} of {} bytes of data", at, bytes);
}
}  // namespace

SafetensorsFile SafetensorsFile::open(const std::string& path) { return parse(FileMap(path).blob(), path); }

SafetensorsFile SafetensorsFile::parse(const Blob& file, std::string_view where) {
  constexpr size_t kPrefix = 8;
  if (file.size < kPrefix)
    fail(ErrorCode::corrupt_file, where, kCure, "has {} bytes, too few for a safetensors file", file.size);
  uint64_t length = 0;
  std::memcpy(&length, file.data, kPrefix);
  if (length > kLongestHeader || length > file.size - kPrefix)
    fail(ErrorCode::corrupt_file, where, kCure,
         "says that its header has {} bytes, but the file has {} (is it cut, or no safetensors file?)", length,
         file.size);
  const char* header = reinterpret_cast<const char*>(file.data) + kPrefix;
  if (length == 0 || header[0] != '{')
    fail(ErrorCode::corrupt_file, where, kCure, "its header does not begin with '{{'");

  SafetensorsFile result;
  result.where_ = where;
  result.data_ = file.sub(kPrefix + length, file.size - kPrefix - length);
  HeaderReader reader(where, &result.entries_, &result.metadata_);
  nlohmann::json::sax_parse(header, header + length, &reader);
  check_layout(result.entries_, result.data_.size, where);
  std::sort(result.entries_.begin(), result.entries_.end(),
            [](const Entry& a, const Entry& b) { return a.name < b.name; });
  return result;
}

const Entry* SafetensorsFile::find(std::string_view name) const {
  auto at = std::lower_bound(entries_.begin(), entries_.end(), name,
                             [](const Entry& e, std::string_view n) { return e.name < n; });
  return at != entries_.end() && at->name == name ? &*at : nullptr;
}

HostTensor SafetensorsFile::tensor(std::string_view name) const {
  if (const Entry* entry = find(name)) return tensor(*entry);
  fail(ErrorCode::not_found, where_, "check the name", "has no tensor {}", shown(name));
}

HostTensor SafetensorsFile::tensor(const Entry& entry) const {
  return tensor_over(entry.name, entry.dtype, entry.shape, data_.sub(entry.begin, entry.end - entry.begin));
}

void write_safetensors(const std::string& path, std::span<const HostTensor> tensors,
                       const std::map<std::string, std::string>& metadata) {
  std::vector<const HostTensor*> order;
  for (const HostTensor& tensor : tensors) order.push_back(&tensor);
  std::sort(order.begin(), order.end(), [](const HostTensor* a, const HostTensor* b) {
    size_t x = size_of(a->dtype), y = size_of(b->dtype);
    return x != y ? x > y : a->name < b->name;
  });
  nlohmann::json header = nlohmann::json::object();  // its keys are kept sorted
  if (!metadata.empty()) header[std::string(kMetadata)] = metadata;
  size_t at = 0;
  for (const HostTensor* t : order) {
    if (t->name == kMetadata || header.contains(t->name))
      fail(ErrorCode::invalid_argument, path, "give each tensor a name of its own", "{} is repeated or reserved",
           shown(t->name));
    auto type =
        std::find_if(std::begin(kTypes), std::end(kTypes), [&](const TypeCode& c) { return c.dtype == t->dtype; });
    header[t->name] = {{"dtype", type->code},
                       {"shape", std::vector<int64_t>(t->shape.begin(), t->shape.end())},
                       {"data_offsets", {at, at + t->data.size}}};
    at += t->data.size;
  }
  constexpr size_t kPrefix = 8, kAlignment = 64;
  std::string text = header.dump();
  text.append((kAlignment - (kPrefix + text.size()) % kAlignment) % kAlignment, ' ');
  uint64_t length = text.size();
  AtomicFile file(path);
  file.write(&length, kPrefix);
  file.write(text);
  for (const HostTensor* t : order) file.write(t->data.data, t->data.size);
  file.commit();
}

}  // namespace lathe
