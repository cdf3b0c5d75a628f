#include "ir/text.h"

#include <charconv>

#include "base/error.h"

namespace lathe::ir {
namespace {

class Reader : public ops::AttributeVisitor {
 public:
  explicit Reader(const std::map<std::string, std::string>& attributes) : attributes_(attributes) {}
  using AttributeVisitor::field;
  void field(std::string_view name, int64_t& v) override {
    if (const std::string* text = find(name)) v = read_integer(*text);
  }
  void field(std::string_view name, double& v) override {
    if (const std::string* text = find(name)) v = read_number(*text);
  }
  void field(std::string_view name, bool& v) override {
    const std::string* text = find(name);
    if (!text) return;
    if (*text != "true" && *text != "false") bad(name, *text);
    v = *text == "true";
  }
  void field(std::string_view name, std::string& v) override {
    if (const std::string* text = find(name)) v = *text;
  }
  void field(std::string_view name, std::vector<int64_t>& v) override {
    const std::string* text = find(name);
    if (!text) return;
    v.clear();
    for (std::string_view item : items(name, *text)) v.push_back(read_integer(item));
  }
  void field(std::string_view name, std::vector<Dim>& v) override {
    const std::string* text = find(name);
    if (!text) return;
    v.clear();
    for (std::string_view item : items(name, *text)) v.push_back(Dim::parse(item));
  }
  void field(std::string_view name, std::vector<ops::TensorType>& v) override {
    const std::string* text = find(name);
    if (!text) return;
    v.clear();
    for (std::string_view item : items(name, *text)) v.push_back(ops::parse_type(item));
  }
  size_t used() const { return used_; }

 private:
  [[noreturn]] static void bad(std::string_view name, std::string_view text) {
    fail(ErrorCode::corrupt_file, name, {}, "'{}' is no value of this attribute", text.substr(0, 80));
  }
  static std::vector<std::string_view> items(std::string_view name, std::string_view text) {
    if (text.size() < 2 || text.front() != '[' || text.back() != ']') bad(name, text);
    return split_list(text.substr(1, text.size() - 2));
  }
  const std::string* find(std::string_view name) {
    auto place = attributes_.find(std::string(name));
    if (place == attributes_.end()) return nullptr;
    ++used_;
    return &place->second;
  }
  const std::map<std::string, std::string>& attributes_;
  size_t used_ = 0;
};

}  // namespace

ops::Op read_op(std::string_view name, const std::map<std::string, std::string>& attributes) {
  ops::find_op(name);
  Reader reader(attributes);
  ops::Op op = ops::make_op(name, reader);
  if (reader.used() != attributes.size())
    fail(ErrorCode::corrupt_file, name, {}, "the op has no attribute among: {}",
         fmt::join(
             [&] {
               std::vector<std::string> names;
               for (const auto& [key, value] : attributes) names.push_back(key);
               return names;
             }(),
             ", "));
  return op;
}

namespace {
template <class T>
T read(std::string_view text, std::string_view what) {
  T number{};
  auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error != std::errc() || end != text.data() + text.size())
    fail(ErrorCode::corrupt_file, what, {}, "'{}' cannot be read as one", text.substr(0, 80));
  return number;
}
}  // namespace

int64_t read_integer(std::string_view text) { return read<int64_t>(text, "whole number"); }
double read_number(std::string_view text) { return read<double>(text, "number"); }

}  // namespace lathe::ir
