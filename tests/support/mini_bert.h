#pragma once
#include <string>
#include <vector>

#include "base/activation.h"
#include "ir/network.h"
#include "tests/support/random.h"

namespace lathe::test {

/// Builds networks of plain ops with pseudo-random weights, one call a line of the formula.
class NetworkBuilder {
 public:
  explicit NetworkBuilder(uint64_t seed = 1) : random_(seed) {}

  ir::Network network;

  ir::ValueId input(const std::string& name, const std::vector<Dim>& shape, DType dtype = DType::f32,
                    ir::InputDefault absent = ir::InputDefault::required);
  ir::ValueId weight(const std::string& name, const std::vector<int64_t>& shape, double mean = 0,
                     double deviation = 0.5);
  /// A weight stored as `stored` and cast to f32.
  ir::ValueId stored_weight(const std::string& name, const std::vector<int64_t>& shape, DType stored);
  /// A constant of any type, of its tensor's name.
  ir::ValueId constant(const HostTensor& tensor);
  ir::ValueId number(double value) { return network.add_scalar(static_cast<float>(value)); }
  /// A node named and placed after `origin()`.
  ir::ValueId add(ops::Op op, std::vector<ir::ValueId> inputs);
  void output(const std::string& name, ir::ValueId value, bool on_demand = false) {
    network.mark_output(name, value, on_demand);
  }
  void set_origin(std::string origin) { origin_ = std::move(origin); }

  ir::ValueId sum(ir::ValueId a, ir::ValueId b);
  ir::ValueId difference(ir::ValueId a, ir::ValueId b);
  ir::ValueId product(ir::ValueId a, ir::ValueId b);
  ir::ValueId quotient(ir::ValueId a, ir::ValueId b);
  ir::ValueId mean_last(ir::ValueId x);
  ir::ValueId sqrt(ir::ValueId x);
  ir::ValueId reshape(ir::ValueId x, std::vector<Dim> shape);
  ir::ValueId transpose(ir::ValueId x, std::vector<int64_t> perm);
  ir::ValueId cast(ir::ValueId x, DType to = DType::f32);

  /// The last dimension of a value.
  int64_t width(ir::ValueId x) const { return network.value(x).type.shape.back().constant(); }

  /// x W^T + b with new weights.
  ir::ValueId linear(ir::ValueId x, int64_t out);
  /// From reduce, sub, mul, add, sqrt, div, with new gamma and beta.
  ir::ValueId layer_norm(ir::ValueId x, double epsilon = 1e-12);
  /// x * 0.5 * (1 + erf(x / sqrt 2))
  ir::ValueId gelu(ir::ValueId x);
  ir::ValueId gelu_tanh(ir::ValueId x);
  ir::ValueId split_heads(ir::ValueId x, int64_t heads);
  ir::ValueId merge_heads(ir::ValueId x);
  /// Of mask [batch, seq]: (1 - mask) * lowest as [batch, 1, 1, seq].
  ir::ValueId additive_mask(ir::ValueId mask, double lowest = -3.4028234663852886e38);
  /// x [batch, seq, width] attends to itself through three new linears.
  ir::ValueId self_attention(ir::ValueId x, ir::ValueId additive_mask, int64_t heads);
  /// x with zeros where the mask is 0.
  ir::ValueId masked(ir::ValueId x, ir::ValueId mask);

 private:
  Random random_;
  std::string origin_ = "net";
  int weights_ = 0;
};

enum class MiniHead { hidden, fill_mask, classify };

struct MiniBertOptions {
  int64_t layers = 2, heads = 3, head_dim = 5, intermediate = 22, vocab = 31, positions = 19, types = 2, labels = 3;
  Activation activation = Activation::gelu;
  MiniHead head = MiniHead::hidden;
  DType stored = DType::f32;  ///< of the embedding tables
  uint64_t seed = 1;
};

/// BERT as an exporter spells it: padded, plain ops only. Inputs input_ids, attention_mask, token_type_ids,
/// position_ids [batch, seq]. Outputs:
///   hidden     last_hidden_state [batch, seq, hidden] and pooler_output [batch, hidden]
///   fill_mask  logits [batch, seq, vocab]
///   classify   logits [batch, labels]
ir::Network mini_bert(const MiniBertOptions& options = {});

}  // namespace lathe::test
