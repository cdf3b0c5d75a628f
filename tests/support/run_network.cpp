#include "tests/support/run_network.h"

#include <algorithm>
#include <optional>

#include "backends/reference/evaluate.h"
#include "base/error.h"
#include "ops/if.h"
#include "ops/loop.h"
#include "tests/support/tensors.h"

namespace lathe::test {
namespace {

using backends::reference::Symbols;
using backends::reference::Tensor;

class Run {
 public:
  Run(const ir::Network& network, const NamedTensors& given) : network_(network), values_(network.value_count()) {
    for (const auto& [name, tensor] : given) bind(name, tensor);
    given_entries_ = std::any_of(network.entries.begin(), network.entries.end(),
                                 [&](const ir::Entry& e) { return given.contains(e.name); });
  }

  HostTensor output(const ir::Output& output) {
    require(output.value);
    const Tensor& tensor = *at(output.value);
    return {output.name, tensor.dtype, tensor.shape, tensor.data};
  }

 private:
  std::optional<Tensor>& at(ir::ValueId id) { return values_[static_cast<size_t>(id)]; }

  void bind(const std::string& name, const HostTensor& tensor) {
    ir::ValueId id = ir::kNone;
    for (const ir::Input& input : network_.inputs)
      if (network_.value(input.value).name == name) id = input.value;
    for (const ir::Entry& entry : network_.entries)
      if (entry.name == name) id = entry.value;
    if (id == ir::kNone) fail(ErrorCode::invalid_argument, name, {}, "no input or entry of this name");
    const ops::TensorType& type = network_.value(id).type;
    HostTensor own = converted(tensor, type.dtype);
    at(id) = Tensor{own.dtype, own.shape, own.data};
    if (own.shape.rank() != type.rank())
      fail(ErrorCode::shape_mismatch, name, {}, "is {}, not {}", to_string(own.shape), to_string(type));
    for (int d = 0; d < type.rank(); ++d) solve(name, type.shape[static_cast<size_t>(d)], own.shape[d]);
  }

  void solve(const std::string& name, const Dim& dim, int64_t size) {
    std::vector<std::string> unknown;
    for (const std::string& symbol : dim.symbols())
      if (!symbols_.contains(symbol)) unknown.push_back(symbol);
    int64_t solution = 0;
    if (unknown.size() == 1 && dim.solve(unknown[0], size, &solution)) symbols_[unknown[0]] = solution;
    if (unknown.size() <= 1 && size_of_dim(dim) != size)
      fail(ErrorCode::shape_mismatch, name, {}, "a dimension {} is {}, not {}", dim.str(), size, size_of_dim(dim));
  }

  int64_t size_of_dim(const Dim& dim) const {
    return dim.evaluate([&](std::string_view symbol) {
      auto found = symbols_.find(symbol);
      if (found == symbols_.end()) fail(ErrorCode::not_found, symbol, {}, "the symbol has no value");
      return found->second;
    });
  }

  /// Computes a value and what it needs; an explicit stack, for deep networks.
  void require(ir::ValueId wanted) {
    std::vector<ir::ValueId> stack = {wanted};
    while (!stack.empty()) {
      ir::ValueId id = stack.back();
      if (at(id)) {
        stack.pop_back();
        continue;
      }
      const ir::Value& value = network_.value(id);
      if (value.constant) {
        Shape shape;
        for (const Dim& d : value.type.shape) shape.push_back(d.constant());
        at(id) = Tensor{value.type.dtype, shape, value.constant->data};
        continue;
      }
      if (fill_default(id)) continue;
      const ir::Node& node = network_.node(value.producer);
      size_t before = stack.size();
      for (ir::ValueId input : node.inputs)
        if (!at(input)) stack.push_back(input);
      if (stack.size() == before) evaluate(node);
    }
  }

  void evaluate(const ir::Node& node) {
    std::vector<Tensor> inputs;
    for (ir::ValueId input : node.inputs) inputs.push_back(*at(input));
    std::vector<Tensor> results;
    try {
      results = node.op.is<ops::If>()     ? evaluate_if(node, inputs)
                : node.op.is<ops::Loop>() ? evaluate_loop(node, inputs)
                                          : backends::reference::evaluate(node.op, inputs, symbols_);
    } catch (const Error& error) {
      throw Error(error.code(), node.name, error.what());
    }
    for (size_t i = 0; i < results.size(); ++i) {
      const ops::TensorType& type = network_.value(node.outputs[i]).type;
      // The network's own claim about this value has to hold.
      if (results[i].dtype != type.dtype || results[i].shape.rank() != type.rank())
        fail(ErrorCode::internal, node.name, {}, "gives another type than {}", to_string(type));
      for (int d = 0; d < type.rank(); ++d)
        if (size_of_dim(type.shape[static_cast<size_t>(d)]) != results[i].shape[d])
          fail(ErrorCode::internal, node.name, {}, "gives {} for {}", to_string(results[i].shape), to_string(type));
      if (!at(node.outputs[i])) at(node.outputs[i]) = results[i];
    }
  }

  /// The results of a block for its inputs, in order.
  static std::vector<Tensor> evaluate_block(const ir::Network& block, const std::vector<Tensor>& inputs) {
    NamedTensors given;
    for (size_t i = 0; i < inputs.size(); ++i) {
      const std::string& name = block.value(block.inputs[i].value).name;
      given.emplace(name, HostTensor{name, inputs[i].dtype, inputs[i].shape, inputs[i].data});
    }
    Run run(block, given);
    std::vector<Tensor> results;
    for (const ir::Output& output : block.outputs) {
      const HostTensor result = run.output(output);
      results.push_back({result.dtype, result.shape, result.data});
    }
    return results;
  }

  static bool is_true(const Tensor& flag) { return flag.data.as<uint8_t>()[0] != 0; }

  static std::vector<Tensor> evaluate_if(const ir::Node& node, const std::vector<Tensor>& inputs) {
    return evaluate_block(*node.blocks[is_true(inputs[0]) ? 0 : 1], {inputs.begin() + 1, inputs.end()});
  }

  std::vector<Tensor> evaluate_loop(const ir::Node& node, const std::vector<Tensor>& inputs) {
    const auto& loop = *node.op.as<ops::Loop>();
    const auto carried = static_cast<ptrdiff_t>(loop.carried);
    const int64_t trips = inputs[0].data.as<int64_t>()[0];
    std::vector<Tensor> state(inputs.begin() + 2, inputs.begin() + 2 + carried), results;
    std::vector<std::string> stacked(loop.stacked());
    bool going = is_true(inputs[1]);
    int64_t i = 0;
    for (; going && i < trips; ++i) {
      std::vector<Tensor> given = {{DType::i64, {}, Blob::copy_of(&i, sizeof i)}};
      given.insert(given.end(), state.begin(), state.end());
      given.insert(given.end(), inputs.begin() + 2 + carried, inputs.end());
      const std::vector<Tensor> made = evaluate_block(*node.blocks[0], given);
      going = is_true(made[0]);
      state.assign(made.begin() + 1, made.begin() + 1 + carried);
      for (size_t s = 0; s < stacked.size(); ++s) {
        const Blob& one = made[1 + static_cast<size_t>(carried) + s].data;
        stacked[s].append(reinterpret_cast<const char*>(one.data), one.size);
      }
    }
    symbols_[loop.symbol] = i;
    results = state;
    for (size_t s = 0; s < stacked.size(); ++s) {
      const ops::TensorType& type = loop.results[static_cast<size_t>(carried) + s];
      Shape shape;
      for (const Dim& d : type.shape) shape.push_back(size_of_dim(d));
      results.push_back({type.dtype, shape, Blob::copy_of(stacked[s].data(), stacked[s].size())});
    }
    return results;
  }

  /// Whether the value is an input, or an entry in a run that was given entries: filled as its default says.
  bool fill_default(ir::ValueId id) {
    const ir::Value& value = network_.value(id);
    std::optional<ir::InputDefault> absent;
    for (const ir::Input& input : network_.inputs)
      if (input.value == id) absent = input.absent;
    if (!absent && given_entries_)
      for (const ir::Entry& entry : network_.entries)
        if (entry.value == id) absent = entry.absent;
    if (!absent) return false;
    if (*absent == ir::InputDefault::required)
      fail(ErrorCode::invalid_argument, value.name, "give this input", "it is required");
    Shape shape;
    for (const Dim& d : value.type.shape) shape.push_back(size_of_dim(d));
    std::vector<double> data(static_cast<size_t>(shape.count()), *absent == ir::InputDefault::ones ? 1 : 0);
    if (*absent == ir::InputDefault::positions) {
      std::vector<int64_t> starts = sequence_starts(shape);
      auto next = starts.begin();
      for (size_t i = 0, start = 0; i < data.size(); ++i) {
        while (next != starts.end() && static_cast<size_t>(*next) <= i) start = static_cast<size_t>(*next++);
        data[i] = static_cast<double>(i - start);
      }
    }
    HostTensor filled = make_tensor(value.name, value.type.dtype, shape, data);
    at(id) = Tensor{filled.dtype, filled.shape, filled.data};
    return true;
  }

  /// Flat positions where counting starts again: rows, or sequences of packed tokens.
  std::vector<int64_t> sequence_starts(const Shape& shape) {
    std::vector<int64_t> starts;
    if (shape.rank() != 1) {
      for (int64_t i = 0; shape[-1] > 0 && i < shape.count(); i += shape[-1]) starts.push_back(i);
      return starts;
    }
    for (const ir::Entry& entry : network_.entries)
      if (entry.role.role == Role::bounds && at(entry.value))
        for (double start : to_doubles({"", DType::i32, at(entry.value)->shape, at(entry.value)->data}))
          starts.push_back(static_cast<int64_t>(start));
    return starts;
  }

  const ir::Network& network_;
  std::vector<std::optional<Tensor>> values_;
  Symbols symbols_;
  bool given_entries_ = false;
};

}  // namespace

NamedTensors run_network(const ir::Network& network, const NamedTensors& given,
                         const std::vector<std::string>& wanted) {
  Run run(network, given);
  NamedTensors results;
  for (const std::string& name : wanted)
    if (std::none_of(network.outputs.begin(), network.outputs.end(), [&](const auto& o) { return o.name == name; }))
      fail(ErrorCode::invalid_argument, name, {}, "no output of this name");
  for (const ir::Output& output : network.outputs) {
    bool takes =
        wanted.empty() ? !output.on_demand : std::find(wanted.begin(), wanted.end(), output.name) != wanted.end();
    if (takes) results.emplace(output.name, run.output(output));
  }
  return results;
}

}  // namespace lathe::test
