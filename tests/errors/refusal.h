#pragma once
#include <gtest/gtest.h>

#include <filesystem>
#include <string>
#include <string_view>

#include "lathe/error.h"

namespace lathe::test {

/// What the one line of an error must say; parts of each.
struct Line {
  std::string where, what, cure;
};

/// "<where>: <problem>; <cure>", all three there and in this order.
inline void expect_line(std::string_view message, const Line& line) {
  EXPECT_EQ(message.find_first_of("\n\r"), std::string_view::npos) << message;
  ASSERT_FALSE(line.where.empty() || line.what.empty() || line.cure.empty()) << "the test must name all three";
  const size_t where = message.find(line.where), what = message.find(line.what), cure = message.rfind(line.cure);
  EXPECT_LT(where, message.find(": ")) << "'" << line.where << "' does not name the place: " << message;
  EXPECT_TRUE(what != std::string_view::npos && what > where)
      << "the problem '" << line.what << "' is not said: " << message;
  ASSERT_NE(cure, std::string_view::npos) << "the cure '" << line.cure << "' is not said: " << message;
  const size_t parts = message.rfind("; ", cure);
  EXPECT_TRUE(parts != std::string_view::npos && parts > what) << "problem and cure are not apart: " << message;
}

/// The call throws lathe::Error with this code and such a line, and nothing else.
template <class F>
void expect_refusal(ErrorCode code, const Line& line, F call) {
  try {
    call();
    ADD_FAILURE() << "accepted; expected " << to_string(code) << " with '" << line.what << "'";
  } catch (const Error& error) {
    EXPECT_EQ(to_string(error.code()), to_string(code)) << error.what();
    expect_line(error.what(), line);
  }
}

inline size_t files_in(const std::filesystem::path& folder) {
  auto it = std::filesystem::recursive_directory_iterator(folder);
  return static_cast<size_t>(std::distance(begin(it), end(it)));
}

/// The same for reading a folder or file in `folder`, which must have the same files afterwards.
template <class F>
void expect_refusal_in(const std::filesystem::path& folder, ErrorCode code, const Line& line, F call) {
  const size_t files = files_in(folder);
  expect_refusal(code, line, call);
  EXPECT_EQ(files_in(folder), files) << "something was left behind";
}

}  // namespace lathe::test
