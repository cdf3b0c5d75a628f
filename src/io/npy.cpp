#include "io/npy.h"

#include <cstring>

#include "base/error.h"

namespace lathe {
namespace {
constexpr std::string_view kMagic = "\x93NUMPY";
constexpr size_t kLongestHeader = 1 << 16;

struct Descr {
  std::string_view code;
  DType dtype;
};
constexpr Descr kDescrs[] = {
    {"f8", DType::f64}, {"f4", DType::f32}, {"f2", DType::f16}, {"i8", DType::i64},
    {"i4", DType::i32}, {"i2", DType::i16}, {"i1", DType::i8},  {"u8", DType::u64},
    {"u4", DType::u32}, {"u2", DType::u16}, {"u1", DType::u8},  {"b1", DType::boolean},
};

struct Header {
  std::string descr;
  bool fortran = false;
  Shape shape;
};

/// Reads the header's Python literal: a dict with exactly the keys descr, fortran_order and shape, in any order.
class HeaderParser {
 public:
  HeaderParser(std::string_view text, std::string_view where) : text_(text), where_(where) {}

  Header parse() {
    Header header;
    bool descr = false, order = false, shape = false;
    expect('{');
    while (!accept('}')) {
      std::string key = quoted();
      expect(':');
      if (key == "descr" && !descr) {
        descr = true;
        if (peek() == '[')
          fail(ErrorCode::unsupported, where_, "save each field as an array of its own", "has structured elements");
        header.descr = quoted();
      } else if (key == "fortran_order" && !order) {
        order = true;
        header.fortran = boolean();
      } else if (key == "shape" && !shape) {
        shape = true;
        header.shape = dimensions();
      } else {
        corrupt("an unexpected or repeated key");
      }
      if (!accept(',')) {
        expect('}');
        break;
      }
    }
    skip_space();
    if (at_ != text_.size()) corrupt("text after the closing brace");
    if (!descr || !order || !shape) corrupt("no descr, fortran_order or shape");
    return header;
  }

 private:
  [[noreturn]] void corrupt(std::string_view what) const {
    fail(ErrorCode::corrupt_file, where_, "save the array again with numpy.save", "its npy header has {} at byte {}",
         what, at_);
  }
  void skip_space() {
    while (at_ < text_.size() && (text_[at_] == ' ' || text_[at_] == '\n' || text_[at_] == '\t')) ++at_;
  }
  char peek() {
    skip_space();
    return at_ < text_.size() ? text_[at_] : '\0';
  }
  bool accept(char c) {
    if (peek() != c) return false;
    ++at_;
    return true;
  }
  void expect(char c) {
    if (!accept(c)) corrupt(fmt::format("no '{}'", c));
  }
  std::string quoted() {
    char quote = peek();
    if (quote != '\'' && quote != '"') corrupt("no quoted text");
    size_t end = text_.find(quote, ++at_);
    if (end == std::string_view::npos) corrupt("an open quote");
    std::string value(text_.substr(at_, end - at_));
    at_ = end + 1;
    return value;
  }
  bool boolean() {
    skip_space();
    for (bool value : {false, true}) {
      std::string_view word = value ? "True" : "False";
      if (text_.substr(at_, word.size()) != word) continue;
      at_ += word.size();
      return value;
    }
    corrupt("neither True nor False");
  }
  Shape dimensions() {
    Shape shape;
    expect('(');
    while (!accept(')')) {
      if (shape.rank() == Shape::kMaxRank)
        fail(ErrorCode::unsupported, where_, "reshape the array", "has more than {} dimensions", Shape::kMaxRank);
      shape.push_back(number());
      accept('L');  // Python 2 wrote long integers so
      if (!accept(',')) {
        expect(')');
        break;
      }
    }
    return shape;
  }
  int64_t number() {
    char first = peek();
    if (first < '0' || first > '9') corrupt("no dimension");
    int64_t value = 0;
    for (; at_ < text_.size() && text_[at_] >= '0' && text_[at_] <= '9'; ++at_)
      if (__builtin_mul_overflow(value, 10, &value) || __builtin_add_overflow(value, text_[at_] - '0', &value))
        corrupt("a dimension beyond 2^63");
    return value;
  }

  std::string_view text_, where_;
  size_t at_ = 0;
};

DType dtype_of(std::string_view descr, std::string_view where) {
  if (descr.size() > 1 && descr[0] == '>' && descr.substr(1) != "i1" && descr.substr(1) != "u1")
    fail(ErrorCode::unsupported, where, "save it in native order: a.astype(a.dtype.newbyteorder('<'))",
         "is big-endian ({})", shown(descr));
  std::string_view code =
      descr.empty() ? descr : descr.substr(std::string_view("<|=>").find(descr[0]) != std::string_view::npos);
  for (const Descr& d : kDescrs)
    if (d.code == code) return d.dtype;
  fail(ErrorCode::unsupported, where, "save it as a float, integer or bool array", "has elements of NumPy type {}",
       shown(descr));
}

/// Column-major to row-major: walks the result in order and steps through the source.
Blob transposed(const Blob& source, DType dtype, const Shape& shape) {
  size_t size = size_of(dtype);
  std::byte* out = nullptr;
  Blob result = Blob::zeros(source.size, &out);
  int64_t stride[Shape::kMaxRank] = {}, index[Shape::kMaxRank] = {};
  int64_t count = 1;
  for (int i = 0; i < shape.rank(); ++i) {
    stride[i] = count;
    count *= shape[i];
  }
  int64_t from = 0;
  for (int64_t n = 0; n < count; ++n) {
    std::memcpy(out + static_cast<size_t>(n) * size, source.data + static_cast<size_t>(from) * size, size);
    for (int i = shape.rank() - 1; i >= 0; --i) {
      from += stride[i];
      if (++index[i] < shape[i]) break;
      from -= stride[i] * shape[i];
      index[i] = 0;
    }
  }
  return result;
}
}  // namespace

HostTensor parse_npy(const Blob& file, std::string_view where) {
  constexpr std::string_view cure = "save the array again with numpy.save";
  const auto* bytes = reinterpret_cast<const unsigned char*>(file.data);
  if (file.size < 10 || std::memcmp(bytes, kMagic.data(), kMagic.size()) != 0)
    fail(ErrorCode::corrupt_file, where, cure, "is no npy file ({} bytes, no npy signature)", file.size);
  unsigned major = bytes[6];
  if (major < 1 || major > 3)
    fail(ErrorCode::unsupported_version, where, cure, "is npy version {}.{}; versions 1 to 3 are known", major,
         bytes[7]);
  size_t start = major == 1 ? 10 : 12;
  if (file.size < start) fail(ErrorCode::corrupt_file, where, cure, "ends inside its npy header");
  size_t length = static_cast<size_t>(bytes[8]) | static_cast<size_t>(bytes[9]) << 8;
  if (major > 1) length |= static_cast<size_t>(bytes[10]) << 16 | static_cast<size_t>(bytes[11]) << 24;
  if (length > file.size - start || length > kLongestHeader)
    fail(ErrorCode::corrupt_file, where, cure, "says that its npy header has {} bytes, but the file has {}", length,
         file.size);
  Header header = HeaderParser({reinterpret_cast<const char*>(bytes) + start, length}, where).parse();
  DType dtype = dtype_of(header.descr, where);
  int64_t expected = tensor_bytes(dtype, header.shape);
  size_t present = file.size - start - length;
  if (expected < 0 || static_cast<uint64_t>(expected) != present)
    fail(ErrorCode::corrupt_file, where, cure, "holds {} bytes of elements where {} of type {} need {}", present,
         to_string(header.shape), to_string(dtype), expected < 0 ? "too many" : std::to_string(expected));
  Blob data = file.sub(start + length, present);
  if (header.fortran && header.shape.rank() > 1 && present > 0) data = transposed(data, dtype, header.shape);
  return tensor_over("", dtype, header.shape, std::move(data));
}

HostTensor read_npy(const std::string& path) { return parse_npy(FileMap(path).blob(), path); }

std::string npy_header(DType dtype, const Shape& shape) {
  if (dtype == DType::bf16) dtype = DType::f32;
  std::string_view code;
  for (const Descr& d : kDescrs)
    if (d.dtype == dtype) code = d.code;
  std::string text =
      fmt::format("{{'descr': '{}{}', 'fortran_order': False, 'shape': (", size_of(dtype) == 1 ? '|' : '<', code);
  text += fmt::format("{}", fmt::join(shape.begin(), shape.end(), ", "));
  text += shape.rank() == 1 ? ",), }" : "), }";
  constexpr size_t kPrefix = 10, kAlignment = 64;
  text.append((kAlignment - (kPrefix + text.size() + 1) % kAlignment) % kAlignment, ' ');
  text += '\n';
  std::string header(kMagic);
  header += {'\x01', '\x00', static_cast<char>(text.size() & 0xff), static_cast<char>(text.size() >> 8)};
  return header + text;
}

void write_npy(const std::string& path, const HostTensor& tensor) {
  HostTensor plain = tensor.dtype == DType::bf16 ? converted(tensor, DType::f32) : tensor;
  AtomicFile file(path);
  file.write(npy_header(plain.dtype, plain.shape));
  file.write(plain.data.data, plain.data.size);
  file.commit();
}

}  // namespace lathe
