// A line of the command line's --json-input: any bytes give a text or a pair, or lathe::Error(invalid_argument).
#include <cstdlib>
#include <nlohmann/json.hpp>

#include "cli/json_line.h"
#include "fuzz/target.h"
#include "lathe/error.h"

std::vector<std::string> lathe::fuzz::seeds() {
  return {R"("a text")",
          R"(["a question", "a context"])",
          R"( [ "\u00e9\ud83d\ude00\n\"\\" , "" ] )",
          R"({"text": "a", "pair": ["b", 1.5e3, null, true, {}]})",
          R"([[["a"]], -1, "b"])",
          "\"\xc3\xa9\xf0\x9f\x98\x80\""};
}

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const std::string_view line(reinterpret_cast<const char*>(data), size);
  try {
    const lathe::TextInput input = lathe::cli::parse_json_line(line);
    // What was read is what a parser of any JSON reads.
    const auto value = nlohmann::json::parse(line);
    if (input.pair ? value != nlohmann::json::array({input.text, *input.pair}) : value != nlohmann::json(input.text))
      std::abort();
  } catch (const lathe::Error& error) {
    if (error.code() != lathe::ErrorCode::invalid_argument) std::abort();
    const auto value = nlohmann::json::parse(line, nullptr, false);
    if (value.is_string() || (value.is_array() && value.size() == 2 && value[0].is_string() && value[1].is_string()))
      std::abort();
  }
  return 0;
}
