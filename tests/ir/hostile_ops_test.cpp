// Attributes come from files: whatever they are, rules refuse or take them, and what they take runs or is refused.
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <random>

#include "backends/reference/evaluate.h"
#include "lathe/error.h"
#include "ops/op.h"
#include "tests/support/tensors.h"

namespace lathe::ops {
namespace {

class Attributes : public AttributeVisitor {
 public:
  explicit Attributes(uint32_t seed) : random_(seed) {}
  using AttributeVisitor::field;
  void field(std::string_view, int64_t& v) override { v = integer(); }
  void field(std::string_view, double& v) override { v = number(); }
  void field(std::string_view, bool& v) override { v = below(2) == 1; }
  void field(std::string_view, std::string& v) override {
    constexpr const char* kTexts[] = {"",    "n",    "count", "a*b", "max", "min",
                                      "add", "edge", "wrap",  "f64", "i8",  "bool"};
    if (below(2) == 1) v = kTexts[below(std::size(kTexts))];
  }
  void field(std::string_view, std::vector<int64_t>& v) override {
    v.resize(below(4));
    for (int64_t& n : v) n = integer();
  }
  void field(std::string_view, std::vector<Dim>& v) override {
    v.resize(below(4));
    for (Dim& d : v) d = below(5) == 0 ? Dim::symbol("n") : Dim(integer());
  }
  void field(std::string_view, std::vector<TensorType>& v) override { v.clear(); }

  TensorType type() {
    constexpr DType kCommon[] = {DType::f32, DType::f64, DType::i32, DType::i64};
    TensorType type{below(4) > 0 ? kCommon[below(std::size(kCommon))] : static_cast<DType>(below(15)), {}};
    for (size_t d = below(5); d-- > 0;) type.shape.emplace_back(static_cast<int64_t>(below(4)));
    return type;
  }
  size_t below(size_t end) { return std::uniform_int_distribution<size_t>(0, end - 1)(random_); }
  /// Now and then a number that nothing is large enough for.
  int64_t integer() {
    constexpr int64_t kNumbers[] = {INT64_MIN, INT64_MAX, INT32_MIN, INT32_MAX, -9, 100};
    return below(6) == 0 ? kNumbers[below(std::size(kNumbers))] : static_cast<int64_t>(below(6)) - 2;
  }

 private:
  double number() {
    constexpr double kNumbers[] = {0, 1, -1, 0.5, 1e-12, 1e308, -1e308, HUGE_VAL, -HUGE_VAL, NAN};
    return kNumbers[below(std::size(kNumbers))];
  }
  std::mt19937 random_;
};

/// What may take its time: blocks are run by others.
bool is_run(const OpInfo& info, const Types& results) {
  for (const TensorType& type : results)
    for (const Dim& d : type.shape)
      if (d.is_constant() && d.constant() > 1000) return false;
  return info.name != "if" && info.name != "loop";
}

/// Runs it where the rule takes inputs of random types; whether it did.
bool attempt(const OpInfo& info, Attributes& random) {
  try {
    const Op op = make_op(info.name, random);
    Types types;
    for (size_t i = random.below(4); i-- > 0;)
      types.push_back(types.empty() || random.below(2) == 0 ? random.type() : types[0]);
    (void)op.str();
    Equalities needed;
    const Types results = op.infer(types, needed);
    (void)op.counts(types), (void)op.flops(types), (void)op.elements(types, {}, results.at(0));
    if (!is_run(info, results)) return false;
    std::vector<backends::reference::Tensor> inputs;
    for (const TensorType& type : types) {
      Shape shape;
      for (const Dim& d : type.shape) shape.push_back(d.constant());
      std::vector<double> values(static_cast<size_t>(shape.count()));
      for (double& v : values) v = static_cast<double>(random.integer());
      const bool ids = type.dtype == DType::i32 || type.dtype == DType::i64;
      for (double& v : values) v = ids ? std::clamp(v, -3.0, 3.0) : std::clamp(v, 0.0, 100.0);
      const HostTensor x = test::make_tensor("x", type.dtype, shape, values);
      inputs.push_back({x.dtype, x.shape, x.data});
    }
    backends::reference::Symbols symbols = {{"n", 2}};
    backends::reference::evaluate(op, inputs, symbols);
    return true;
  } catch (const Error&) {
    return false;
  }
}

TEST(IrHostileOps, AnyAttributesAndTypes) {
  Attributes random(7);
  int ran = 0;
  for (const OpInfo* info : all_ops()) {
    SCOPED_TRACE(info->name);
    for (int i = 0; i < 4000; ++i) ran += attempt(*info, random);
  }
  EXPECT_GT(ran, 5000);
}

}  // namespace
}  // namespace lathe::ops
