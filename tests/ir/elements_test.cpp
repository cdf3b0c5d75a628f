// What rules know of elements is what the ops compute.
#include <gtest/gtest.h>

#include <map>
#include <random>

#include "lathe/error.h"
#include "ops/binary.h"
#include "ops/cast.h"
#include "ops/compare.h"
#include "ops/concat.h"
#include "ops/expand.h"
#include "ops/fill.h"
#include "ops/gather.h"
#include "ops/range.h"
#include "ops/reduce.h"
#include "ops/reshape.h"
#include "ops/shape.h"
#include "ops/slice.h"
#include "ops/unary.h"
#include "ops/where.h"
#include "tests/support/run_network.h"
#include "tests/support/tensors.h"

namespace lathe::ir {
namespace {

class Sizes {
 public:
  explicit Sizes(uint32_t seed) : random_(seed) {
    for (const char* name : {"a", "b"}) {
      ops::TensorType type{DType::f32, {Dim::symbol(name), Dim(number(1, 3)), Dim::symbol("n")}};
      values_.push_back(network_.add1(ops::ShapeOf{}, {network_.add_input(name, std::move(type))}, "shape"));
    }
    values_.push_back(constant({number(-2, 4), number(0, 3)}));
  }

  void grow() {
    for (int tries = 0; tries < 12; ++tries) try {
        std::vector<ValueId> in = {any()};
        const ops::Op op = any_op(in);
        values_.push_back(network_.add1(op, in, "v"));
      } catch (const Error&) {}
  }

  /// (Without sizes of 0: n / n is known as 1.) Runs it all and compares; how many elements were known.
  int check() {
    std::map<std::string, int64_t> symbols = {{"a", number(1, 5)}, {"b", number(1, 5)}, {"n", number(1, 5)}};
    test::NamedTensors given;
    for (const Input& input : network_.inputs) {
      Shape shape;
      const Value& value = network_.value(input.value);
      for (const Dim& d : value.type.shape)
        shape.push_back(d.evaluate([&](std::string_view s) { return symbols.at(std::string(s)); }));
      given.emplace(value.name, test::full(value.name, DType::f32, shape, 1));
    }
    int known = 0;
    for (ValueId v : values_) {
      const ops::Elements elements = network_.elements(v);
      if (!elements) continue;
      network_.outputs.clear();
      network_.mark_output("y", v);
      std::vector<double> computed;
      try {
        computed = test::to_doubles(test::run_network(network_, given).at("y"));
      } catch (const Error&) {
        continue;  // a slice or a size that these inputs do not allow
      }
      EXPECT_EQ(computed.size(), elements->size());
      for (size_t i = 0; i < elements->size() && i < computed.size(); ++i) {
        if (!(*elements)[i]) continue;
        ++known;
        EXPECT_EQ((*elements)[i]->evaluate([&](std::string_view s) { return symbols.at(std::string(s)); }), computed[i])
            << (*elements)[i]->str() << " of " << network_.value(v).name;
      }
    }
    return known;
  }

 private:
  int64_t number(int64_t low, int64_t high) { return std::uniform_int_distribution<int64_t>(low, high)(random_); }
  ValueId any() { return values_[static_cast<size_t>(number(0, static_cast<int64_t>(values_.size()) - 1))]; }
  ValueId constant(const std::vector<int64_t>& numbers, bool scalar = false) {
    const std::vector<Dim> shape = scalar ? std::vector<Dim>() : std::vector<Dim>{static_cast<int64_t>(numbers.size())};
    return network_.add_constant("c", {DType::i64, shape},
                                 {Blob::copy_of(numbers.data(), numbers.size() * sizeof(int64_t)), nullptr});
  }

  ops::Op any_op(std::vector<ValueId>& in) {
    switch (number(0, 14)) {
      case 0: return in.push_back(constant({number(0, 2), number(0, 2)})), ops::Gather{};
      case 1: return in.push_back(constant({number(0, 1)}, true)), ops::Gather{};
      case 2: return in.push_back(any()), ops::Concat{};
      case 3: return in.push_back(any()), ops::Binary{static_cast<ops::BinaryKind>(number(0, 14))};
      case 4: return in.push_back(constant({number(-2, 3)})), ops::Binary{static_cast<ops::BinaryKind>(number(0, 14))};
      case 5: return ops::Reduce{static_cast<ops::ReduceKind>(number(0, 4)), {0}, number(0, 1) == 1};
      case 6: return ops::Reshape{number(0, 1) == 1 ? std::vector<Dim>{1} : std::vector<Dim>()};
      case 7:
        for (int i = 0; i < 2; ++i) in.push_back(constant({number(-3, 4)}));
        in.push_back(constant({0}));
        return in.push_back(constant({number(0, 1) == 1 ? 2 : -1})), ops::Slice{};
      case 8: return ops::Cast{number(0, 1) == 1 ? DType::i64 : DType::boolean};
      case 9: {
        std::byte* flags = nullptr;
        Blob blob = Blob::zeros(2, &flags);
        flags[0] = static_cast<std::byte>(number(0, 2));
        in = {network_.add_constant("flags", {DType::boolean, {Dim(2)}}, {std::move(blob), nullptr}), any(), any()};
        return ops::Where{};
      }
      case 10: return ops::Expand{{Dim(number(1, 3))}};
      case 11: return in.push_back(any()), ops::Compare{static_cast<ops::CompareKind>(number(0, 5))};
      case 12: {
        using enum ops::UnaryKind;
        constexpr ops::UnaryKind kKinds[] = {neg, abs, sign, not_};
        return ops::Unary{kKinds[number(0, 3)]};
      }
      case 13: return in.push_back(constant({number(-2, 1)}, true)), ops::Gather{0, true};
      default:
        in.clear();
        if (number(0, 1) == 1)
          return ops::Range{DType::i64, Dim::symbol("a"), Dim::symbol("a") + Dim(number(-2, 4)), number(1, 2)};
        return ops::Fill{DType::i64, {Dim(number(0, 3))}, static_cast<double>(number(-4, 4)), 2, -1};
    }
  }

  std::mt19937 random_;
  Network network_;
  std::vector<ValueId> values_;
};

TEST(IrElements, AreWhatIsComputed) {
  int known = 0;
  for (uint32_t seed = 0; seed < 300; ++seed) {
    SCOPED_TRACE(seed);
    Sizes sizes(seed);
    sizes.grow();
    known += sizes.check();
  }
  EXPECT_GT(known, 3000);
}

}  // namespace
}  // namespace lathe::ir
