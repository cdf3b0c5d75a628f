#include "fuzz/grow_network.h"

#include <cstring>

#include "base/half.h"
#include "lathe/error.h"
#include "ops/activation.h"
#include "ops/attention.h"
#include "ops/binary.h"
#include "ops/cast.h"
#include "ops/concat.h"
#include "ops/embedding.h"
#include "ops/expand.h"
#include "ops/fill.h"
#include "ops/gather.h"
#include "ops/layer_norm.h"
#include "ops/linear.h"
#include "ops/matmul.h"
#include "ops/non_zero.h"
#include "ops/pack_index.h"
#include "ops/pad.h"
#include "ops/range.h"
#include "ops/reduce.h"
#include "ops/reshape.h"
#include "ops/sequence_pool.h"
#include "ops/shape.h"
#include "ops/slice.h"
#include "ops/softmax.h"
#include "ops/transpose.h"
#include "ops/unary.h"
#include "ops/unpack_rows.h"
#include "ops/where.h"

namespace lathe::fuzz {
namespace {
using ir::ValueId;

class Grower {
 public:
  explicit Grower(Choices& choices) : choices_(choices) {}

  ir::Network grow() {
    for (size_t n = 1 + choices_.below(5); n > 0; --n) source();
    for (size_t n = 1 + choices_.below(12); n > 0; --n) node();
    for (size_t n = 1 + choices_.below(3); n > 0; --n)
      // Mostly the last ones: outputs keep what leads to them.
      network_.mark_output("out" + std::to_string(n), choices_.one_in(3) ? any() : values_.back(), choices_.one_in(4));
    for (size_t n = choices_.below(3); n > 0; --n)
      if (const ValueId value = any(); network_.producer(value) != nullptr)
        network_.mark_entry("entry" + std::to_string(n), value);
    return std::move(network_);
  }

 private:
  ValueId any() { return choices_.any(values_); }
  const ops::TensorType& type_of(ValueId id) const { return network_.value(id).type; }

  Dim any_dim(bool constant) {
    if (constant || choices_.one_in(2)) return Dim(choices_.of<int64_t>({8, 4, 2, 1, 3, 0}));
    const Dim symbol = Dim::symbol(choices_.of<const char*>({"n", "batch", "seq", "tokens"}));
    return choices_.one_in(4) ? symbol + Dim(1) : symbol;
  }
  DType any_type() {
    return choices_.of({DType::f32, DType::f32, DType::i32, DType::bf16, DType::i64, DType::boolean});
  }

  ops::TensorType any_tensor(bool constant) {
    ops::TensorType type{any_type(), {}};
    for (size_t rank = choices_.below(4); rank > 0; --rank) type.shape.push_back(any_dim(constant));
    return type;
  }

  void source() {
    const size_t kind = choices_.below(3);
    if (kind == 0) {
      constant(any_tensor(true));
      return;
    }
    const auto absent = choices_.of(
        {ir::InputDefault::required, ir::InputDefault::required, ir::InputDefault::ones, ir::InputDefault::positions});
    ops::TensorType type = any_tensor(false);
    if (absent != ir::InputDefault::required) type.dtype = DType::i32;
    values_.push_back(network_.add_input("in", std::move(type), absent));
  }

  ValueId constant(const ops::TensorType& type) {
    const auto count = static_cast<size_t>(count_of(type.shape).constant()), size = size_of(type.dtype);
    std::byte* data = nullptr;
    Blob blob = Blob::zeros(count * size, &data);
    for (size_t i = 0; i < count; ++i) {
      const float value = choices_.of({1.0f, 0.5f, -1.0f, 2.0f, 0.0f, 3.0f});
      const auto half = f32_to_bf16(value);
      const auto whole = static_cast<int64_t>(value < 0 ? 1 : value);
      const void* from = type.dtype == DType::f32 ? static_cast<const void*>(&value) : &whole;
      if (type.dtype == DType::bf16) from = &half;
      std::memcpy(data + i * size, from, size);
      if (type.dtype == DType::boolean) data[i] &= std::byte{1};
    }
    values_.push_back(network_.add_constant("c", type, {std::move(blob), nullptr}));
    return values_.back();
  }
  ValueId vector_of(const Dim& width) {
    return width.is_constant() && width.constant() >= 0 && width.constant() < 64 ? constant({DType::f32, {width}})
                                                                                 : any();
  }

  void node() {
    for (int attempts = 0; attempts < 4; ++attempts) try {
        std::vector<ValueId> inputs;
        const ops::Op op = any_op(inputs);
        const std::vector<ValueId> made =
            network_.add(op, inputs, choices_.of<const char*>({"a", "b", "gelu", "linear"}));
        values_.insert(values_.end(), made.begin(), made.end());
        return;
      } catch (const Error&) {}
  }

  ops::Op any_op(std::vector<ValueId>& in) {
    const ValueId x = choices_.one_in(3) ? any() : values_.back();
    const std::vector<Dim> shape = type_of(x).shape;
    const Dim width = shape.empty() ? Dim(1) : shape.back();
    const auto axis = static_cast<int64_t>(choices_.below(4)) - 1;
    in = {x};
    switch (choices_.below(26)) {
      case 0: return ops::Act{choices_.of({Activation::relu, Activation::gelu, Activation::tanh})};
      case 1: return in.push_back(any()), ops::Binary{static_cast<ops::BinaryKind>(choices_.below(7))};
      case 2: return ops::Cast{any_type()};
      case 3: return in.push_back(choices_.one_in(2) ? x : any()), ops::Concat{axis};
      case 4:
        return in.clear(), ops::Fill{any_type(), any_tensor(false).shape, 1, choices_.of<double>({0, 1, 0.5}), -1};
      case 5: return in.push_back(any()), ops::Gather{axis < 0 ? 0 : axis};
      case 6: return in.push_back(choices_.one_in(2) ? x : any()), ops::MatMul{choices_.one_in(2), choices_.one_in(2)};
      case 7: return ops::Reduce{static_cast<ops::ReduceKind>(choices_.below(5)), {axis}, choices_.one_in(2)};
      case 8: return ops::Reshape{reshaped(shape)};
      case 9: return slice(shape);
      case 10: return ops::Softmax{axis};
      case 11: return transpose(shape.size());
      case 12: return ops::Unary{static_cast<ops::UnaryKind>(choices_.below(8))};
      case 13: return attention(x, in);
      case 14: return embedding(x, in);
      case 15:
        in.push_back(vector_of(width));
        in.push_back(vector_of(width));
        return ops::LayerNorm{1e-5, false};
      case 16: return linear(width, in);
      case 17: return choices_.one_in(2) ? ops::Op(ops::PackIndex{}) : ops::Op(ops::NonZero{"g"});
      case 18:
        in.push_back(any());
        return ops::SequencePool{static_cast<ops::PoolMode>(choices_.below(7)), choices_.one_in(2)};
      case 19: return in.push_back(any()), ops::UnpackRows{{any_dim(false), any_dim(false)}};
      case 20: return ops::ShapeOf{choices_.of({DType::i64, DType::i32})};
      case 21: return in.insert(in.begin(), any()), in.push_back(any()), ops::Where{};
      default: return sized(shape, in);
    }
  }

  /// Whole numbers, mostly ones whose contents are known: sizes of what there is, and what is computed from them.
  ValueId numbers() {
    std::vector<ValueId> known;
    for (ValueId v : values_)
      if (network_.elements(v)) known.push_back(v);
    if (known.empty() || choices_.one_in(3)) known.push_back(network_.add1(ops::ShapeOf{}, {any()}, "sizes"));
    ValueId made = choices_.one_in(3) ? choices_.any(known) : known.back();
    switch (choices_.below(6)) {
      case 0: made = network_.add1(ops::Gather{}, {made, constant({DType::i64, {Dim(1)}})}, "picked"); break;
      case 1: made = network_.add1(ops::Concat{}, {made, choices_.any(known)}, "joined"); break;
      case 2: {
        const ops::Binary op{choices_.of({ops::BinaryKind::sub, ops::BinaryKind::add, ops::BinaryKind::mul,
                                          ops::BinaryKind::div, ops::BinaryKind::min, ops::BinaryKind::max})};
        made = network_.add1(op, {made, constant({type_of(made).dtype, {}})}, "changed");
        break;
      }
      case 3: made = network_.add1(ops::Reduce{ops::ReduceKind::prod, {0}, choices_.one_in(2)}, {made}, "all"); break;
      case 4: made = constant({DType::i64, {Dim(choices_.of<int64_t>({1, 2, 3, 4}))}}); break;
      default: break;
    }
    values_.push_back(made);
    return made;
  }

  /// Ops that take sizes as inputs or as attributes.
  ops::Op sized(const std::vector<Dim>& shape, std::vector<ValueId>& in) {
    const bool computed = !choices_.one_in(3);
    switch (choices_.below(6)) {
      case 0: return in.push_back(numbers()), ops::Reshape{};
      case 1:
        if (!computed) return ops::Expand{any_tensor(false).shape};
        return in.push_back(numbers()), ops::Expand{};
      case 2:
        in.clear();
        if (!computed) return ops::Range{DType::i32, any_dim(false), any_dim(false), choices_.of<int64_t>({1, 2, -1})};
        for (int i = 0; i < 3; ++i) in.push_back(numbers());
        return ops::Range{};
      case 3: return in = {numbers()}, ops::Fill{any_type(), {}, 1, choices_.of<double>({0, 1}), -1};
      case 4:
        in.push_back(numbers()), in.push_back(numbers());
        if (choices_.one_in(2)) in.push_back(constant({DType::i64, {Dim(1)}}));
        return ops::Slice{};
      default: {
        if (computed) return in.push_back(numbers()), ops::Pad{};
        ops::Pad op;
        for (size_t i = 0; i < shape.size(); ++i)
          op.before.push_back(any_dim(false)), op.after.push_back(any_dim(true));
        return op;
      }
    }
  }

  std::vector<Dim> reshaped(const std::vector<Dim>& shape) {
    switch (choices_.below(4)) {
      case 0: return {count_of(shape)};
      case 1: {
        std::vector<Dim> split = shape;
        if (!split.empty()) split.back() = Dim::floordiv(split.back(), Dim(2)), split.push_back(Dim(2));
        return split;
      }
      case 2: {
        std::vector<Dim> joined = shape;
        if (joined.size() > 1) joined[1] = joined[0] * joined[1], joined.erase(joined.begin());
        return joined;
      }
      default: return any_tensor(false).shape;
    }
  }

  ops::Op slice(const std::vector<Dim>& shape) {
    ops::Slice op;
    for (const Dim& d : shape) {
      const bool part = choices_.one_in(2);
      op.start.emplace_back(part ? choices_.of<int64_t>({1, 0, 2}) : 0);
      op.size.push_back(!part ? d : choices_.one_in(2) ? Dim(choices_.of<int64_t>({1, 2, 4})) : d - Dim(1));
    }
    if (choices_.one_in(4)) op.stride.assign(shape.size(), choices_.of<int64_t>({1, 2, -1}));
    return op;
  }

  ops::Op transpose(size_t rank) {
    ops::Transpose op;
    for (size_t i = 0; i < rank; ++i) op.perm.push_back(static_cast<int64_t>(rank - 1 - i));
    if (rank == 3 && choices_.one_in(2)) op.perm = {0, 2, 1};
    return op;
  }

  ops::Op attention(ValueId x, std::vector<ValueId>& in) {
    ops::Attention op;
    op.heads = choices_.of<int64_t>({2, 1, 4});
    op.mask = static_cast<ops::AttentionMask>(choices_.below(3));
    op.causal = choices_.one_in(4);
    op.window_left = choices_.of<int64_t>({-1, 1});
    in = {x, x, x};
    if (op.mask != ops::AttentionMask::none) in.push_back(any());
    return op;
  }

  ops::Op embedding(ValueId ids, std::vector<ValueId>& in) {
    const ValueId table = constant({choices_.of({DType::f32, DType::bf16}), {Dim(5), Dim(8)}});
    in = {table, ids};
    ops::Embedding op;
    op.norm = choices_.one_in(2);
    if (op.norm) in.push_back(vector_of(Dim(8))), in.push_back(vector_of(Dim(8)));
    return op;
  }

  ops::Op linear(const Dim& width, std::vector<ValueId>& in) {
    ops::Linear op;
    op.transposed = choices_.one_in(2);
    const Dim columns(choices_.of<int64_t>({8, 4, 24, 0}));
    if (width.is_constant() && width.constant() < 64)
      in.push_back(constant({DType::f32, op.transposed ? std::vector{columns, width} : std::vector{width, columns}}));
    else
      in.push_back(any());
    using Kind = ops::EpilogueRecord::Kind;
    for (size_t n = choices_.below(4); n > 0; --n) {
      const Kind kind = choices_.of({Kind::bias, Kind::activation, Kind::residual, Kind::layer_norm});
      op.epilogue.records.push_back({.kind = kind});
      if (kind == Kind::activation) op.epilogue.records.back().activation = Activation::gelu;
      if (kind == Kind::residual) in.push_back(choices_.one_in(2) ? in[0] : any());
      if (kind == Kind::bias || kind == Kind::layer_norm) in.push_back(vector_of(columns));
      if (kind == Kind::layer_norm) in.push_back(vector_of(columns));
    }
    return op;
  }

  Choices& choices_;
  ir::Network network_;
  std::vector<ValueId> values_;
};

}  // namespace

ir::Network grow_network(Choices& choices) { return Grower(choices).grow(); }

}  // namespace lathe::fuzz
