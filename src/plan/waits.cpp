#include "plan/waits.h"

#include <algorithm>
#include <map>
#include <numeric>

#include "ops/copy.h"

namespace lathe::plan {
namespace {

class Waits {
 public:
  explicit Waits(const Plan& plan) : plan_(plan), producer_(plan.tensors.size(), -1) {}

  std::vector<std::vector<int>> all() {
    std::vector<std::vector<int>> list(plan_.steps.size());
    for (size_t s = 0; s < plan_.steps.size(); ++s) {
      latest_.assign(plan_.devices.size(), -1);
      const Step& step = plan_.steps[s];
      ops::Types types;
      for (int t : step.inputs) {
        types.push_back(tensor(t).type);
        if (const int from = producer_[static_cast<size_t>(plan_.root(t))]; from >= 0 && device(from) != step.device)
          need(from);
        need_sizes(step, tensor(t));
      }
      for (int t : step.outputs) need_sizes(step, tensor(t));
      need_on_host(step, types);
      need_within(step);
      for (int from : latest_)
        if (from >= 0) list[s].push_back(from);
      std::sort(list[s].begin(), list[s].end());
      for (int t : step.outputs) producer_[static_cast<size_t>(t)] = static_cast<int>(s);
      if (step.device != kHost)
        for (const ops::Count& count : step.op.counts(types)) counted_.emplace(count.symbol, static_cast<int>(s));
    }
    return list;
  }

 private:
  const Tensor& tensor(int t) const { return plan_.tensors[static_cast<size_t>(t)]; }
  int device(int step) const { return plan_.steps[static_cast<size_t>(step)].device; }
  void need(int step) {
    if (device(step) == kHost) return;
    int& latest = latest_[static_cast<size_t>(device(step))];
    latest = std::max(latest, step);
  }

  /// Sizes in attributes are told as numbers, and what must be equal is compared on the host.
  void need_on_host(const Step& step, const ops::Types& types) {
    if (counted_.empty()) return;
    std::vector<Dim> dims = step.op.dims();
    ops::Equalities needed;
    step.op.infer(types, needed);
    for (const ops::Equality& e : needed) dims.insert(dims.end(), {e.a, e.b});
    for (const Dim& d : dims)
      for (const std::string& name : d.symbols())
        if (auto count = counted_.find(name); count != counted_.end()) need(count->second);
  }

  /// What a block speaks of is known before the step that runs it begins.
  void need_within(const Step& step) {
    if (counted_.empty()) return;
    for (const Block& block : step.blocks) {
      for (const std::vector<int>* list : {&block.inputs, &block.outputs})
        for (int t : *list) need_sizes(step, tensor(t));
      for (const Step& inner : block.steps) {
        ops::Types types;
        for (int t : inner.inputs) types.push_back(tensor(t).type);
        for (const std::vector<int>* list : {&inner.inputs, &inner.outputs})
          for (int t : *list) need_sizes(inner, tensor(t));
        need_on_host(inner, types);
        need_within(inner);
      }
    }
  }

  void need_sizes(const Step& step, const Tensor& of) {
    if (counted_.empty()) return;
    for (const Dim& d : of.type.shape) {
      std::vector<int> own;
      std::string symbol;
      for (const std::string& name : d.symbols()) {
        auto count = counted_.find(name);
        if (count == counted_.end()) continue;
        if (device(count->second) != step.device)
          need(count->second);
        else
          own.push_back(count->second), symbol = name;
      }
      if (own.size() > 1 || (own.size() == 1 && !d.linear_in(symbol)))
        for (int from : own) need(from);
    }
  }

  const Plan& plan_;
  std::vector<int> producer_;           ///< per tensor
  std::map<std::string, int> counted_;  ///< by devices: a symbol, the step that counts it
  std::vector<int> latest_;             ///< per device
};

}  // namespace

std::vector<std::vector<int>> needed_waits(const Plan& plan) {
  if (plan.devices.size() == 1) return std::vector<std::vector<int>>(plan.steps.size());
  return Waits(plan).all();
}

void note_waits(Plan& plan) {
  std::vector<std::vector<int>> needed = needed_waits(plan);
  for (size_t s = 0; s < plan.steps.size(); ++s) plan.steps[s].waits = std::move(needed[s]);
}

std::vector<int> copy_sources(const Plan& plan) {
  std::vector<int> source(plan.tensors.size());
  std::iota(source.begin(), source.end(), 0);
  for (const Step& step : plan.steps)
    if (step.op.is<ops::Copy>())
      source[static_cast<size_t>(step.outputs[0])] = source[static_cast<size_t>(step.inputs[0])];
  return source;
}

}  // namespace lathe::plan
