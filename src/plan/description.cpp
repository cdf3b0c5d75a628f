#include "plan/description.h"

#include "base/error.h"
#include "plan/json_attributes.h"

namespace lathe::plan {
namespace {
using nlohmann::json;

json write_shape(const std::vector<Dim>& shape) {
  json list = json::array();
  for (const Dim& d : shape) list.push_back(d.str());
  return list;
}

std::vector<Dim> read_shape(const json& list, size_t most = Shape::kMaxRank) {
  std::vector<Dim> shape;
  if (list.size() > most)
    fail(ErrorCode::corrupt_file, "shape", "build the plan again", "more than {} dimensions", most);
  for (const json& item : list) shape.push_back(Dim::parse(item.get_ref<const std::string&>()));
  return shape;
}

template <class E>
E read_enum(const json& object, const char* key) {
  E value{};
  parse(object.at(key).get_ref<const std::string&>(), value);
  return value;
}

/// {"order": [0, 2, 3, 1], "axis": 1, "block": 8}, without what is not there.
json write_format(const Format& format) {
  json o = json::object();
  if (format.order.rank() > 0) o["order"] = std::vector<int64_t>(format.order.begin(), format.order.end());
  if (format.block != 1) o["axis"] = format.axis, o["block"] = format.block;
  return o;
}

Format read_format(const json& o) {
  Format format;
  if (auto order = o.find("order"); order != o.end()) {
    if (order->size() > Shape::kMaxRank) fail(ErrorCode::corrupt_file, "format", {}, "more than 8 dimensions");
    for (const json& d : *order) format.order.push_back(d.get<int64_t>());
  }
  format.axis = o.value("axis", 0);
  format.block = o.value("block", int64_t{1});
  return format;
}

json write_tensor(const Tensor& t) {
  json o = {{"name", t.name},
            {"type", std::string(to_string(t.type.dtype))},
            {"shape", write_shape(t.type.shape)},
            {"storage", to_string(t.storage)}};
  if (t.storage == Storage::weight) o["weight"] = t.weight;
  if (t.storage == Storage::view) o["base"] = t.base, o["offset"] = t.offset;
  if (!t.format.is_dense()) o["format"] = write_format(t.format);
  if (t.device != kHost) o["device"] = t.device;
  if (t.memory != Memory::ordinary) o["memory"] = to_string(t.memory);
  if (const Quantization& q = t.quantization; !(q == Quantization{}))
    o["quantization"] = {{"scale", q.scale}, {"zero_point", q.zero_point}, {"axis", q.axis}};
  return o;
}

Tensor read_tensor(const json& o) {
  Tensor t;
  t.name = o.at("name").get<std::string>();
  t.type = {parse_dtype(o.at("type").get_ref<const std::string&>()), read_shape(o.at("shape"))};
  t.storage = read_enum<Storage>(o, "storage");
  if (t.storage == Storage::weight) t.weight = o.at("weight").get<int>();
  if (t.storage == Storage::view) t.base = o.at("base").get<int>(), t.offset = o.at("offset").get<int64_t>();
  if (auto format = o.find("format"); format != o.end()) t.format = read_format(*format);
  t.device = o.value("device", kHost);
  if (o.contains("memory")) t.memory = read_enum<Memory>(o, "memory");
  if (auto q = o.find("quantization"); q != o.end())
    t.quantization = {q->at("scale").get<int>(), q->at("zero_point").get<int>(), q->at("axis").get<int>()};
  return t;
}

/// A leaf is the name of its source, else {"op": .., "of": [..]}.
json write_recipe(const ops::Recipe& recipe) {
  if (!recipe.op) return recipe.source;
  json of = json::array();
  for (const ops::RecipePtr& argument : recipe.arguments) of.push_back(write_recipe(*argument));
  return {{"op", write_op(recipe.op)}, {"of", of}};
}

/// Blocks within blocks, and recipes of recipes: deeper than any network, and far from where reading runs out of stack.
constexpr int kMaxDepth = 64;

ops::RecipePtr read_recipe(const json& o, int depth) {
  if (depth > kMaxDepth) fail(ErrorCode::corrupt_file, "recipe", {}, "recipes are more than {} deep", kMaxDepth);
  if (o.is_string()) return ops::recipe_of(o.get_ref<const std::string&>());
  auto recipe = std::make_shared<ops::Recipe>();
  recipe->op = read_op(o.at("op"));
  for (const json& argument : o.at("of")) recipe->arguments.push_back(read_recipe(argument, depth + 1));
  return recipe;
}

json write_weight(const Weight& w, const uint64_t* offset) {
  json o = {{"name", w.name},
            {"type", std::string(to_string(w.dtype))},
            {"shape", std::vector<int64_t>(w.shape.begin(), w.shape.end())},
            {"format", w.format},
            {"bytes", w.data.size}};
  if (w.recipe) o["recipe"] = write_recipe(*w.recipe);
  if (w.transposed) o["transposed"] = true;
  if (offset) o["offset"] = *offset;
  return o;
}

Weight read_weight(const json& o, const Blob& weights) {
  Weight w;
  w.name = o.at("name").get<std::string>();
  if (auto recipe = o.find("recipe"); recipe != o.end()) w.recipe = read_recipe(*recipe, 0);
  w.dtype = parse_dtype(o.at("type").get_ref<const std::string&>());
  const json& shape = o.at("shape");
  if (shape.size() > Shape::kMaxRank) fail(ErrorCode::corrupt_file, w.name, {}, "more than 8 dimensions");
  for (const json& d : shape) w.shape.push_back(d.get<int64_t>());
  w.format = o.at("format").get<std::string>();
  w.transposed = o.value("transposed", false);
  auto offset = o.at("offset").get<uint64_t>(), bytes = o.at("bytes").get<uint64_t>();
  if (offset > weights.size || bytes > weights.size - offset || offset % 64 != 0)
    fail(ErrorCode::corrupt_file, w.name, {}, "the weight lies outside the file");
  w.data = weights.sub(offset, bytes);
  return w;
}

json write_step(const Step& s);

json write_steps(const std::vector<Step>& steps) {
  json list = json::array();
  for (const Step& s : steps) list.push_back(write_step(s));
  return list;
}

json write_step(const Step& s) {
  json rivals = json::array();
  for (const Rival& r : s.rivals) rivals.push_back({{"tactic", r.tactic}, {"reason", r.reason}});
  json o = {{"name", s.name},       {"op", write_op(s.op)}, {"tactic", s.tactic},           {"inputs", s.inputs},
            {"outputs", s.outputs}, {"origins", s.origins}, {"estimate_us", s.estimate_us}, {"rivals", rivals}};
  if (s.device != kHost) o["device"] = s.device;
  if (!s.waits.empty()) o["waits"] = s.waits;
  for (const Block& b : s.blocks)
    o["blocks"].push_back({{"inputs", b.inputs}, {"steps", write_steps(b.steps)}, {"outputs", b.outputs}});
  return o;
}

Step read_step(const json& o, int depth) {
  if (depth > kMaxDepth) fail(ErrorCode::corrupt_file, "steps", {}, "blocks are more than {} deep", kMaxDepth);
  Step s;
  s.name = o.at("name").get<std::string>();
  s.op = read_op(o.at("op"));
  s.tactic = o.at("tactic").get<std::string>();
  s.inputs = o.at("inputs").get<std::vector<int>>();
  s.outputs = o.at("outputs").get<std::vector<int>>();
  s.device = o.value("device", kHost);
  if (auto waits = o.find("waits"); waits != o.end()) s.waits = waits->get<std::vector<int>>();
  s.origins = o.at("origins").get<std::vector<std::string>>();
  s.estimate_us = o.at("estimate_us").get<double>();
  for (const json& r : o.at("rivals"))
    s.rivals.push_back({r.at("tactic").get<std::string>(), r.at("reason").get<std::string>()});
  if (auto blocks = o.find("blocks"); blocks != o.end())
    for (const json& b : *blocks) {
      Block& block = s.blocks.emplace_back();
      block.inputs = b.at("inputs").get<std::vector<int>>();
      for (const json& step : b.at("steps")) block.steps.push_back(read_step(step, depth + 1));
      block.outputs = b.at("outputs").get<std::vector<int>>();
    }
  return s;
}

/// How much arithmetic each step does, for who reads the description; left out where it is none, or beyond what a
/// dimension can say.
void note_flops(const Plan& plan, const std::vector<Step>& steps, json& list) {
  for (size_t i = 0; i < steps.size(); ++i) {
    const Step& s = steps[i];
    ops::Types types;
    for (int t : s.inputs) types.push_back(plan.tensors[static_cast<size_t>(t)].type);
    try {
      if (const Dim flops = s.op.flops(types); !(flops == Dim(0))) list[i]["flops"] = Dim::parse(flops.str()).str();
    } catch (const Error&) {}  // NOLINT(bugprone-empty-catch): no dimension can say it
    for (size_t b = 0; b < s.blocks.size(); ++b) note_flops(plan, s.blocks[b].steps, list[i]["blocks"][b]["steps"]);
  }
}

void write_role(const ops::PortRole& role, json& port) {
  port["role"] = to_string(role.role);
  if (!role.of.empty()) port["of"] = role.of;
}

ops::PortRole read_role(const json& port) {
  return {parse_role(port.at("role").get_ref<const std::string&>()), port.value("of", std::string())};
}

json write_plan(const Plan& plan, const std::vector<uint64_t>* offsets) {
  json o;
  o["lathe"] = plan.lathe_version;
  o["name"] = plan.name;
  o["devices"] = plan.devices;
  o["features"] = plan.features;
  o["precision"] = plan.precision;
  o["source_hash"] = plan.source_hash;
  o["options"] = plan.options;
  o["profiles"] = json::array();
  for (const Profile& profile : plan.profiles) {
    json sizes = json::object();
    for (const auto& [symbol, e] : profile) sizes[symbol] = {{"min", e.min}, {"opt", e.opt}, {"max", e.max}};
    o["profiles"].push_back(std::move(sizes));
  }
  o["symbols"] = json::array();
  for (const RuntimeSymbol& s : plan.runtime_symbols)
    o["symbols"].push_back({{"name", s.name}, {"bound", s.bound.str()}});
  o["equalities"] = json::array();
  for (const Equality& e : plan.equalities)
    o["equalities"].push_back({{"a", e.a.str()}, {"b", e.b.str()}, {"by", e.by}});
  o["definitions"] = json::array();
  for (const Definition& d : plan.definitions)
    o["definitions"].push_back({{"size", d.size.str()}, {"value", d.value.str()}, {"by", d.by}});
  for (const char* key : {"tensors", "weights", "steps", "inputs", "outputs", "passes"}) o[key] = json::array();
  for (const Tensor& t : plan.tensors) o["tensors"].push_back(write_tensor(t));
  for (size_t i = 0; i < plan.weights.size(); ++i)
    o["weights"].push_back(write_weight(plan.weights[i], offsets ? &(*offsets)[i] : nullptr));
  o["steps"] = write_steps(plan.steps);
  if (!offsets) note_flops(plan, plan.steps, o["steps"]);
  for (const Port& p : plan.inputs) {
    o["inputs"].push_back(
        {{"name", p.name}, {"tensor", p.tensor}, {"absent", to_string(p.absent)}, {"form", to_string(p.form)}});
    if (!p.declared.empty()) o["inputs"].back()["declared"] = write_shape(p.declared);
    if (!p.elements.empty()) o["inputs"].back()["elements"] = write_shape(p.elements);
    write_role(p.role, o["inputs"].back());
  }
  for (const OutputPort& p : plan.outputs) {
    o["outputs"].push_back({{"name", p.name}, {"tensor", p.tensor}, {"on_demand", p.on_demand}});
    write_role(p.role, o["outputs"].back());
  }
  for (const PassLine& p : plan.passes)
    o["passes"].push_back({{"pass", p.pass}, {"rewrites", p.rewrites}, {"reports", p.reports}});
  o["model"] = plan.model_json;
  return o;
}

Plan read_plan(const json& o, const Blob& weights) {
  Plan plan;
  plan.lathe_version = o.at("lathe").get<std::string>();
  plan.name = o.at("name").get<std::string>();
  plan.devices = o.at("devices").get<std::vector<std::string>>();
  plan.features = o.at("features").get<std::vector<std::string>>();
  plan.precision = o.at("precision").get<std::string>();
  plan.source_hash = o.at("source_hash").get<std::string>();
  plan.options = o.at("options").get<std::map<std::string, std::string>>();
  for (const json& sizes : o.at("profiles")) {
    Profile& profile = plan.profiles.emplace_back();
    for (const auto& [symbol, e] : sizes.items()) {
      Extent extent{e.at("min").get<int64_t>(), e.at("opt").get<int64_t>(), e.at("max").get<int64_t>()};
      if (extent.min < 0 || extent.opt < extent.min || extent.max < extent.opt || extent.max > (int64_t{1} << 40))
        fail(ErrorCode::corrupt_file, symbol, {}, "the profile is out of order");
      profile[symbol] = extent;
    }
  }
  for (const json& s : o.at("symbols"))
    plan.runtime_symbols.push_back(
        {s.at("name").get<std::string>(), Dim::parse(s.at("bound").get_ref<const std::string&>())});
  for (const json& e : o.at("equalities"))
    plan.equalities.push_back({Dim::parse(e.at("a").get_ref<const std::string&>()),
                               Dim::parse(e.at("b").get_ref<const std::string&>()), e.at("by").get<std::string>()});
  for (const json& d : o.at("definitions"))
    plan.definitions.push_back({Dim::parse(d.at("size").get_ref<const std::string&>()),
                                Dim::parse(d.at("value").get_ref<const std::string&>()),
                                d.at("by").get<std::string>()});
  for (const json& t : o.at("tensors")) plan.tensors.push_back(read_tensor(t));
  for (const json& w : o.at("weights")) plan.weights.push_back(read_weight(w, weights));
  for (const json& s : o.at("steps")) plan.steps.push_back(read_step(s, 0));
  for (const json& p : o.at("inputs"))
    plan.inputs.push_back(
        {p.at("name").get<std::string>(), p.at("tensor").get<int>(), read_enum<ops::InputDefault>(p, "absent"),
         read_enum<Form>(p, "form"), read_role(p),
         p.contains("declared") ? read_shape(p.at("declared")) : std::vector<Dim>(),
         p.contains("elements") ? read_shape(p.at("elements"), ops::kMostElements) : std::vector<Dim>()});
  for (const json& p : o.at("outputs"))
    plan.outputs.push_back(
        {p.at("name").get<std::string>(), p.at("tensor").get<int>(), p.at("on_demand").get<bool>(), read_role(p)});
  for (const json& p : o.at("passes"))
    plan.passes.push_back({p.at("pass").get<std::string>(), p.at("rewrites").get<int>(),
                           p.at("reports").get<std::vector<std::string>>()});
  plan.model_json = o.at("model").get<std::string>();
  plan.tokenizer_json = o.at("tokenizer").get<std::string>();
  return plan;
}

}  // namespace

std::string write_description(const Plan& plan, const std::vector<uint64_t>* offsets,
                              const std::vector<uint64_t>& checksums) {
  json o = write_plan(plan, offsets);
  if (offsets) {
    o["checksums"] = checksums;
    o["tokenizer"] = plan.tokenizer_json;
  }
  return o.dump(offsets ? -1 : 1, ' ', false, json::error_handler_t::replace);
}

Plan read_description(std::string_view text, const Blob& weights, std::vector<uint64_t>* checksums,
                      std::string_view where) {
  try {
    json o = json::parse(text);
    *checksums = o.at("checksums").get<std::vector<uint64_t>>();
    return read_plan(o, weights);
  } catch (const json::exception& error) {
    fail(ErrorCode::corrupt_file, where, "build the plan again", "damaged plan: {}", error.what());
  } catch (const Error& error) {
    throw Error(error.code(), where, error.what());
  }
}

}  // namespace lathe::plan
