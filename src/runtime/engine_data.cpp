#include "runtime/engine_data.h"

#include <algorithm>

#include "backends/choose.h"
#include "base/error.h"
#include "base/log.h"

namespace lathe::runtime {

EngineData::EngineData(Plan source) : handle(std::move(source)), plan(*handle.data()) {
  index_symbols();
  prepare_steps();
  if (auto limit = plan.profile.find("seq"); limit != plan.profile.end()) max_seq = limit->second.max;
}

int EngineData::symbol(std::string_view name) const {
  for (size_t i = 0; i < symbols.size(); ++i)
    if (symbols[i] == name) return static_cast<int>(i);
  return -1;
}

int EngineData::dim_index(const Dim& dim) {
  for (size_t i = 0; i < dims.size(); ++i)
    if (dims[i] == dim) return static_cast<int>(i);
  dims.push_back(dim);
  return static_cast<int>(dims.size() - 1);
}

void EngineData::index_symbols() {
  auto note = [&](const std::string& name) {
    if (symbol(name) >= 0) return;
    symbols.push_back(name);
    bounds.emplace_back(0);
  };
  for (const plan::Tensor& tensor : plan.tensors) {
    std::vector<int>& shape = shapes.emplace_back();
    for (const Dim& d : tensor.type.shape) {
      shape.push_back(dim_index(d));
      for (const std::string& name : d.symbols()) note(name);
    }
  }
  for (const plan::RuntimeSymbol& runtime : plan.runtime_symbols) {
    note(runtime.name);
    bounds[static_cast<size_t>(symbol(runtime.name))] = runtime.bound;
  }
  producer.assign(plan.tensors.size(), -1);
  for (size_t s = 0; s < plan.steps.size(); ++s)
    for (int t : plan.steps[s].outputs) producer[static_cast<size_t>(t)] = static_cast<int>(s);
  for (size_t t = 0; t < plan.tensors.size(); ++t) {
    bool view = plan.tensors[t].storage == plan::Storage::view;
    root.push_back(view ? plan.tensors[t].base : static_cast<int>(t));
    columns.push_back(view && !(count_of(plan.tensors[t].type.shape) ==
                                count_of(plan.tensors[static_cast<size_t>(root[t])].type.shape)));
  }
}

void EngineData::prepare_steps() {
  backends::Machine machine = backends::this_machine(ThreadPool::default_threads());
  if (plan.precision == "bf16" && machine.isa < Isa::avx512_bf16)
    fail(ErrorCode::unsupported_machine, plan.name, "build the plan again with --precision fp32",
         "the plan is bf16, which needs avx512_bf16 or amx_bf16; this machine has {}", to_string(machine.isa));
  auto typical = [&](std::string_view name) -> int64_t {
    auto known = plan.profile.find(std::string(name));
    if (known != plan.profile.end()) return known->second.opt;
    const Dim& bound = bounds[static_cast<size_t>(symbol(name))];
    return bound.evaluate([&](std::string_view inner) -> int64_t {
      auto extent = plan.profile.find(std::string(inner));
      return extent == plan.profile.end() ? 1 : extent->second.opt;
    });
  };
  auto operand = [&](int t) {
    const plan::Tensor& tensor = plan.tensors[static_cast<size_t>(t)];
    backends::Operand result{tensor.type, {}, tensor.storage == plan::Storage::weight};
    for (const Dim& d : tensor.type.shape) result.typical.push_back(d.evaluate(typical));
    return result;
  };
  for (const plan::Weight& weight : plan.weights) weights.push_back(weight.data);
  std::vector<std::string> formats;
  for (const plan::Weight& weight : plan.weights) formats.push_back(weight.format);
  std::vector<bool> fixed(plan.weights.size());

  // On the plan's own kind of machine its choices hold; elsewhere each step is asked again.
  bool foreign = plan.isa != to_string(machine.isa);
  int changed = 0, repacked = 0;
  BlobRegion region;
  for (const plan::Step& step : plan.steps) {
    std::vector<backends::Operand> inputs, outputs;
    for (int t : step.inputs) inputs.push_back(operand(t));
    for (int t : step.outputs) outputs.push_back(operand(t));
    backends::Question question{step.op, inputs, outputs, machine};
    const backends::Tactic* tactic = foreign ? nullptr : backends::find_tactic(step.tactic);
    if (tactic && (tactic->op() != step.op.name() || !tactic->refuse(question).empty())) tactic = nullptr;
    if (!tactic) tactic = backends::choose(question, {}).tactic;
    if (!tactic)
      fail(ErrorCode::unsupported_machine, step.name,
           fmt::format("build the plan for this machine (--precision best), or run it where {} is", plan.isa),
           "no tactic runs {} in {} here", step.op.str(), plan.precision);
    changed += tactic->name() != step.tactic;
    for (size_t i = 0; i < step.inputs.size(); ++i) {
      const plan::Tensor& tensor = plan.tensors[static_cast<size_t>(step.inputs[i])];
      // Views that are narrower than their base need a tactic that takes them.
      if (columns[static_cast<size_t>(step.inputs[i])] && !tactic->strided_input(i))
        fail(ErrorCode::unsupported_machine, step.name, "build the plan for this machine",
             "tactic {} cannot read the view {}", tactic->name(), tensor.name);
      if (tensor.storage != plan::Storage::weight) continue;
      auto w = static_cast<size_t>(tensor.weight);
      std::string_view wanted = tactic->weight_format(question, i);
      if (fixed[w] && formats[w] != wanted)
        fail(ErrorCode::unsupported_machine, step.name, "build the plan for this machine",
             "weight {} is wanted in two formats", plan.weights[w].name);
      fixed[w] = true;
      if (formats[w] == wanted) {
        backends::check_packed_size(plan.weights[w].name, formats[w], plan.weights[w].shape, plan.weights[w].transposed,
                                    plan.weights[w].dtype, weights[w].size);
        continue;
      }
      weights[w] = backends::repack(plan.weights[w].name, weights[w], plan.weights[w].dtype, plan.weights[w].shape,
                                    plan.weights[w].transposed, formats[w], wanted, region);
      formats[w] = wanted;
      ++repacked;
    }
    PreparedStep prepared;
    prepared.step = &step;
    prepared.tactic = tactic->name();
    prepared.run = tactic->prepare(question);
    if (step.op.traits().defines_symbols)
      for (int t : step.outputs)
        for (const Dim& d : plan.tensors[static_cast<size_t>(t)].type.shape)
          for (const std::string& name : d.symbols()) {
            int s = symbol(name);
            bool runtime = !(bounds[static_cast<size_t>(s)] == Dim(0));
            if (runtime && std::find(prepared.symbols.begin(), prepared.symbols.end(), s) == prepared.symbols.end())
              prepared.symbols.push_back(s);
          }
    steps.push_back(std::move(prepared));
  }
  if (foreign)
    log(LogLevel::info,
        "plan {} was built for {}; on this {} machine {} of {} tactics were chosen again, {} weights packed again",
        plan.name, plan.isa, to_string(machine.isa), changed, steps.size(), repacked);
}

}  // namespace lathe::runtime
