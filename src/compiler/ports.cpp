#include "compiler/ports.h"

#include <algorithm>

#include "backends/choose.h"
#include "backends/step.h"
#include "base/error.h"
#include "ops/copy.h"

namespace lathe::compiler {
namespace {

plan::Tensor& at(plan::Plan& plan, int tensor) { return plan.tensors[static_cast<size_t>(tensor)]; }

/// What converts between two tensors of one type and device.
plan::Step conversion(plan::Plan& plan, int from, int to, const backends::Machine& machine) {
  plan::Step step;
  step.name = "copy." + at(plan, to).name;
  step.op = ops::Copy{};
  step.device = at(plan, to).device;
  step.inputs = {from};
  step.outputs = {to};
  backends::Operand whole{at(plan, from).type, {}};
  for (const Dim& d : whole.type.shape)
    whole.typical.push_back(d.evaluate([&](std::string_view symbol) { return plan.typical(symbol); }));
  const backends::Question question{
      step.op, {&whole, 1}, {&whole, 1}, machine, plan.devices[static_cast<size_t>(step.device)]};
  const Format &in = at(plan, from).format, &out = at(plan, to).format;
  const backends::Choice choice = backends::choose(
      question, backends::takes(question, {{backends::layout_of(in), in}}, {{backends::layout_of(out), out}}));
  if (!choice.tactic)
    fail(ErrorCode::unsupported, step.name, {}, "no tactic brings {} to {} ({})", to_string(in), to_string(out),
         choice.reasons());
  step.tactic = choice.tactic->name();
  step.estimate_us = choice.cost;
  for (const auto& rival : choice.rivals) step.rivals.push_back({rival.tactic, rival.reason});
  return step;
}

int add_tensor(plan::Plan& plan, int like, std::string_view suffix, const Format& format) {
  plan::Tensor made{at(plan, like).name + std::string(suffix), at(plan, like).type, plan::Storage::arena};
  made.device = at(plan, like).device;
  made.format = format;
  plan.tensors.push_back(std::move(made));
  return static_cast<int>(plan.tensors.size()) - 1;
}

void rename_reads(std::vector<plan::Step>& steps, int from, int to) {
  for (plan::Step& step : steps) {
    std::replace(step.inputs.begin(), step.inputs.end(), from, to);
    for (plan::Block& block : step.blocks) {
      std::replace(block.inputs.begin(), block.inputs.end(), from, to);
      std::replace(block.outputs.begin(), block.outputs.end(), from, to);
      rename_reads(block.steps, from, to);
    }
  }
}

[[noreturn]] void refuse(const std::string& name) {
  fail(ErrorCode::unsupported, name, "leave it row-major",
       "a port that a run may leave out, or that means something beside its values, has no format of its own");
}

void convert_input(plan::Plan& plan, const plan::Port& port, const Format& format, const backends::Machine& machine) {
  if (port.absent != ops::InputDefault::required || port.role.role != Role::plain || port.form != plan::Form::any)
    refuse(port.name);
  const int bound = port.tensor, dense = add_tensor(plan, bound, ":row-major", {});
  rename_reads(plan.steps, bound, dense);
  for (plan::Tensor& tensor : plan.tensors)
    if (tensor.base == bound) tensor.base = dense;
  for (plan::OutputPort& output : plan.outputs)
    if (output.tensor == bound) output.tensor = dense;
  at(plan, bound).format = format;
  plan.steps.insert(plan.steps.begin(), conversion(plan, bound, dense, machine));
  for (plan::Step& step : plan.steps)
    for (int& before : step.waits) ++before;
}

}  // namespace

void set_port_formats(plan::Plan& plan, const PortFormats& formats, const backends::Machine& machine) {
  for (plan::Port& port : plan.inputs)
    if (const auto f = formats.inputs.find(port.name); f != formats.inputs.end() && !f->second.is_dense())
      convert_input(plan, port, f->second, machine);
  for (plan::OutputPort& port : plan.outputs) {
    const auto f = formats.outputs.find(port.name);
    if (f == formats.outputs.end() || f->second.is_dense()) continue;
    if (port.role.role != Role::plain) refuse(port.name);
    const int made = add_tensor(plan, port.tensor, ":" + port.name, f->second);
    plan.steps.push_back(conversion(plan, port.tensor, made, machine));
    port.tensor = made;
  }
}

}  // namespace lathe::compiler
