#include "runtime/engine_data.h"

#include <algorithm>

#include "backends/choose.h"
#include "base/error.h"
#include "base/log.h"
#include "ops/linear.h"
#include "plan/sequences.h"

namespace lathe::runtime {

EngineData::EngineData(Plan source) : handle(std::move(source)), plan(*handle.data()) {
  index_symbols();
  index_ports();
  prepare_steps();
}

int EngineData::symbol(std::string_view name) const {
  auto known = symbol_index_.find(name);
  return known == symbol_index_.end() ? -1 : known->second;
}

int EngineData::dim_index(const Dim& dim) {
  auto [known, is_new] = dim_index_.try_emplace(dim.str(), static_cast<int>(dims.size()));
  if (!is_new) return known->second;
  dims.push_back(dim);
  for (const std::string& name : dim.symbols()) note_symbol(name);
  return known->second;
}

void EngineData::note_symbol(const std::string& name) {
  if (!symbol_index_.try_emplace(name, static_cast<int>(symbols.size())).second) return;
  symbols.push_back(name);
  bounds.emplace_back();
}

void EngineData::index_symbols() {
  for (const plan::Tensor& tensor : plan.tensors) {
    std::vector<int>& shape = shapes.emplace_back();
    for (const Dim& d : tensor.type.shape) shape.push_back(dim_index(d));
  }
  for (const plan::RuntimeSymbol& runtime : plan.runtime_symbols) {
    note_symbol(runtime.name);
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

void EngineData::index_ports() {
  port_of.assign(plan.tensors.size(), -1);
  is_bounds.assign(plan.tensors.size(), false);
  for (size_t i = 0; i < plan.inputs.size(); ++i)
    port_of[static_cast<size_t>(plan.inputs[i].tensor)] = static_cast<int>(i);
  for (size_t i = 0; i < plan.inputs.size(); ++i) {
    const std::vector<Dim>& shape = plan.tensors[static_cast<size_t>(plan.inputs[i].tensor)].type.shape;
    for (size_t d = 0; d < shape.size(); ++d)
      if (shape[d].symbols().size() > 1) joint_dims.emplace_back(i, d);
  }
  std::vector<plan::Sequences> bound;
  for (plan::Sequences& sequences : plan::find_sequences(plan)) {
    is_bounds[static_cast<size_t>(sequences.tensor)] = true;
    const int port = port_of[static_cast<size_t>(sequences.tensor)];
    if (port < 0) continue;
    bounds_ports.push_back({static_cast<size_t>(port), {}, sequences.longest.evaluate([&](std::string_view name) {
                              return plan.most(name);
                            })});
    for (const Dim& rows : sequences.rows) bounds_ports.back().rows.push_back(dim_index(rows));
    bound.push_back(std::move(sequences));
  }
  for (const plan::Port& port : plan.inputs) {
    const bool counts = port.form == plan::Form::packed && port.absent == ops::InputDefault::positions;
    const plan::Sequences* from =
        counts ? plan::find_bounds(bound, plan.tensors[static_cast<size_t>(port.tensor)]) : nullptr;
    positions_from.push_back(from ? port_of[static_cast<size_t>(from->tensor)] : -1);
  }
}

namespace {

/// The run-time symbols that a step writes.
std::vector<int> written_symbols(const EngineData& engine, const plan::Step& step) {
  ops::Types types;
  for (int t : step.inputs) types.push_back(engine.plan.tensors[static_cast<size_t>(t)].type);
  std::vector<int> written;
  for (const ops::Count& count : step.op.counts(types)) written.push_back(engine.symbol(count.symbol));
  return written;
}

}  // namespace

void EngineData::prepare_sizes(PreparedStep& prepared) {
  const plan::Step& step = *prepared.step;
  const std::vector<Dim> own = step.op.dims();
  if (!std::all_of(own.begin(), own.end(), [](const Dim& d) { return d.is_constant(); }))
    for (const Dim& d : own) prepared.sizes.push_back(dim_index(d));
  counter.resize(symbols.size(), -1);
  for (int s : prepared.symbols) counter[static_cast<size_t>(s)] = static_cast<int>(prepared.step - plan.steps.data());
  const auto note_counted = [&](const Dim& d) {
    for (const std::string& name : d.symbols())
      if (const int s = symbol(name); bounds[static_cast<size_t>(s)]) prepared.counted.push_back(s);
  };
  for (const Dim& d : own) note_counted(d);
  for (int t : step.outputs)
    for (const Dim& d : plan.tensors[static_cast<size_t>(t)].type.shape) note_counted(d);
  ops::Types types;
  for (int t : step.inputs) types.push_back(plan.tensors[static_cast<size_t>(t)].type);
  ops::Equalities needed;
  step.op.infer(types, needed);
  const auto counted = [&](const Dim& d) {
    const std::vector<std::string> names = d.symbols();
    return std::any_of(names.begin(), names.end(),
                       [&](const std::string& name) { return bounds[static_cast<size_t>(symbol(name))].has_value(); });
  };
  for (const ops::Equality& e : needed)
    prepared.equal.push_back({dim_index(e.a), dim_index(e.b), counted(e.a) || counted(e.b)});
}

void EngineData::prepare_steps() {
  backends::Machine machine = backends::this_machine(ThreadPool::default_threads());
  if (plan.precision == "bf16" && !machine.features.has(Feature::avx512_bf16))
    fail(ErrorCode::unsupported_machine, plan.name, "build the plan again with --precision fp32",
         "the plan is bf16, which needs avx512_bf16 or amx_bf16; this machine has {}",
         to_string(name_of(machine.features)));
  const plan::Profile& profile = plan.profiles.at(0);
  auto typical = [&](std::string_view name) -> int64_t {
    auto known = profile.find(std::string(name));
    if (known != profile.end()) return known->second.opt;
    const std::optional<Dim>& bound = bounds[static_cast<size_t>(symbol(name))];
    if (!bound) return 1;
    return bound->evaluate([&](std::string_view inner) -> int64_t {
      auto extent = profile.find(std::string(inner));
      return extent == profile.end() ? 1 : extent->second.opt;
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
  std::vector<bool> fixed(plan.weights.size()), transposed;
  for (const plan::Weight& weight : plan.weights) {
    formats.push_back(weight.format);
    transposed.push_back(weight.transposed);
  }
  // Callers read an output row-major.
  for (const plan::OutputPort& port : plan.outputs)
    if (int w = plan.tensors[static_cast<size_t>(port.tensor)].weight;
        plan.tensors[static_cast<size_t>(port.tensor)].storage == plan::Storage::weight)
      fixed[static_cast<size_t>(w)] = true;

  // On the plan's own kind of machine its choices hold; elsewhere each step is asked again.
  bool foreign = plan.features != machine.features.names();
  int changed = 0, repacked = 0;
  BlobRegion region;
  for (const plan::Step& step : plan.steps) {
    std::vector<backends::Operand> inputs, outputs;
    for (int t : step.inputs) {
      inputs.push_back(operand(t));
      if (!inputs.back().constant) continue;
      const auto w = static_cast<size_t>(plan.tensors[static_cast<size_t>(t)].weight);
      inputs.back().format = formats[w];
      inputs.back().transposed = transposed[w];
    }
    for (int t : step.outputs) outputs.push_back(operand(t));
    backends::Question question{step.op, inputs, outputs, machine};
    const backends::Tactic* tactic = foreign ? nullptr : backends::find_tactic(step.tactic);
    if (tactic && (tactic->op() != step.op.name() || !tactic->refuse(question).empty())) tactic = nullptr;
    // Views that are narrower than their base need a tactic that takes them.
    std::vector<bool> strided;
    for (int t : step.inputs) strided.push_back(columns[static_cast<size_t>(t)]);
    for (size_t i = 0; tactic && i < strided.size(); ++i)
      if (strided[i] && !tactic->strided_input(i)) tactic = nullptr;
    if (!tactic) tactic = backends::choose(question, strided).tactic;
    if (!tactic)
      fail(ErrorCode::unsupported_machine, step.name,
           fmt::format("build the plan for this machine (--precision best), or run it where {} is",
                       name_of(plan.features)),
           "no tactic runs {} in {} here", step.op.str(), plan.precision);
    changed += tactic->name() != step.tactic;
    for (size_t i = 0; i < step.inputs.size(); ++i) {
      const plan::Tensor& tensor = plan.tensors[static_cast<size_t>(step.inputs[i])];
      if (tensor.storage != plan::Storage::weight) continue;
      auto w = static_cast<size_t>(tensor.weight);
      const plan::Weight& weight = plan.weights[w];
      std::string_view wanted = tactic->weight_format(question, i);
      const auto* linear = step.op.as<ops::Linear>();
      const bool turned = linear ? linear->transposed : transposed[w];
      if (fixed[w] && (formats[w] != wanted || (!wanted.empty() && transposed[w] != turned)))
        fail(ErrorCode::unsupported_machine, step.name, "build the plan for this machine",
             "weight {} is wanted in two formats", weight.name);
      fixed[w] = true;
      if (formats[w] != wanted) {
        // A row-major weight does not say which way its reader takes it.
        if (formats[w].empty()) transposed[w] = turned;
        weights[w] = backends::repack(weight.name, weights[w], weight.dtype, weight.shape, transposed[w], formats[w],
                                      wanted, region);
        formats[w] = wanted;
        ++repacked;
      }
      backends::check_packed_size(weight.name, formats[w], weight.shape, transposed[w], weight.dtype, weights[w].size);
    }
    PreparedStep prepared;
    prepared.step = &step;
    prepared.tactic = tactic->name();
    prepared.run = tactic->prepare(question);
    prepared.symbols = written_symbols(*this, step);
    prepare_sizes(prepared);
    steps.push_back(std::move(prepared));
  }
  if (foreign)
    log(LogLevel::info,
        "plan {} was built for {}; on this {} machine {} of {} tactics were chosen again, {} weights packed again",
        plan.name, name_of(plan.features), to_string(name_of(machine.features)), changed, steps.size(), repacked);
}

}  // namespace lathe::runtime
