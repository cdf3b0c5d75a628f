#include "cli/bench_case.h"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <numeric>

#include "base/error.h"

namespace lathe::cli {
namespace {

bool has(const std::vector<TensorInfo>& list, const std::string& name) {
  return std::any_of(list.begin(), list.end(), [&](const TensorInfo& info) { return info.name == name; });
}

}  // namespace

BenchCase::BenchCase(CaseSpec spec, const Engine& engine, const ContextOptions& options,
                     const std::vector<std::string>& outputs, std::vector<HostTensor> tensors)
    : spec_(std::move(spec)), tensors_(std::move(tensors)), context_(engine.context(options)) {
  context_.request(outputs);
  for (const HostTensor& t : tensors_) context_.set_input(t.name, {t.dtype, t.shape, t.data.data});
}

double BenchCase::run() {
  const auto start = std::chrono::steady_clock::now();
  const Status status = context_.run();
  const double seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
  status.throw_if_error();
  return seconds * 1e3;
}

int64_t BenchCase::rows() const {
  if (!spec_.lengths.empty()) return static_cast<int64_t>(spec_.lengths.size());
  return tensors_.empty() || tensors_[0].shape.rank() == 0 ? 1 : tensors_[0].shape[0];
}

int64_t BenchCase::tokens() const { return std::accumulate(spec_.lengths.begin(), spec_.lengths.end(), int64_t{0}); }

int64_t model_number(const Plan& plan, const char* key, int64_t fallback) {
  const Json model = Json::parse(plan.model_json(), nullptr, false);
  return model.is_object() && model.contains(key) && model[key].is_number_integer() ? model[key].get<int64_t>()
                                                                                    : fallback;
}

int64_t most_tokens(const PlanView& view, const Engine& engine) {
  int64_t most = model_number(engine.plan(), "max_positions", 0);
  for (const TensorInfo& info : engine.inputs()) {
    if (info.name != "input_ids" || info.shape.size() != 2) continue;
    int64_t built_for = 0;
    for (const Json& profile : view.json.at("profiles"))
      if (profile.contains(info.shape[1]))
        built_for = std::max(built_for, profile[info.shape[1]].at("max").get<int64_t>());
    if (built_for > 0) most = most > 0 ? std::min(most, built_for) : built_for;
  }
  return most;
}

void check_lengths(const CaseSpec& spec, int64_t most) {
  const auto longest = std::max_element(spec.lengths.begin(), spec.lengths.end());
  if (most > 0 && longest != spec.lengths.end() && *longest > most)
    fail(ErrorCode::out_of_range, spec.name, "give shorter texts", "{} tokens, the model takes {}", *longest, most);
}

std::vector<std::string> bench_outputs(const Engine& engine, const std::string& wanted, const CaseSpec& spec) {
  const bool packed = !spec.lengths.empty() && input_shapes(engine, spec)[0].second.rank() == 1;
  const std::vector<TensorInfo> outputs = engine.outputs();
  std::vector<std::string> names;
  if (!wanted.empty())
    names = {wanted};
  else if (has(outputs, "last_hidden_state"))
    names = {"last_hidden_state"};
  else
    for (const TensorInfo& info : outputs)
      if (!info.on_demand) names.push_back(info.name);
  for (std::string& name : names) {
    if (const TensorInfo* form = packed ? find_role(outputs, Role::packed, name) : nullptr) name = form->name;
    if (has(outputs, name)) continue;
    std::vector<std::string> known;
    for (const TensorInfo& info : outputs) known.push_back(info.name);
    fail(ErrorCode::not_found, name, fmt::format("the outputs are {}", fmt::join(known, ", ")),
         "the model has no such output");
  }
  return names;
}

}  // namespace lathe::cli
