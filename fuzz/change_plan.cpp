#include "fuzz/change_plan.h"

#include <nlohmann/json.hpp>

#include "base/number.h"
#include "plan/json_attributes.h"

namespace lathe::fuzz {
namespace {
using nlohmann::json;
using plan::Storage;

class Change {
 public:
  Change(plan::Plan& plan, Choices& choices) : plan_(plan), choices_(choices) {}

  void one() {
    switch (choices_.below(18)) {
      case 0: return every_equal_dim();
      case 1: return tensor();
      case 2: return weight();
      case 3: return step_tensors();
      case 4:
      case 5: return attribute();
      case 6: return input();
      case 7: return output();
      case 8: return symbols();
      case 9: return tactic();
      case 10: return view();
      case 11: return equality();
      case 12: return declared();
      case 13: return blocks();
      case 14: return devices();
      case 15: return elements();
      case 16: return definition();
      default: return steps();
    }
  }

 private:
  int any_tensor() {
    // Two bytes: plans have more than 256 tensors.
    const size_t n = choices_.below(256) * 256 + choices_.below(256);
    return plan_.tensors.empty() ? 0 : static_cast<int>(n % plan_.tensors.size());
  }
  static void list_steps(std::vector<plan::Step>& steps, std::vector<plan::Step*>& list) {
    for (plan::Step& step : steps) {
      list.push_back(&step);
      for (plan::Block& block : step.blocks) list_steps(block.steps, list);
    }
  }
  /// Steps of blocks too.
  plan::Step& any_step() {
    std::vector<plan::Step*> list;
    list_steps(plan_.steps, list);
    return *list[(choices_.below(256) * 256 + choices_.below(256)) % list.size()];
  }

  void blocks() {
    std::vector<plan::Step*> list;
    list_steps(plan_.steps, list);
    std::erase_if(list, [](const plan::Step* step) { return step->blocks.empty(); });
    if (list.empty()) return any_step().blocks.push_back({});
    plan::Step& step = *choices_.any(list);
    plan::Block& block = choices_.any(step.blocks);
    std::vector<int>& ports = choices_.one_in(2) ? block.inputs : block.outputs;
    switch (choices_.below(5)) {
      case 0: return step.blocks.pop_back();
      case 1: return step.blocks.push_back(block);
      case 2: return ports.push_back(any_tensor());
      case 3:
        if (!block.steps.empty()) block.steps.erase(block.steps.begin());
        return;
      default:
        if (!ports.empty())
          choices_.any(ports) = choices_.one_in(4) && !step.inputs.empty() ? choices_.any(step.inputs) : any_tensor();
    }
  }

  void devices() {
    plan::Step& step = any_step();
    switch (choices_.below(7)) {
      case 0: plan_.devices.push_back(choices_.of<const char*>({"cpu", "none", "../x"})); return;
      case 1: step.device = choices_.of({1, -1, 2}); return;
      case 2: plan_.tensors[static_cast<size_t>(any_tensor())].device = choices_.of({1, -1, 100}); return;
      case 3:
        plan_.tensors[static_cast<size_t>(any_tensor())].quantization = {any_tensor(), any_tensor(),
                                                                         choices_.of({-1, 0, 1, 9})};
        return;
      case 4: plan_.tensors[static_cast<size_t>(any_tensor())].memory = plan::Memory::pinned; return;
      case 5: format(plan_.tensors[static_cast<size_t>(any_tensor())]); return;
      default: step.waits.push_back(choices_.of({0, 1, -1, 1000}));
    }
  }

  void format(plan::Tensor& tensor) {
    Format& format = tensor.format;
    format.order = {};
    if (choices_.one_in(2))
      for (int d = tensor.type.rank(); d-- > 0 && format.order.rank() < Shape::kMaxRank;)
        format.order.push_back(choices_.one_in(16) ? choices_.of<int64_t>({-1, 0, 8, INT64_MAX}) : d);
    format.axis = choices_.of({0, 0, 1, 2, -1, 100});
    format.block = choices_.of<int64_t>({1, 2, 4, 32, 1024, 0, -4, INT64_MAX});
    if (format.block == 1) format.axis = 0;
  }

  std::string any_symbol() {
    return choices_.of<const char*>({"batch", "seq", "tokens", "rows", "n", "b", "m", "k", "g"});
  }

  Dim any_dim(const Dim& old) {
    const Dim symbol = Dim::symbol(any_symbol());
    switch (choices_.below(8)) {
      case 0: return old + Dim(choices_.of<int64_t>({1, -1, 7}));
      case 1: return symbol;
      case 2: return symbol + Dim(1);
      case 3: return symbol * Dim(choices_.of<int64_t>({2, 8, 0, -1}));
      case 4: return Dim::ceildiv(symbol, Dim(choices_.of<int64_t>({2, 0, 16})));
      case 5: return symbol * Dim::symbol(any_symbol());
      case 6: return Dim(choices_.of<int64_t>({int64_t{1} << 31, int64_t{1} << 40, int64_t{1} << 62, -1, INT32_MAX}));
      default: return Dim(choices_.of<int64_t>({0, 1, 2, 3, 4, 8, 24, 768}));
    }
  }

  /// Types that belong together stay together: what the ops' rules accept gets further than validation.
  void every_equal_dim() {
    const std::vector<Dim>& shape = plan_.tensors[static_cast<size_t>(any_tensor())].type.shape;
    if (shape.empty()) return;
    const Dim old = shape[choices_.below(shape.size())], made = any_dim(old);
    for (plan::Tensor& tensor : plan_.tensors)
      for (Dim& d : tensor.type.shape)
        if (d == old) d = made;
    for (plan::Weight& weight : plan_.weights)
      for (int i = 0; i < weight.shape.rank(); ++i)
        if (old.is_constant() && made.is_constant() && weight.shape[i] == old.constant())
          weight.shape[i] = made.constant();
    for (plan::Step& step : plan_.steps) {
      json op = plan::write_op(step.op);
      for (json& value : op)
        if (value.is_array())
          for (json& item : value)
            if (item == old.str()) item = made.str();
      step.op = plan::read_op(op);
    }
  }

  void tensor() {
    plan::Tensor& tensor = plan_.tensors[static_cast<size_t>(any_tensor())];
    std::vector<Dim>& shape = tensor.type.shape;
    switch (choices_.below(5)) {
      case 0:
        tensor.type.dtype =
            choices_.of({DType::f32, DType::i32, DType::i64, DType::bf16, DType::u8, DType::f64, DType::boolean});
        return;
      case 1: tensor.storage = choices_.of({Storage::input, Storage::arena, Storage::weight, Storage::view}); return;
      case 2: shape.insert(shape.begin(), Dim(1)); return;
      case 3:
        if (!shape.empty()) shape.pop_back();
        return;
      default:
        if (!shape.empty()) {
          Dim& d = shape[choices_.below(shape.size())];
          d = any_dim(d);
        }
    }
  }

  void view() {
    plan::Tensor& tensor = plan_.tensors[static_cast<size_t>(any_tensor())];
    tensor.storage = Storage::view;
    tensor.base = any_tensor();
    tensor.offset = choices_.of<int64_t>({0, 1, 8, -1, int64_t{1} << 40});
    if (choices_.one_in(2)) tensor.type = plan_.tensors[static_cast<size_t>(tensor.base)].type;
    if (!tensor.type.shape.empty() && choices_.one_in(2))
      tensor.type.shape.back() = Dim(choices_.of<int64_t>({1, 2, 4, 8}));
  }

  void weight() {
    if (plan_.weights.empty()) return;
    plan::Weight& weight = choices_.any(plan_.weights);
    switch (choices_.below(5)) {
      case 0: weight.transposed = !weight.transposed; return;
      case 1: weight.format = choices_.of<const char*>({"", "panel16.f32", "panel16.bf16", "other"}); return;
      case 2: weight.data.size = choices_.of<size_t>({0, 4, weight.data.size / 2, weight.data.size}); return;
      case 3: weight.dtype = choices_.of({DType::f32, DType::bf16, DType::i32, DType::f16}); return;
      default:
        for (plan::Tensor& tensor : plan_.tensors) {
          if (tensor.storage != Storage::weight || tensor.type.rank() == 0) continue;
          if (tensor.weight != &weight - plan_.weights.data()) continue;
          const int d = static_cast<int>(choices_.below(static_cast<size_t>(tensor.type.rank())));
          weight.shape[d] = choices_.of<int64_t>({0, 1, 2, int64_t{1} << 31, int64_t{1} << 62, -1, 16});
          tensor.type.shape[static_cast<size_t>(d)] = Dim(weight.shape[d]);
        }
    }
  }

  void step_tensors() {
    plan::Step& step = any_step();
    std::vector<int>& list = choices_.one_in(4) ? step.outputs : step.inputs;
    switch (choices_.below(4)) {
      case 0:
        if (!list.empty()) list.pop_back();
        return;
      case 1: list.push_back(any_tensor()); return;
      default:
        if (!list.empty()) choices_.any(list) = choices_.one_in(16) ? -1 : any_tensor();
    }
  }

  void attribute() {
    plan::Step& step = any_step();
    json op = plan::write_op(step.op);
    auto field = op.begin();
    std::advance(field, static_cast<ptrdiff_t>(choices_.below(op.size())));
    if (field.key() == "op") return;
    json& value = field.value();
    if (value.is_array() && !value.empty()) {
      json& item = value[choices_.below(value.size())];
      item = item.is_string() ? json(any_dim(Dim(1)).str())
                              : json(choices_.of<int64_t>({0, 1, -1, 2, INT64_MIN, INT64_MAX}));
    } else if (value.is_boolean()) {
      value = !value.get<bool>();
    } else if (value.is_number_integer()) {
      value = choices_.of<int64_t>({0, 1, 2, -1, 3, 8, INT64_MAX, INT64_MIN, int64_t{1} << 32});
    } else if (value.is_number()) {
      value = choices_.of<double>({0, -1, 1e300, 1e-300, 0.5});
    } else if (value.is_string()) {
      value = choices_.of<const char*>(
          {"none",     "keys", "packed", "first", "last",   "mean", "max",  "keep",      "weighted_mean",
           "f32",      "bf16", "i32",    "i64",   "tokens", "g",    "bias", "bias+gelu", "layer_norm(1e-5)",
           "residual", "neg",  "add",    "pow",   "sum",    "relu"});
    }
    if (op["op"] == "loop") op["most"] = {"3"};  // what ends after 2^40 rounds is no fault
    step.op = plan::read_op(op);
  }

  void input() {
    if (plan_.inputs.empty() || choices_.one_in(8))
      plan_.inputs.push_back({"more", any_tensor(), ops::InputDefault::required, plan::Form::any, {}});
    plan::Port& port = choices_.any(plan_.inputs);
    switch (choices_.below(6)) {
      case 5:
        port.role = {choices_.of({Role::plain, Role::mask, Role::packed, Role::bounds, Role::rows}),
                     choices_.of<const char*>({"", "tokens", "input_ids", "attention_mask"})};
        return;
      case 0: port.name = choices_.of<const char*>({"cu_seqlens", "rows", "input_ids", "renamed"}); return;
      case 1: port.tensor = any_tensor(); return;
      case 2: port.form = choices_.of({plan::Form::any, plan::Form::padded, plan::Form::packed}); return;
      case 3:
        port.absent = choices_.of({ops::InputDefault::required, ops::InputDefault::zeros, ops::InputDefault::ones,
                                   ops::InputDefault::positions});
        return;
      default:
        for (plan::Port& each : plan_.inputs) each.form = plan::Form::any;
    }
  }

  void output() {
    if (plan_.outputs.empty() || choices_.one_in(2))
      plan_.outputs.push_back({"more", any_tensor(), choices_.one_in(2), {}});
    choices_.any(plan_.outputs).tensor = any_tensor();
  }

  void symbols() {
    if (choices_.one_in(3) || plan_.runtime_symbols.empty())
      plan_.runtime_symbols.push_back({any_symbol(), any_dim(Dim(1))});
    plan::RuntimeSymbol& symbol = choices_.any(plan_.runtime_symbols);
    switch (choices_.below(5)) {
      case 0: symbol.bound = any_dim(symbol.bound); return;
      case 1: symbol.name = any_symbol(); return;
      case 2: plan_.runtime_symbols.pop_back(); return;
      case 3: plan_.profiles.push_back(plan_.profiles[0]); return;
      default: plan_.profiles[0][any_symbol()] = {0, 1, choices_.of<int64_t>({1, 2, int64_t{1} << 40})};
    }
  }

  void equality() {
    if (choices_.one_in(3) || plan_.equalities.empty())
      plan_.equalities.push_back({any_dim(Dim(1)), any_dim(Dim(2)), choices_.of<const char*>({"", "more", "a: b"})});
    plan::Equality& e = choices_.any(plan_.equalities);
    switch (choices_.below(4)) {
      case 0: e.a = any_dim(e.a); return;
      case 1: e.b = any_dim(e.b); return;
      case 2: std::swap(e.a, e.b); return;
      default: plan_.equalities.pop_back();
    }
  }

  void declared() {
    if (plan_.inputs.empty()) return;
    plan::Port& port = choices_.any(plan_.inputs);
    if (port.tensor < 0 || static_cast<size_t>(port.tensor) >= plan_.tensors.size()) return;
    port.declared = plan_.tensors[static_cast<size_t>(port.tensor)].type.shape;
    if (!port.declared.empty()) choices_.any(port.declared) = any_dim(port.declared[0]);
    if (choices_.one_in(8)) port.declared.emplace_back(1);
  }

  void elements() {
    if (plan_.inputs.empty()) return;
    plan::Port& port = choices_.any(plan_.inputs);
    if (port.elements.empty() || choices_.one_in(8)) return port.elements.push_back(any_dim(Dim(1)));
    Dim& element = choices_.any(port.elements);
    element = choices_.one_in(4) ? number("e.0") : any_dim(element);
  }

  void definition() {
    if (choices_.one_in(3) || plan_.definitions.empty())
      plan_.definitions.push_back({any_dim(Dim(1)), any_dim(Dim(2)), "more"});
    plan::Definition& d = choices_.any(plan_.definitions);
    switch (choices_.below(4)) {
      case 0: d.size = any_dim(d.size); return;
      case 1: d.value = any_dim(d.value); return;
      case 2: std::swap(d, plan_.definitions.back()); return;
      default: plan_.definitions.pop_back();
    }
  }

  void tactic() {
    if (choices_.one_in(3)) plan_.features = {"another"};
    plan::Step& step = any_step();
    step.tactic = choices_.one_in(2) ? any_step().tactic : "reference." + std::string(step.op.name());
  }

  void steps() {
    plan::Step& a = choices_.any(plan_.steps);
    if (choices_.one_in(2))
      std::swap(a, choices_.any(plan_.steps));
    else
      plan_.steps.erase(plan_.steps.begin() + (&a - plan_.steps.data()));
  }

  plan::Plan& plan_;
  Choices& choices_;
};

}  // namespace

void change_plan(plan::Plan& plan, Choices& choices) {
  if (!plan.steps.empty() && !plan.tensors.empty()) Change(plan, choices).one();
}

}  // namespace lathe::fuzz
