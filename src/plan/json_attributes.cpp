#include "plan/json_attributes.h"

#include <cmath>

#include "base/error.h"

namespace lathe::plan {
namespace {
using nlohmann::json;

class Writer : public ops::AttributeVisitor {
 public:
  explicit Writer(json& object) : object_(object) {}
  using AttributeVisitor::field;
  void field(std::string_view name, int64_t& v) override { object_[std::string(name)] = v; }
  /// JSON has neither infinities nor NaN: they are text.
  void field(std::string_view name, double& v) override {
    object_[std::string(name)] = std::isfinite(v) ? json(v) : json(std::isnan(v) ? "nan" : v > 0 ? "inf" : "-inf");
  }
  void field(std::string_view name, bool& v) override { object_[std::string(name)] = v; }
  void field(std::string_view name, std::string& v) override { object_[std::string(name)] = v; }
  void field(std::string_view name, std::vector<int64_t>& v) override { object_[std::string(name)] = v; }
  void field(std::string_view name, std::vector<Dim>& v) override {
    json list = json::array();
    for (const Dim& d : v) list.push_back(d.str());
    object_[std::string(name)] = list;
  }
  void field(std::string_view name, std::vector<ops::TensorType>& v) override {
    json list = json::array();
    for (const ops::TensorType& type : v) list.push_back(to_string(type));
    object_[std::string(name)] = list;
  }

 private:
  json& object_;
};

class Reader : public ops::AttributeVisitor {
 public:
  explicit Reader(const json& object) : object_(object) {}
  using AttributeVisitor::field;
  void field(std::string_view name, int64_t& v) override { read(name, v, &json::is_number_integer); }
  void field(std::string_view name, double& v) override {
    const auto item = object_.find(std::string(name));
    if (item == object_.end() || !item->is_string()) return read(name, v, &json::is_number);
    const auto& text = item->get_ref<const std::string&>();
    if (text != "inf" && text != "-inf" && text != "nan") bad(name);
    v = text == "nan" ? NAN : text == "inf" ? HUGE_VAL : -HUGE_VAL;
  }
  void field(std::string_view name, bool& v) override { read(name, v, &json::is_boolean); }
  void field(std::string_view name, std::string& v) override { read(name, v, &json::is_string); }
  void field(std::string_view name, std::vector<int64_t>& v) override {
    const json* list = find(name, &json::is_array);
    if (!list) return;
    v.clear();
    for (const json& item : *list) {
      if (!item.is_number_integer()) bad(name);
      v.push_back(item.get<int64_t>());
    }
  }
  void field(std::string_view name, std::vector<Dim>& v) override {
    const json* list = find(name, &json::is_array);
    if (!list) return;
    v.clear();
    for (const json& item : *list) {
      if (!item.is_string()) bad(name);
      v.push_back(Dim::parse(item.get<std::string>()));
    }
  }
  void field(std::string_view name, std::vector<ops::TensorType>& v) override {
    const json* list = find(name, &json::is_array);
    if (!list) return;
    v.clear();
    for (const json& item : *list) {
      if (!item.is_string()) bad(name);
      v.push_back(ops::parse_type(item.get_ref<const std::string&>()));
    }
  }

 private:
  using Test = bool (json::*)() const noexcept;
  [[noreturn]] static void bad(std::string_view name) {
    fail(ErrorCode::corrupt_file, name, {}, "an attribute has the wrong kind of value");
  }
  const json* find(std::string_view name, Test right_kind) const {
    auto place = object_.find(std::string(name));
    if (place == object_.end()) return nullptr;
    if (!((*place).*right_kind)()) bad(name);
    return &*place;
  }
  template <class T>
  void read(std::string_view name, T& v, Test right_kind) const {
    if (const json* item = find(name, right_kind)) v = item->get<T>();
  }
  const json& object_;
};

}  // namespace

json write_op(const ops::Op& op) {
  json object;
  Writer writer(object);
  op.inspect(writer);
  object["op"] = op.name();
  return object;
}

ops::Op read_op(const json& object) {
  if (!object.is_object() || !object.contains("op") || !object["op"].is_string())
    fail(ErrorCode::corrupt_file, "op", {}, "a step names no op");
  Reader reader(object);
  return ops::make_op(object["op"].get<std::string>(), reader);
}

}  // namespace lathe::plan
