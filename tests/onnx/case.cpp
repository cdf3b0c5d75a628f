#include "tests/onnx/case.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <fstream>
#include <limits>
#include <map>
#include <set>

#include "base/dtype.h"
#include "base/error.h"
#include "compiler/compile.h"
#include "compiler/portable.h"
#include "compiler/reference_evaluator.h"
#include "frontends/onnx/message.h"
#include "frontends/onnx/reader.h"
#include "frontends/onnx/tensor.h"
#include "frontends/onnx/write/writer.h"
#include "lathe/engine.h"
#include "tests/support/tensors.h"

namespace lathe::test {
namespace {
namespace fs = std::filesystem;

using Tensors = std::map<std::string, HostTensor, std::less<>>;

struct Skip {
  std::string why;
};

struct Tolerance {
  double relative = 1e-3, absolute = 1e-7;
};

Tolerance tolerance_of(const fs::path& folder) {
  Tolerance tolerance;
  std::ifstream(folder / "tolerance") >> tolerance.relative >> tolerance.absolute;
  return tolerance;
}

HostTensor read_tensor(const fs::path& path) {
  const FileMap file(path.string());
  const onnx::TensorMessage message = onnx::decode_tensor(file.blob(), path.string());
  return onnx::TensorReader(path.string(), file.blob()).read(message);
}

/// input_0.pb, input_1.pb, ... by the graph's names. Initializers are no inputs of a data set.
Tensors read_set(const fs::path& folder, const std::string& kind, const std::vector<onnx::ValueMessage>& ports) {
  Tensors tensors;
  for (size_t i = 0; i < ports.size(); ++i) {
    if (fs::exists(folder / fmt::format("{}_{}.other", kind, i)))
      throw Skip{fmt::format("{} {} is no tensor", kind, i)};
    const fs::path path = folder / fmt::format("{}_{}.pb", kind, i);
    if (!fs::exists(path)) break;
    if (ports[i].type.kind != onnx::TypeMessage::Kind::tensor) throw Skip{fmt::format("{} {} is no tensor", kind, i)};
    tensors.emplace(std::string(ports[i].name), read_tensor(path));
  }
  return tensors;
}

bool is_small(const HostTensor& t) { return t.shape.rank() <= 1 && t.shape.count() <= 64; }

/// Inputs that say what a network is built by: tried one set after the other where a build does not name those that it
/// needs to know.
std::vector<std::vector<std::string>> fixings(const Tensors& inputs, const std::vector<onnx::ValueMessage>& ports) {
  std::vector<std::string> whole, small, all;
  for (size_t i = 0; i < ports.size(); ++i) {
    const auto found = inputs.find(ports[i].name);
    if (found == inputs.end()) continue;
    const HostTensor& t = found->second;
    if (i > 0 && is_small(t) && !is_float(t.dtype)) whole.push_back(found->first);
    if (i > 0 && is_small(t)) small.push_back(found->first);
    if (is_small(t)) all.push_back(found->first);
  }
  return {whole, small, all};
}

/// The input that a refusal asks for: "--fix NAME=FILE".
std::string asked_for(const Error& error) {
  constexpr std::string_view kOption = "--fix ";
  const size_t at = error.cure().find(kOption);
  if (at == std::string::npos) return {};
  const size_t begin = at + kOption.size();
  return error.cure().substr(begin, error.cure().rfind('=') - begin);
}

struct Built {
  Engine engine;
  std::set<std::string> fixed;
};

/// The network as it comes back from a file.
ir::Network after(ir::Network network, Detour detour) {
  if (detour == Detour::none) return network;
  if (detour == Detour::optimised) compiler::optimise_portably(network, "");
  std::string bytes;
  onnx::proto::write(onnx::model_of(network), [&](std::string_view part) { bytes += part; });
  onnx::ReadOptions options;
  options.evaluator = &compiler::reference_evaluator();
  return onnx::read_model(Blob::copy_of(bytes.data(), bytes.size()), "written.onnx", options);
}

Built build(const fs::path& model, const Tensors& inputs, const std::vector<onnx::ValueMessage>& ports, Detour detour) {
  onnx::ReadOptions options;
  options.evaluator = &compiler::reference_evaluator();
  for (const auto& [name, tensor] : inputs) options.shapes[name] = {tensor.shape.begin(), tensor.shape.end()};
  const auto attempts = fixings(inputs, ports);
  std::set<std::string> fixed;
  for (size_t i = 0;;) {
    options.fixed.clear();
    for (const std::string& name : fixed) options.fixed.insert(*inputs.find(name));
    try {
      plan::Plan plan = compiler::compile(after(onnx::read_onnx(model.string(), options), detour), {});
      return {Engine(Plan(std::make_shared<plan::Plan>(std::move(plan)))), fixed};
    } catch (const Error& error) {
      const bool needs_values =
          error.code() == ErrorCode::unsupported && error.problem().find("only a run knows") != std::string::npos;
      if (!needs_values) throw;
      const std::string name = asked_for(error);
      if (inputs.contains(name) && fixed.insert(name).second) continue;
      if (i == attempts.size()) throw;
      fixed.insert(attempts[i].begin(), attempts[i].end());
      ++i;
    }
  }
}

std::string compare(const ConstTensorRef& got, const HostTensor& want, const Tolerance& tolerance) {
  if (got.dtype != want.dtype || !(got.shape == want.shape))
    return fmt::format("gives {}{}, not {}{}", to_string(got.dtype), to_string(got.shape), to_string(want.dtype),
                       to_string(want.shape));
  HostTensor tensor{"", got.dtype, got.shape, {nullptr, static_cast<const std::byte*>(got.data), want.data.size}};
  if (!is_float(want.dtype)) {
    const bool equal =
        want.data.size == 0 || std::equal(want.data.data, want.data.data + want.data.size, tensor.data.data);
    if (equal) return {};
    // Integers are what they are, unless the case allows for a step, or they are random.
    if (tolerance.absolute < 1) return "gives other integers";
  }
  const std::vector<double> x = to_doubles(tensor), r = to_doubles(want);
  // Narrow floats may differ by two in the last place, whichever way their sums were rounded.
  const double last_places = want.dtype == DType::bf16 ? 1.0 / 64 : want.dtype == DType::f16 ? 1.0 / 512 : 0;
  const double relative = std::max(tolerance.relative, last_places);
  for (size_t i = 0; i < x.size(); ++i) {
    const bool same = x[i] == r[i] || (std::isnan(x[i]) && std::isnan(r[i])) ||
                      std::abs(x[i] - r[i]) <= tolerance.absolute + relative * std::abs(r[i]);
    if (!same) return fmt::format("element {} of {} is {}, not {}", i, x.size(), x[i], r[i]);
  }
  return {};
}

/// Whether the results are random numbers, of which types and shapes are compared.
bool is_random(const onnx::ModelMessage& model) {
  return std::any_of(model.graph.nodes.begin(), model.graph.nodes.end(), [](const onnx::NodeMessage& node) {
    return node.op == "Bernoulli" || node.op == "Multinomial" || node.op.starts_with("Random");
  });
}

std::string run_set(const Built& built, const Tensors& inputs, const Tensors& outputs, const Tolerance& tolerance) {
  Context context = built.engine.context({.threads = 1});
  for (const TensorInfo& info : built.engine.inputs()) {
    const auto found = inputs.find(info.name);
    if (found == inputs.end()) continue;
    const HostTensor& t = found->second;
    context.set_input(info.name, {t.dtype, t.shape, t.data.data});
  }
  context.run().throw_if_error();
  for (const auto& [name, want] : outputs)
    if (const std::string problem = compare(context.output(name), want, tolerance); !problem.empty())
      return fmt::format("output {}: {}", name, problem);
  return {};
}

std::string run_all(const fs::path& folder, Detour detour, std::string& fixed) {
  const fs::path path = folder / "model.onnx";
  const FileMap file(path.string());
  const onnx::ModelMessage model = onnx::decode_model(file.blob(), path.string());
  std::vector<onnx::ValueMessage> ports;
  for (const onnx::ValueMessage& input : model.graph.inputs) {
    const bool is_weight = std::any_of(model.graph.initializers.begin(), model.graph.initializers.end(),
                                       [&](const onnx::TensorMessage& t) { return t.name == input.name; });
    if (!is_weight) ports.push_back(input);
  }
  int sets = 0;
  for (; fs::exists(folder / fmt::format("test_data_set_{}", sets)); ++sets) {
    const fs::path set = folder / fmt::format("test_data_set_{}", sets);
    const Tensors inputs = read_set(set, "input", ports), outputs = read_set(set, "output", model.graph.outputs);
    if (outputs.empty()) return fmt::format("data set {} has no outputs", sets);
    const Built built = build(path, inputs, ports, detour);
    fixed = fmt::format("{}", fmt::join(built.fixed, ","));
    Tolerance tolerance = tolerance_of(folder);
    if (is_random(model)) tolerance.absolute = std::numeric_limits<double>::infinity();
    if (const std::string problem = run_set(built, inputs, outputs, tolerance); !problem.empty()) return problem;
  }
  if (sets == 0) throw Skip{"it has no data"};
  return {};
}

}  // namespace

CaseResult run_case(const std::filesystem::path& folder, Detour detour) {
  CaseResult result;
  try {
    result.detail = run_all(folder, detour, result.fixed);
    if (!result.detail.empty()) result.outcome = CaseResult::Outcome::failed;
  } catch (const Skip& skip) {
    result.outcome = CaseResult::Outcome::skipped;
    result.detail = skip.why;
  } catch (const Error& error) {
    result.outcome = CaseResult::Outcome::failed;
    result.detail = error.problem();
  } catch (const std::exception& error) {
    result.outcome = CaseResult::Outcome::failed;
    result.detail = error.what();
  }
  std::replace(result.detail.begin(), result.detail.end(), '\n', ' ');
  return result;
}

}  // namespace lathe::test
