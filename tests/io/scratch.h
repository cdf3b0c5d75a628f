#pragma once
#include <gtest/gtest.h>

#include <cstring>
#include <filesystem>
#include <fstream>
#include <string>
#include <vector>

#include "base/file.h"
#include "io/tensor.h"
#include "lathe/error.h"

namespace lathe::io_test {

/// A folder of a test's own, removed at its end.
class Scratch {
 public:
  Scratch() {
    std::string name = (std::filesystem::temp_directory_path() / "lathe-io-XXXXXX").string();
    folder_ = mkdtemp(name.data());
  }
  ~Scratch() {
    std::error_code ignored;
    std::filesystem::remove_all(folder_, ignored);
  }
  std::string path(const std::string& name = "") const { return name.empty() ? folder_ : folder_ + "/" + name; }
  std::string put(const std::string& name, std::string_view content) const {
    std::ofstream(path(name), std::ios::binary) << content;
    return path(name);
  }
  size_t files() const {
    auto it = std::filesystem::directory_iterator(folder_);
    return static_cast<size_t>(std::distance(begin(it), end(it)));
  }

 private:
  std::string folder_;
};

inline std::string slurp(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), {}};
}

inline Blob blob_of(std::string_view bytes) { return Blob::copy_of(bytes.data(), bytes.size()); }

template <class T>
HostTensor host_tensor(std::string name, DType dtype, Shape shape, const std::vector<T>& values) {
  return {std::move(name), dtype, shape, Blob::copy_of(values.data(), values.size() * sizeof(T))};
}

/// Elements of any type with a recognisable pattern.
inline HostTensor patterned(std::string name, DType dtype, Shape shape) {
  std::byte* bytes = nullptr;
  Blob data = Blob::zeros(static_cast<size_t>(shape.count()) * size_of(dtype), &bytes);
  for (size_t i = 0; i < data.size; ++i)
    bytes[i] = static_cast<std::byte>(dtype == DType::boolean ? i % 2 : i * 7 % 61);
  return {std::move(name), dtype, shape, std::move(data)};
}

inline void expect_same(const HostTensor& a, const HostTensor& b) {
  EXPECT_EQ(a.name, b.name);
  EXPECT_EQ(a.dtype, b.dtype);
  EXPECT_EQ(to_string(a.shape), to_string(b.shape));
  ASSERT_EQ(a.data.size, b.data.size);
  EXPECT_TRUE(a.data.size == 0 || std::memcmp(a.data.data, b.data.data, a.data.size) == 0);
}

/// Every byte of a tensor can be read and its size fits its shape.
inline void expect_readable(const HostTensor& t) {
  ASSERT_EQ(t.data.size, static_cast<size_t>(t.shape.count()) * size_of(t.dtype));
  volatile uint8_t sum = 0;
  for (std::byte b : t.data.bytes()) sum = static_cast<uint8_t>(sum + std::to_integer<uint8_t>(b));
}

/// The call throws lathe::Error with this code, and its message is one line with `part` in it.
template <class F>
void expect_error(ErrorCode code, std::string_view part, F call) {
  try {
    call();
    ADD_FAILURE() << "no error; expected " << to_string(code) << " with '" << part << "'";
  } catch (const Error& e) {
    EXPECT_EQ(to_string(e.code()), to_string(code)) << e.what();
    EXPECT_NE(std::string_view(e.what()).find(part), std::string_view::npos) << e.what();
    EXPECT_EQ(std::string_view(e.what()).find('\n'), std::string_view::npos) << e.what();
  }
}

/// Gives `parse` the content cut at every byte and with every byte changed in several ways: it must return valid
/// tensors or throw Error(corrupt_file, unsupported or unsupported_version).
template <class F>
void expect_robust(const std::string& content, F parse) {
  auto attempt = [&](const std::string& bytes) {
    try {
      for (const HostTensor& t : parse(blob_of(bytes))) expect_readable(t);
    } catch (const Error& e) {
      EXPECT_TRUE(e.code() == ErrorCode::corrupt_file || e.code() == ErrorCode::unsupported ||
                  e.code() == ErrorCode::unsupported_version)
          << e.what();
    }
  };
  for (size_t n = 0; n < content.size(); ++n) attempt(content.substr(0, n));
  for (size_t i = 0; i < content.size(); ++i)
    for (int flip : {0x01, 0x02, 0x10, 0x80, 0xff}) {
      std::string changed = content;
      changed[i] = static_cast<char>(changed[i] ^ flip);
      attempt(changed);
    }
}

}  // namespace lathe::io_test
