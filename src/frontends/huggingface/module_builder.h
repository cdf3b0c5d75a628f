#pragma once
#include <map>
#include <string>
#include <string_view>

#include "frontends/huggingface/weights.h"
#include "ir/network.h"
#include "ops/binary.h"

namespace lathe::huggingface {

/// The modules of PyTorch, spelled as an exporter spells them, in plain ops. `module` is the module's path: it names
/// the nodes, is their origin, and with ".weight" and ".bias" names the weights.
class ModuleBuilder {
 public:
  ModuleBuilder(ir::Network& network, Weights& weights) : network_(network), weights_(weights) {}

  ir::ValueId binary(ops::BinaryKind kind, ir::ValueId a, ir::ValueId b, std::string_view module,
                     std::string_view step);
  ir::ValueId scalar(double number);

  /// nn.Linear: x W^T + b, or x W^T without a bias
  ir::ValueId linear(ir::ValueId x, int64_t in, int64_t out, const std::string& module, bool bias = true);
  /// The same with weights named apart from the module.
  ir::ValueId linear_with(ir::ValueId x, ir::ValueId weight, ir::ValueId bias, const std::string& module);
  /// nn.LayerNorm over the last dimension.
  ir::ValueId layer_norm(ir::ValueId x, int64_t width, double epsilon, const std::string& module);
  /// nn.Embedding
  ir::ValueId embedding(ir::ValueId ids, int64_t rows, int64_t width, const std::string& module);
  /// A function by transformers' name; check_activation() has accepted it.
  ir::ValueId activation(ir::ValueId x, std::string_view function, const std::string& module);
  /// Multi-head attention of q, k and v [batch, seq, heads * head_dim]; `additive_mask` [batch, 1, 1, seq].
  ir::ValueId attention(ir::ValueId q, ir::ValueId k, ir::ValueId v, ir::ValueId additive_mask, int64_t heads,
                        const std::string& module);
  /// 0 where the mask [batch, seq] is not 0, the lowest float where it is, as [batch, 1, 1, seq].
  ir::ValueId additive_mask(ir::ValueId mask, const std::string& module);
  /// x [batch, seq, ..] with zeros where the mask is 0.
  ir::ValueId masked(ir::ValueId x, ir::ValueId mask, const std::string& module);
  /// x / max(||x||, 1e-12) over the last dimension.
  ir::ValueId normalized(ir::ValueId x, const std::string& module);

 private:
  /// 1.0 where the mask is not 0, else 0.0.
  ir::ValueId kept(ir::ValueId mask, const std::string& module);

  ir::Network& network_;
  Weights& weights_;
  std::map<double, ir::ValueId> scalars_;
};

/// Error(unsupported), with the known names, for an activation that ModuleBuilder lacks.
void check_activation(std::string_view function, std::string_view where);

}  // namespace lathe::huggingface
