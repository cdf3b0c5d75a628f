#include "plan/sequences.h"

#include <algorithm>

#include "ops/pack_index.h"

namespace lathe::plan {

std::vector<Sequences> find_sequences(const Plan& plan) {
  std::vector<Sequences> found;
  auto note = [&](int tensor, const Dim* rows) {
    auto place = std::find_if(found.begin(), found.end(), [&](const Sequences& s) { return s.tensor == tensor; });
    if (place == found.end()) place = found.insert(found.end(), {tensor, {}});
    if (rows != nullptr && std::find(place->rows.begin(), place->rows.end(), *rows) == place->rows.end())
      place->rows.push_back(*rows);
  };
  for (const Step& step : plan.steps) {
    if (const auto* pack = step.op.as<ops::PackIndex>()) {
      const Dim tokens = Dim::symbol(pack->symbol);
      note(step.outputs[1], &tokens);
    }
    if (auto bounds = ops::sequence_bounds(step.op))
      note(step.inputs[bounds->input],
           bounds->delimits_rows ? &plan.tensors[static_cast<size_t>(step.inputs[0])].type.shape[0] : nullptr);
  }
  return found;
}

int find_bounds_port(const Plan& plan, int tensor) {
  const std::vector<Dim>& shape = plan.tensors[static_cast<size_t>(tensor)].type.shape;
  if (shape.size() != 1) return -1;
  for (const Sequences& sequences : find_sequences(plan)) {
    if (std::find(sequences.rows.begin(), sequences.rows.end(), shape[0]) == sequences.rows.end()) continue;
    for (size_t i = 0; i < plan.inputs.size(); ++i)
      if (plan.inputs[i].tensor == sequences.tensor) return static_cast<int>(i);
  }
  return -1;
}

}  // namespace lathe::plan
