// The reference backend itself, against results worked out by hand: it is what all other results are compared with.
#include <gtest/gtest.h>

#include <cmath>

#include "backends/reference/evaluate.h"
#include "ops/activation.h"
#include "ops/attention.h"
#include "ops/binary.h"
#include "ops/cast.h"
#include "ops/concat.h"
#include "ops/embedding.h"
#include "ops/fill.h"
#include "ops/gather.h"
#include "ops/layer_norm.h"
#include "ops/linear.h"
#include "ops/matmul.h"
#include "ops/non_zero.h"
#include "ops/pack_index.h"
#include "ops/reduce.h"
#include "ops/reshape.h"
#include "ops/sequence_pool.h"
#include "ops/slice.h"
#include "ops/softmax.h"
#include "ops/transpose.h"
#include "ops/unary.h"
#include "ops/unpack_rows.h"
#include "tests/io/scratch.h"
#include "tests/support/tensors.h"

namespace lathe::test {
namespace {

using backends::reference::Symbols;
using backends::reference::Tensor;
using io_test::expect_error;
using Values = std::vector<double>;

Tensor f(const Shape& shape, const Values& values, DType type = DType::f64) {
  HostTensor made = make_tensor("", type, shape, values);
  return {type, shape, made.data};
}
Tensor i(const Shape& shape, const Values& values) { return f(shape, values, DType::i32); }

void expect(const std::vector<Tensor>& results, const Shape& shape, const Values& values, size_t which = 0) {
  ASSERT_LT(which, results.size());
  const Tensor& t = results[which];
  EXPECT_EQ(to_string(t.shape), to_string(shape));
  Values found = to_doubles({"", t.dtype, t.shape, t.data});
  ASSERT_EQ(found.size(), values.size());
  for (size_t n = 0; n < values.size(); ++n)
    EXPECT_TRUE(found[n] == values[n] || std::abs(found[n] - values[n]) <= 1e-9)
        << "element " << n << " is " << found[n] << ", not " << values[n];
}

std::vector<Tensor> run(const ops::Op& op, const std::vector<Tensor>& inputs) {
  return backends::reference::evaluate(op, inputs);
}

TEST(Reference, Elementwise) {
  Tensor x = f({3}, {-1, 0, 2});
  expect(run(ops::Act{Activation::relu}, {x}), {3}, {0, 0, 2});
  expect(run(ops::Act{Activation::tanh}, {x}), {3}, {-0.7615941559557649, 0, 0.9640275800758169});
  expect(run(ops::Act{Activation::gelu}, {x}), {3}, {-0.15865525393145707, 0, 1.9544997361036416});
  expect(run(ops::Act{Activation::gelu_tanh}, {x}), {3}, {-0.15880800939172324, 0, 1.9545976940877752});
  expect(run(ops::Unary{ops::UnaryKind::erf}, {x}), {3}, {-0.8427007929497149, 0, 0.9953222650189527});
  expect(run(ops::Unary{ops::UnaryKind::rsqrt}, {f({2}, {4, 0.25})}), {2}, {0.5, 2});
  expect(run(ops::Binary{ops::BinaryKind::pow}, {f({3}, {1, 2, 3}), f({}, {2})}), {3}, {1, 4, 9});
  expect(run(ops::Binary{ops::BinaryKind::div}, {i({3}, {7, -7, 1}), i({3}, {2, 2, 0})}), {3}, {3, -3, 0});
  expect(run(ops::Binary{ops::BinaryKind::sub}, {f({2, 1}, {10, 20}), f({3}, {1, 2, 3})}), {2, 3},
         {9, 8, 7, 19, 18, 17});
  expect(run(ops::Cast{DType::i8}, {f({4}, {-1.9, 1.9, 300, -300})}), {4}, {-1, 1, 127, -128});
  expect(run(ops::Cast{DType::bf16}, {f({2}, {1.00390625, 1.01171875}, DType::f32)}), {2}, {1, 1.015625});
  expect(run(ops::Cast{DType::f16}, {f({3}, {65519, 65520, 1e-8}, DType::f32)}), {3}, {65504, INFINITY, 0});
}

TEST(Reference, Moves) {
  Tensor x = f({2, 3}, {1, 2, 3, 4, 5, 6});
  expect(run(ops::Transpose{{1, 0}}, {x}), {3, 2}, {1, 4, 2, 5, 3, 6});
  expect(run(ops::Transpose{{2, 0, 1}}, {f({1, 2, 3}, {1, 2, 3, 4, 5, 6})}), {3, 1, 2}, {1, 4, 2, 5, 3, 6});
  expect(run(ops::Reshape{{3, 2}}, {x}), {3, 2}, {1, 2, 3, 4, 5, 6});
  expect(run(ops::Concat{1}, {x, f({2, 1}, {7, 8})}), {2, 4}, {1, 2, 3, 7, 4, 5, 6, 8});
  expect(run(ops::Slice{{0, 2}, {2, 2}, {1, -2}}, {x}), {2, 2}, {3, 1, 6, 4});
  expect(run(ops::Gather{0}, {x, i({3}, {1, 0, 1})}), {3, 3}, {4, 5, 6, 1, 2, 3, 4, 5, 6});
  expect(run(ops::Gather{1}, {x, i({2}, {2, 0})}), {2, 2}, {3, 1, 6, 4});
  expect(run(ops::Fill{DType::i32, {2, 3}, 5, 2, -1}, {}), {2, 3}, {5, 7, 9, 5, 7, 9});
  expect(run(ops::UnpackRows{{2, 2}}, {x, i({2}, {3, 0})}), {2, 2, 3}, {4, 5, 6, 0, 0, 0, 0, 0, 0, 1, 2, 3});
  expect_error(ErrorCode::out_of_range, "id 2 is outside the table of 2 rows", [&] {
    run(ops::Gather{0}, {x, i({1}, {2})});
  });
  expect_error(ErrorCode::out_of_range, "token index 4 is outside the 4 padded positions", [&] {
    run(ops::UnpackRows{{2, 2}}, {x, i({2}, {0, 4})});
  });
}

TEST(Reference, SumsAndProducts) {
  Tensor x = f({2, 3}, {1, 2, 3, 4, 5, 6});
  expect(run(ops::Reduce{ops::ReduceKind::mean, {-1}, true}, {x}), {2, 1}, {2, 5});
  expect(run(ops::Reduce{ops::ReduceKind::sum, {0}, false}, {x}), {3}, {5, 7, 9});
  expect(run(ops::Reduce{ops::ReduceKind::prod, {0, 1}, false}, {x}), {}, {720});
  expect(run(ops::Reduce{ops::ReduceKind::max, {1}, false}, {f({2, 0}, {})}), {2}, {-INFINITY, -INFINITY});
  expect(run(ops::MatMul{}, {x, f({3, 1}, {1, 0, -1})}), {2, 1}, {-2, -2});
  expect(run(ops::MatMul{true, true}, {x, f({1, 2}, {1, 10})}), {3, 1}, {41, 52, 63});
  expect(run(ops::Softmax{-1}, {f({2, 2}, {0, std::log(3.0), -INFINITY, -INFINITY})}), {2, 2}, {0.25, 0.75, 0, 0});
  expect(run(ops::Softmax{0}, {f({2, 2}, {0, 5, std::log(3.0), 5})}), {2, 2}, {0.25, 0.5, 0.75, 0.5});
  // (1, 3): mean 2, deviation 1.
  expect(run(ops::LayerNorm{0, false}, {f({1, 2}, {1, 3}), f({2}, {2, 2}), f({2}, {10, 20})}), {1, 2}, {8, 22});
  expect(run(ops::LayerNorm{3, true}, {f({1, 2}, {0, 1}), f({1, 2}, {1, 2}), f({2}, {2, 2}), f({2}, {0, 0})}), {1, 2},
         {-1, 1});
}

TEST(Reference, LinearAppliesItsRecordsInOrder) {
  Tensor x = f({1, 2}, {1, 2}), w = f({2, 2}, {1, 0, 0, -1}), bias = f({2}, {1, 1}), residual = f({1, 2}, {-5, 5});
  ops::Linear op;
  op.out = DType::f64;
  parse("bias+relu+residual", op.epilogue);
  expect(run(op, {x, w, bias, residual}), {1, 2}, {-3, 5});
  parse("residual+relu+bias", op.epilogue);
  expect(run(op, {x, w, residual, bias}), {1, 2}, {1, 4});
  op.transposed = true;
  parse("", op.epilogue);
  expect(run(op, {x, f({3, 2}, {1, 0, 0, 1, 1, 1})}), {1, 3}, {1, 2, 3});
}

TEST(Reference, Embedding) {
  Tensor words = f({2, 2}, {1, 2, 3, 5}), places = f({2, 2}, {0, 1, 10, 20});
  ops::Embedding op{2, false, 0, DType::f64};
  expect(run(op, {words, i({2}, {1, 0}), places, i({2}, {0, 1})}), {2, 2}, {3, 6, 11, 22});
  op.norm = true;
  expect(run(op, {words, i({2}, {1, 0}), places, i({2}, {0, 1}), f({2}, {2, 2}), f({2}, {0, 0})}), {2, 2},
         {-2, 2, -2, 2});
  expect_error(ErrorCode::out_of_range, "id -1 is outside the table of 2 rows", [&] {
    run(op, {words, i({1}, {1}), places, i({1}, {-1}), f({2}, {2, 2}), f({2}, {0, 0})});
  });
}

TEST(Reference, AttentionSeesWhatItMay) {
  // Zero queries: every key that is seen counts the same, so the result is a mean of values.
  Tensor zero = f({1, 4, 1}, {0, 0, 0, 0}), values = f({1, 4, 1}, {1, 2, 4, 8});
  ops::Attention op;
  expect(run(op, {zero, zero, values}), {1, 4, 1}, {3.75, 3.75, 3.75, 3.75});
  op.causal = true;
  expect(run(op, {zero, zero, values}), {1, 4, 1}, {1, 1.5, 7.0 / 3, 3.75});
  op.causal = false;
  op.window_left = 0;
  op.window_right = 1;
  expect(run(op, {zero, zero, values}), {1, 4, 1}, {1.5, 3, 6, 8});
  ops::Attention keys{.mask = ops::AttentionMask::keys};
  expect(run(keys, {zero, zero, values, i({1, 4}, {0, 1, 0, 1})}), {1, 4, 1}, {5, 5, 5, 5});
  expect(run(keys, {zero, zero, values, i({1, 4}, {0, 0, 0, 0})}), {1, 4, 1}, {0, 0, 0, 0});
  ops::Attention packed{.mask = ops::AttentionMask::packed};
  Tensor tokens = f({4, 1}, {0, 0, 0, 0}), rows = f({4, 1}, {1, 2, 4, 8});
  expect(run(packed, {tokens, tokens, rows, i({4}, {0, 1, 1, 4})}), {4, 1}, {1, 14.0 / 3, 14.0 / 3, 14.0 / 3});
  for (const Values& wrong : {Values{0, 3, 2, 4}, Values{1, 2, 3, 4}, Values{0, 1, 2, 3}, Values{0, 1, 2, 5}})
    expect_error(ErrorCode::out_of_range, "cu_seqlens", [&] { run(packed, {tokens, tokens, rows, i({4}, wrong)}); });
  // One head of two features, by hand: weights softmax(2 (q.k)).
  Tensor q = f({1, 1, 2}, {1, 0}), k = f({1, 1, 2}, {3, 4});
  expect(run(ops::Attention{.scale = 2}, {q, k, f({1, 1, 2}, {7, 9})}), {1, 1, 2}, {7, 9});
}

TEST(Reference, AttentionHeads) {
  // Two heads of one feature: each softmax is its own. Scores of head 0: 0, log 3; of head 1: log 3, 0.
  double l = std::log(3.0);
  Tensor q = f({1, 2, 2}, {1, 1, 0, 0}), k = f({1, 2, 2}, {0, l, l, 0}), v = f({1, 2, 2}, {4, 4, 8, 8});
  expect(run(ops::Attention{.heads = 2}, {q, k, v}), {1, 2, 2}, {7, 5, 6, 6});
}

TEST(Reference, Pooling) {
  Tensor x = f({3, 3, 1}, {1, 2, 4, 1, 2, 4, 1, 2, 4}), mask = i({3, 3}, {1, 1, 1, 0, 1, 1, 0, 0, 0});
  auto pooled = [&](ops::PoolMode mode, const Values& values) {
    expect(run(ops::SequencePool{mode, false}, {x, mask}), {3, 1}, values);
    Tensor rows = f({5, 1}, {1, 2, 4, 2, 4});
    expect(run(ops::SequencePool{mode, true}, {rows, i({4}, {0, 3, 5, 5})}), {3, 1}, values);
  };
  pooled(ops::PoolMode::first, {1, 2, 0});
  expect(run(ops::SequencePool{ops::PoolMode::keep, true}, {f({3, 1}, {7, 8, 9}), i({4}, {0, 3, 5, 5})}), {3, 1},
         {7, 8, 0});
  pooled(ops::PoolMode::last, {4, 4, 0});
  pooled(ops::PoolMode::max, {4, 4, 0});
  pooled(ops::PoolMode::mean, {7.0 / 3, 3, 0});
  pooled(ops::PoolMode::mean_sqrt, {7 / std::sqrt(3.0), 6 / std::sqrt(2.0), 0});
  pooled(ops::PoolMode::weighted_mean, {17.0 / 6, 10.0 / 3, 0});
}

TEST(Reference, NonZero) {
  Symbols symbols;
  auto found = backends::reference::evaluate(ops::NonZero{"n"}, std::vector{f({2, 3}, {0, 5, 0, -1, 0, 2})}, symbols);
  expect(found, {2, 3}, {0, 1, 1, 1, 0, 2});
  EXPECT_EQ(symbols.at("n"), 3);
  expect(backends::reference::evaluate(ops::NonZero{"n"}, std::vector{f({}, {7})}, symbols), {1, 1}, {0});
  expect(backends::reference::evaluate(ops::NonZero{"n"}, std::vector{f({2}, {0, 0})}, symbols), {1, 0}, {});
}

TEST(Reference, SymbolsOfShapes) {
  Symbols symbols = {{"batch", 2}, {"seq", 3}};
  Tensor mask = i({2, 3}, {1, 0, 1, 0, 1, 0});
  auto results = backends::reference::evaluate(ops::PackIndex{}, std::vector{mask}, symbols);
  expect(results, {3}, {0, 2, 4});
  expect(results, {3}, {0, 2, 3}, 1);
  EXPECT_EQ(symbols.at("tokens"), 3);
  ops::Reshape flat{{Dim::symbol("batch") * Dim::symbol("seq")}};
  expect(backends::reference::evaluate(flat, std::vector{mask}, symbols), {6}, {1, 0, 1, 0, 1, 0});
  expect_error(ErrorCode::not_found, "heads", [&] {
    backends::reference::evaluate(ops::Reshape{{Dim::symbol("heads")}}, std::vector{mask}, symbols);
  });
  expect_error(ErrorCode::shape_mismatch, "reshape", [&] { run(ops::Reshape{{5}}, {mask}); });
  expect_error(ErrorCode::out_of_memory, "", [&] { run(ops::Fill{DType::f32, {int64_t{1} << 40, 1 << 20}}, {}); });
}

}  // namespace
}  // namespace lathe::test
