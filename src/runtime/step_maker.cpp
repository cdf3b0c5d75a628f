#include "runtime/step_maker.h"

#include <algorithm>

#include "base/error.h"
#include "base/log.h"
#include "ops/copy.h"
#include "ops/linear.h"

namespace lathe::runtime {
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

StepMaker::StepMaker(EngineData& engine)
    : engine_(engine),
      plan_(engine.plan),
      machine_(backends::this_machine(ThreadPool::default_threads())),
      foreign_(plan_.features != machine_.features.names()),
      fixed_(plan_.weights.size()) {
  for (const plan::Weight& weight : plan_.weights) {
    engine_.weights.push_back(weight.data);
    formats_.push_back(weight.format);
    transposed_.push_back(weight.transposed);
  }
  // Callers read an output row-major.
  for (const plan::OutputPort& port : plan_.outputs) keep_row_major(port.tensor);
}

void StepMaker::check_precision() const {
  if (plan_.precision == "bf16" && !machine_.features.has(Feature::avx512_bf16))
    fail(ErrorCode::unsupported_machine, plan_.name, "build the plan again with --precision fp32",
         "the plan is bf16, which needs avx512_bf16 or amx_bf16; this machine has {}",
         to_string(name_of(machine_.features)));
}

std::vector<PreparedStep> StepMaker::make(const std::vector<plan::Step>& steps, bool within_block) {
  std::vector<PreparedStep> made;
  for (size_t s = 0; s < steps.size(); ++s) {
    made.push_back(make(steps[s]));
    engine_.prepare_sizes(made.back());
    // Only a run knows whether a block comes to its steps.
    for (PreparedStep::Equal& e : made.back().equal) e.counted = e.counted || within_block;
    for (const std::vector<int>* list : {&steps[s].inputs, &steps[s].outputs})
      for (int t : *list)
        for (int d : engine_.shapes[static_cast<size_t>(t)])
          if (within_block && !engine_.dims[static_cast<size_t>(d)].is_rising()) made.back().whole.push_back(d);
    for (int symbol : made.back().symbols) engine_.counter[static_cast<size_t>(symbol)] = static_cast<int>(s);
  }
  return made;
}

void StepMaker::tell_choices() const {
  if (foreign_)
    log(LogLevel::info,
        "plan {} was built for {}; on this {} machine {} of {} tactics were chosen again, {} weights packed again",
        plan_.name, name_of(plan_.features), to_string(name_of(machine_.features)), changed_, number_, repacked_);
}

void StepMaker::keep_row_major(int t) {
  if (tensor(t).storage == plan::Storage::weight) fixed_[static_cast<size_t>(tensor(t).weight)] = true;
}

PreparedStep StepMaker::make(const plan::Step& step) {
  PreparedStep prepared;
  prepared.step = &step;
  prepared.number = number_++;
  prepared.tactic = step.tactic;
  prepared.symbols = written_symbols(engine_, step);
  if (!step.blocks.empty()) {
    for (int t : step.inputs) keep_row_major(t);
    for (const plan::Block& block : step.blocks) {
      for (int t : block.outputs) keep_row_major(t);
      prepared.blocks.push_back(make(block.steps, true));
    }
  } else if (step.op.is<ops::Copy>() && tensor(step.inputs[0]).device != tensor(step.outputs[0]).device) {
    keep_row_major(step.inputs[0]);
  } else {
    choose(step, prepared);
  }
  return prepared;
}

backends::Operand StepMaker::operand(int t) const {
  backends::Operand result{tensor(t).type, {}, tensor(t).storage == plan::Storage::weight};
  for (const Dim& d : tensor(t).type.shape)
    result.typical.push_back(d.evaluate([this](std::string_view name) { return plan_.typical(name); }));
  if (result.constant) {
    result.format = formats_[static_cast<size_t>(tensor(t).weight)];
    result.transposed = transposed_[static_cast<size_t>(tensor(t).weight)];
  }
  return result;
}

void StepMaker::choose(const plan::Step& step, PreparedStep& prepared) {
  const std::string& device = plan_.devices[static_cast<size_t>(step.device)];
  std::vector<backends::Operand> inputs, outputs;
  for (int t : step.inputs) inputs.push_back(operand(t));
  for (int t : step.outputs) outputs.push_back(operand(t));
  backends::Question question{step.op, inputs, outputs, machine_, device};
  const backends::Tactic* tactic =
      foreign_ && step.device == plan::kHost ? nullptr : backends::find_tactic(step.tactic, device);
  if (tactic && (tactic->op() != step.op.name() || !tactic->refuse(question).empty())) tactic = nullptr;
  // Views that are narrower than their base, and formats, need a tactic that takes them.
  const backends::Demand demand = backends::takes(question, lying(step.inputs), lying(step.outputs));
  if (tactic && !demand(*tactic).empty()) tactic = nullptr;
  if (!tactic) tactic = choose_again(step, question, demand);
  changed_ += tactic->name() != step.tactic;
  for (size_t i = 0; i < step.inputs.size(); ++i) {
    if (tensor(step.inputs[i]).storage != plan::Storage::weight) continue;
    const auto* linear = step.op.as<ops::Linear>();
    const auto w = static_cast<size_t>(tensor(step.inputs[i]).weight);
    settle(step, w, tactic->weight_format(question, i), linear ? linear->transposed : transposed_[w], device);
  }
  prepared.tactic = tactic->name();
  prepared.run = tactic->prepare(question);
  if (step.device == plan::kHost)
    prepared.cpu = static_cast<const backends::CpuStep*>(prepared.run.get());
  else
    prepared.device = static_cast<const backends::DeviceStep*>(prepared.run.get());
}

std::vector<backends::Lying> StepMaker::lying(const std::vector<int>& tensors) const {
  std::vector<backends::Lying> list;
  for (int t : tensors) list.push_back({engine_.layout[static_cast<size_t>(t)], tensor(t).format});
  return list;
}

const backends::Tactic* StepMaker::choose_again(const plan::Step& step, const backends::Question& question,
                                                const backends::Demand& demand) const {
  const backends::Choice choice = backends::choose(question, demand);
  if (choice.tactic) return choice.tactic;
  fail(
      ErrorCode::unsupported_machine, step.name,
      fmt::format("build the plan for this machine (--precision best), or run it where {} is", name_of(plan_.features)),
      "no tactic runs {} in {} here ({})", step.op.str(), plan_.precision, choice.reasons());
}

void StepMaker::settle(const plan::Step& step, size_t w, std::string_view wanted, bool turned,
                       std::string_view device) {
  const plan::Weight& weight = plan_.weights[w];
  if (fixed_[w] && (formats_[w] != wanted || (!wanted.empty() && transposed_[w] != turned)))
    fail(ErrorCode::unsupported_machine, step.name, "build the plan for this machine",
         "weight {} is wanted in two formats", weight.name);
  fixed_[w] = true;
  if (formats_[w] != wanted) {
    // A row-major weight does not say which way its reader takes it.
    if (formats_[w].empty()) transposed_[w] = turned;
    engine_.weights[w] = backends::repack(weight.name, engine_.weights[w], weight.dtype, weight.shape, transposed_[w],
                                          formats_[w], wanted, region_, device);
    formats_[w] = wanted;
    ++repacked_;
  }
  backends::check_packed_size(weight.name, formats_[w], weight.shape, transposed_[w], weight.dtype,
                              engine_.weights[w].size, device);
}

}  // namespace lathe::runtime
