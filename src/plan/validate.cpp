#include <algorithm>
#include <map>

#include "base/error.h"
#include "ops/attention.h"
#include "ops/pack_index.h"
#include "ops/sequence_pool.h"
#include "plan/plan.h"

namespace lathe::plan {
namespace {

/// The packed form's names: the bounds of its sequences, and the number of its tokens.
constexpr std::string_view kBounds = "cu_seqlens", kTokens = "tokens";

class Validator {
 public:
  Validator(const Plan& plan, std::string_view where) : plan_(plan), where_(where) {}

  void check() {
    for (const Tensor& tensor : plan_.tensors) check_tensor(tensor);
    for (const Weight& weight : plan_.weights) check_weight(weight);
    for (const Port& port : plan_.inputs) check_input(port);
    check_steps();
    for (const OutputPort& port : plan_.outputs) {
      require(known(port.tensor), port.name, "names no tensor");
      require(made_[static_cast<size_t>(port.tensor)], port.name, "is made by no step");
    }
  }

 private:
  void require(bool holds, std::string_view subject, std::string_view problem) const {
    if (!holds) fail(ErrorCode::corrupt_file, where_, "build the plan again", "'{}' {}", subject, problem);
  }
  bool known(int tensor) const { return tensor >= 0 && static_cast<size_t>(tensor) < plan_.tensors.size(); }

  void check_tensor(const Tensor& tensor) const {
    require(tensor.type.rank() <= Shape::kMaxRank, tensor.name, "has too many dimensions");
    // Memory is sized at the bounds of run-time symbols and used at their values.
    for (const Dim& d : tensor.type.shape)
      require(d.is_rising() || !is_run_time(d), tensor.name, "may grow beyond its bound");
    if (tensor.storage == Storage::weight) {
      require(tensor.weight >= 0 && static_cast<size_t>(tensor.weight) < plan_.weights.size(), tensor.name,
              "names no weight");
      const Weight& weight = plan_.weights[static_cast<size_t>(tensor.weight)];
      bool same = weight.dtype == tensor.type.dtype && weight.shape.rank() == tensor.type.rank();
      for (int i = 0; same && i < weight.shape.rank(); ++i)
        same = tensor.type.shape[static_cast<size_t>(i)] == Dim(weight.shape[i]);
      require(same, tensor.name, "differs from its weight");
    }
    if (tensor.storage == Storage::view) {
      require(known(tensor.base), tensor.name, "views no tensor");
      const Tensor& base = plan_.tensors[static_cast<size_t>(tensor.base)];
      require(base.storage != Storage::view && base.type.dtype == tensor.type.dtype, tensor.name,
              "views a tensor that cannot be viewed");
      require(is_view_of(tensor, base), tensor.name, "leaves the tensor that it views");
    }
  }

  bool is_run_time(const Dim& d) const {
    const std::vector<std::string> names = d.symbols();
    return std::any_of(plan_.runtime_symbols.begin(), plan_.runtime_symbols.end(), [&](const RuntimeSymbol& symbol) {
      return std::find(names.begin(), names.end(), symbol.name) != names.end();
    });
  }

  /// Either the same elements, or columns [offset, offset + width) of every row.
  static bool is_view_of(const Tensor& view, const Tensor& base) {
    if (view.offset == 0 && count_of(view.type.shape) == count_of(base.type.shape)) return true;
    if (view.type.rank() != base.type.rank() || view.type.rank() == 0) return false;
    for (int i = 0; i + 1 < view.type.rank(); ++i)
      if (!(view.type.shape[static_cast<size_t>(i)] == base.type.shape[static_cast<size_t>(i)])) return false;
    const Dim &narrow = view.type.shape.back(), &wide = base.type.shape.back();
    return narrow.is_constant() && wide.is_constant() && view.offset >= 0 && narrow.constant() >= 0 &&
           view.offset <= wide.constant() - narrow.constant();
  }

  void check_weight(const Weight& weight) const {
    int64_t bytes = static_cast<int64_t>(size_of(weight.dtype));
    for (int64_t d : weight.shape) {
      require(d >= 0, weight.name, "has a negative dimension");
      bytes = saturating_mul(bytes, d);
    }
    if (weight.format.empty())
      require(static_cast<int64_t>(weight.data.size) == bytes, weight.name, "has the wrong number of bytes");
    else
      require(weight.shape.rank() == 2, weight.name, "is packed but no matrix");
  }

  /// Ports hold what callers bind, never a weight or a part of another tensor; defaults and bounds of sequences are
  /// written and read as i32.
  void check_input(const Port& port) const {
    require(known(port.tensor), port.name, "names no tensor");
    const Tensor& tensor = plan_.tensors[static_cast<size_t>(port.tensor)];
    require(tensor.storage == Storage::input || tensor.storage == Storage::arena, port.name, "cannot be bound");
    bool bounds = port.name == kBounds;
    if (port.absent != ops::InputDefault::required || bounds)
      require(tensor.type.dtype == DType::i32, port.name, "is not i32");
    if (bounds) require(tensor.type.rank() == 1, port.name, "is not [batch + 1]");
  }

  void check_steps() {
    made_.resize(plan_.tensors.size());
    for (size_t i = 0; i < plan_.tensors.size(); ++i)
      made_[i] = plan_.tensors[i].storage == Storage::input || plan_.tensors[i].storage == Storage::weight;
    for (const Step& step : plan_.steps) {
      ops::Types inputs, outputs;
      for (int t : step.inputs) {
        require(known(t), step.name, "reads no tensor");
        require(is_made(t), step.name, "reads a tensor before it is made");
        inputs.push_back(plan_.tensors[static_cast<size_t>(t)].type);
      }
      for (int t : step.outputs) {
        require(known(t) && plan_.tensors[static_cast<size_t>(t)].storage == Storage::arena, step.name,
                "writes no tensor of the arena");
        require(!made_[static_cast<size_t>(t)], step.name, "writes a tensor twice");
        made_[static_cast<size_t>(t)] = true;
        outputs.push_back(plan_.tensors[static_cast<size_t>(t)].type);
      }
      ops::Types expected;
      try {
        expected = step.op.infer(inputs);
      } catch (const Error& error) {
        require(false, step.name, std::string("does not fit its inputs: ") + error.what());
      }
      require(expected == outputs, step.name, "does not fit its outputs");
      if (const auto* pack = step.op.as<ops::PackIndex>()) note_sequences(step, *pack);
      const auto* attention = step.op.as<ops::Attention>();
      const auto* pool = step.op.as<ops::SequencePool>();
      if ((attention && attention->mask == ops::AttentionMask::packed) || (pool && pool->packed)) check_sequences(step);
    }
    for (size_t i = 0; i < plan_.tensors.size(); ++i)
      if (plan_.tensors[i].storage == Storage::view) made_[i] = made_[static_cast<size_t>(plan_.tensors[i].base)];
  }

  /// A run-time symbol has one step that writes it and a bound that this step keeps.
  void note_sequences(const Step& step, const ops::PackIndex& pack) {
    const std::vector<Dim>& mask = plan_.tensors[static_cast<size_t>(step.inputs[0])].type.shape;
    bool bounded = false;
    for (const RuntimeSymbol& symbol : plan_.runtime_symbols) {
      if (symbol.name != pack.symbol) continue;
      bounded = true;
      require(symbol.bound == mask[0] * mask[1], step.name, "counts tokens without their bound");
    }
    require(bounded, step.name, "counts tokens without their bound");
    for (const auto& [tensor, symbol] : sequences_) require(symbol != pack.symbol, step.name, "counts tokens twice");
    sequences_[step.outputs[1]] = pack.symbol;
  }

  /// Bounds of sequences are trusted by kernels: they come from the step that counts, or from the port whose values
  /// each run checks, and belong to the tensor whose rows they delimit.
  void check_sequences(const Step& step) const {
    const int bounds = step.inputs.back();
    std::string symbol;
    if (auto made = sequences_.find(bounds); made != sequences_.end()) symbol = made->second;
    for (const Port& port : plan_.inputs) {
      if (port.name != kBounds || port.tensor != bounds) continue;
      require(symbol.empty() || symbol == kTokens, step.name, "reads bounds of other tokens");
      symbol = kTokens;
    }
    require(!symbol.empty(), step.name, "reads unchecked bounds of sequences");
    const Dim& rows = plan_.tensors[static_cast<size_t>(step.inputs[0])].type.shape[0];
    const Dim& ends = plan_.tensors[static_cast<size_t>(bounds)].type.shape[0];
    const auto* pool = step.op.as<ops::SequencePool>();
    const bool row_a_text = pool != nullptr && pool->mode == ops::PoolMode::keep;
    require(row_a_text ? rows + Dim(1) == ends : rows == Dim::symbol(symbol), step.name,
            "reads bounds of another tensor");
  }

  bool is_made(int tensor) const {
    const Tensor& t = plan_.tensors[static_cast<size_t>(tensor)];
    return t.storage == Storage::view ? made_[static_cast<size_t>(t.base)] : made_[static_cast<size_t>(tensor)];
  }

  const Plan& plan_;
  std::string_view where_;
  std::vector<bool> made_;
  std::map<int, std::string> sequences_;  ///< bounds of sequences that steps make: the tensor, its symbol
};

}  // namespace

void validate(const Plan& plan, std::string_view where) { Validator(plan, where).check(); }

}  // namespace lathe::plan
