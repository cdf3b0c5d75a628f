#include "base/log.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace lathe {
namespace {

struct Quiet {
  ~Quiet() { set_logger({}); }
};

TEST(BaseLog, ALoggerMayLogAndMaySetAnother) {
  const Quiet at_the_end;
  std::vector<std::string> lines;
  int depth = 0;
  set_logger([&](LogLevel, std::string_view line) {
    lines.emplace_back(line);
    if (++depth == 1) log(LogLevel::info, "from within");
    --depth;
    if (line == "last") {
      std::string kept = "kept";
      set_logger([&lines, kept](LogLevel, std::string_view text) { lines.push_back(kept + " " + std::string(text)); });
    }
  });
  log(LogLevel::info, "first");
  log(LogLevel::info, "last");
  log(LogLevel::info, "next");
  EXPECT_EQ(lines, (std::vector<std::string>{"first", "from within", "last", "from within", "kept next"}));
}

TEST(BaseLog, LinesBelowTheLowestLevelAreDropped) {
  const Quiet at_the_end;
  int lines = 0;
  set_logger([&](LogLevel, std::string_view) { ++lines; }, LogLevel::warning);
  log(LogLevel::info, "no");
  log(LogLevel::warning, "yes");
  set_logger({});
  log(LogLevel::error, "nobody");
  EXPECT_EQ(lines, 1);
}

}  // namespace
}  // namespace lathe
