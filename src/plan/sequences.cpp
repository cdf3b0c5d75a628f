#include "plan/sequences.h"

#include <algorithm>
#include <map>

#include "ops/pack_index.h"
#include "plan/waits.h"

namespace lathe::plan {

std::vector<Sequences> find_sequences(const Plan& plan) {
  std::map<int, Sequences> found;
  auto note = [&](int tensor, const Dim* rows) -> Sequences& {
    Sequences& sequences = found.try_emplace(tensor, Sequences{tensor, {}, Dim(0)}).first->second;
    if (rows != nullptr && std::find(sequences.rows.begin(), sequences.rows.end(), *rows) == sequences.rows.end())
      sequences.rows.push_back(*rows);
    return sequences;
  };
  const std::vector<int> source = copy_sources(plan);
  for_each_step(plan.steps, [&](const Step& step) {
    if (const auto* pack = step.op.as<ops::PackIndex>()) {
      const Dim tokens = Dim::symbol(pack->symbol);
      note(step.outputs[1], &tokens).longest = plan.tensors[static_cast<size_t>(step.inputs[0])].type.shape[1];
    }
    if (auto bounds = step.op.bounds())
      note(source[static_cast<size_t>(step.inputs[bounds->input])],
           bounds->delimits_rows ? &plan.tensors[static_cast<size_t>(step.inputs[0])].type.shape[0] : nullptr);
  });
  std::vector<Sequences> list;
  for (auto& [tensor, sequences] : found) list.push_back(std::move(sequences));
  return list;
}

const Sequences* find_bounds(const std::vector<Sequences>& bound, const Tensor& tensor) {
  if (tensor.type.rank() != 1) return nullptr;
  auto place = std::find_if(bound.begin(), bound.end(), [&](const Sequences& sequences) {
    return std::find(sequences.rows.begin(), sequences.rows.end(), tensor.type.shape[0]) != sequences.rows.end();
  });
  return place == bound.end() ? nullptr : &*place;
}

}  // namespace lathe::plan
