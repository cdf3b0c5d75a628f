#pragma once
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "ir/network.h"
#include "ops/binary.h"

namespace lathe::passes {

/// An element of a value: which, as expressions over indices and sizes.
struct Element {
  ir::ValueId value = ir::kNone;
  std::vector<Dim> at;
  bool operator==(const Element&) const = default;
};

/// One of several conditions that all hold.
struct Condition {
  enum class Kind : uint8_t {
    set,       ///< the element is not zero
    unset,     ///< it is zero
    at_least,  ///< `distance` is not negative
  };
  Kind kind = Kind::set;
  Element element;
  Dim distance;
  bool of_bits = false;  ///< it is so where the element is 0 or 1; else perhaps not
};

/// How an element of a value is computed from its indices, as far as that can be said in a closed form. An exporter may
/// spell one formula in many ways (ranges, comparisons, lookups, reshapes): its form is one. Arithmetic is that of the
/// values' types, which round, truncate and wrap around: what is not known to be so for all elements has no form. Sizes
/// and indices alone are taken to be small enough for the types that count them.
struct IndexForm {
  enum class Kind : uint8_t {
    unknown,
    whole,   ///< `whole`: of sizes and indices
    number,  ///< `a`
    affine,  ///< a * element + b, where the type holds that; in any case zero just where the formula with b = 0 is
    flag,    ///< whether all `conditions` hold; none: true
    never,   ///< false
    choice,  ///< a where all `conditions` hold, else b
  };
  Kind kind = Kind::unknown;
  Dim whole;
  double a = 0, b = 0;
  Element element;
  std::vector<Condition> conditions;
};

/// Finds forms of values of one network.
class IndexForms {
 public:
  explicit IndexForms(const ir::Network& network) : network_(network) {}
  /// Of the element at index(0), index(1), ..; along a dimension of size 1 at 0.
  IndexForm of(ir::ValueId value);
  /// Which element of which values further up each element is, where reshapes, transposes, slices and lookups by index
  /// alone move them: the value that the node reads first, then what that is made of, and so on.
  std::vector<Element> moved(ir::ValueId value);
  /// What stands for an index along dimension d in the forms of a value.
  static Dim index(size_t d) { return Dim::symbol("%" + std::to_string(d)); }
  /// Whether it is shown to be so for all indices and sizes.
  bool never_negative(Dim d) const;

 private:
  IndexForm form(ir::ValueId value, std::vector<Dim> at, int depth);
  IndexForm of_node(const ir::Node& node, const std::vector<Dim>& at, int depth);
  IndexForm of_constant(ir::ValueId value, const std::vector<Dim>& at) const;
  /// A whole number as elements of the type hold it, where factors of sizes and indices are small.
  IndexForm whole_of(const Dim& d, DType type) const;
  IndexForm sum_of_whole(ops::BinaryKind kind, const Dim& x, const Dim& y, DType type) const;
  IndexForm of_cast(const IndexForm& x, DType from, DType to) const;
  IndexForm of_elementwise(const ir::Node& node, const std::vector<Dim>& at, int depth);
  IndexForm chosen(const ir::Node& node, const std::vector<Dim>& at, int depth);
  IndexForm of_gather_nd(const ir::Node& node, const std::vector<Dim>& at, int depth);
  IndexForm of_concat(const ir::Node& node, const std::vector<Dim>& at, int depth);
  IndexForm operand(const ir::Node& node, size_t input, const std::vector<Dim>& at, int depth);
  IndexForm compared(const ir::Node& node, const IndexForm& x, const IndexForm& y) const;
  void begin(ir::ValueId value, std::vector<Dim>& at);
  /// {place / n, place % n} where the form shows them.
  std::optional<std::pair<Dim, Dim>> divided(const Dim& place, const Dim& n) const;
  /// Where the node reads the element that it gives at `at`, for nodes that only move elements.
  std::optional<std::vector<Dim>> through(const ir::Node& node, const std::vector<Dim>& at, int depth);
  std::optional<std::vector<Dim>> through_gather(const ir::Node& node, const std::vector<Dim>& at, int depth);
  std::vector<Dim> through_slice(const ir::Node& node, const std::vector<Dim>& at) const;
  std::vector<Dim> through_transpose(const ir::Node& node, const std::vector<Dim>& at) const;
  std::optional<std::vector<Dim>> through_reshape(const std::vector<Dim>& from, const std::vector<Dim>& to,
                                                  const std::vector<Dim>& at) const;

  const ir::Network& network_;
  std::map<std::string, Dim> sizes_;  ///< of the indices, by their symbol
  int left_ = 0;                      ///< steps that are still taken
};

}  // namespace lathe::passes
