#include "cli/json_line.h"

#include <nlohmann/json.hpp>
#include <vector>

namespace lathe::cli {
namespace {
using nlohmann::json;

/// Takes what the line may hold and stops at anything else: no line can make it build a large or deep value.
class Reader : public nlohmann::json_sax<json> {
 public:
  std::vector<std::string> texts;
  bool closed = false;  ///< the array is complete; without one, the lone string was read

  bool string(string_t& value) override {
    if (closed || texts.size() == 2) return false;
    texts.push_back(std::move(value));
    closed = !open_;
    return true;
  }
  bool start_array(size_t) override {
    if (open_ || closed) return false;
    return open_ = true;
  }
  bool end_array() override { return closed = texts.size() == 2; }

  bool null() override { return false; }
  bool boolean(bool) override { return false; }
  bool number_integer(number_integer_t) override { return false; }
  bool number_unsigned(number_unsigned_t) override { return false; }
  bool number_float(number_float_t, const string_t&) override { return false; }
  bool binary(binary_t&) override { return false; }
  bool start_object(size_t) override { return false; }
  bool key(string_t&) override { return false; }
  bool end_object() override { return false; }
  bool parse_error(size_t, const std::string&, const nlohmann::detail::exception&) override { return false; }

 private:
  bool open_ = false;
};

}  // namespace

TextInput parse_json_line(std::string_view line) {
  Reader reader;
  if (!json::sax_parse(line.begin(), line.end(), &reader) || !reader.closed)
    throw Error(ErrorCode::invalid_argument, {}, "it is neither a JSON string nor an array of two",
                "write \"a text\" or [\"a text\", \"a second text\"]");
  TextInput input{std::move(reader.texts[0]), {}};
  if (reader.texts.size() == 2) input.pair = std::move(reader.texts[1]);
  return input;
}

}  // namespace lathe::cli
