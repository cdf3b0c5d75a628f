#pragma once
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace lathe {

/// A tensor dimension: an integer expression over named symbols, in canonical form.
///
///   Dim = c0 + sum_i ci * product_j atom_ij,   atom = symbol | floordiv(Dim, Dim) | ceildiv | min | max
///
/// Equal expressions up to commutation, association and distribution compare equal ("batch*seq" == "seq*batch").
/// Printed and parsed in one text form: "batch*seq + 1", "ceildiv(tokens, 16)".
class Dim {
 public:
  Dim() = default;
  /// Constants beyond +-2^62 are taken as that.
  Dim(int64_t constant);  // NOLINT(google-explicit-constructor): sizes are dimensions
  static Dim symbol(std::string_view name);
  /// Error(corrupt_file) for text that is no dimension.
  static Dim parse(std::string_view text);

  bool is_constant() const;
  /// The constant; only for is_constant().
  int64_t constant() const;
  /// The symbol's name when the expression is one symbol alone, else empty.
  std::string_view symbol_name() const;
  /// All symbols, each once, sorted.
  std::vector<std::string> symbols() const;
  std::string str() const;

  /// The value for given symbols. A division by zero gives 0, sums and products saturate at +-2^62, so that no input
  /// can cause undefined behaviour.
  int64_t evaluate(const std::function<int64_t(std::string_view)>& value_of) const;
  /// Whether the form shows that the value is never negative and never falls as symbols, being sizes, rise: the value
  /// at their bounds then bounds it. Sufficient, not necessary ("n - m + m" is "n"; "max(n, 5) - 5" is not seen).
  bool is_rising() const;
  /// The expression with symbols replaced by expressions.
  Dim substitute(const std::function<Dim(std::string_view)>& replacement) const;
  /// Solves this == value for the one symbol `name` where this is `a * name + b`; false where that has no whole
  /// solution or the form is another.
  bool solve(std::string_view name, int64_t value, int64_t* solution) const;
  /// {a, b} where this is `a * name + b` and neither has the symbol; none where the form is another.
  std::optional<std::pair<Dim, Dim>> linear_in(std::string_view name) const;

  Dim operator+(const Dim& other) const;
  Dim operator-(const Dim& other) const;
  /// Error(out_of_range) for a product of thousands of terms.
  Dim operator*(const Dim& other) const;
  /// Rounded towards minus infinity; x / 0 is 0, but (x * y) / y is x whatever y is.
  static Dim floordiv(const Dim& a, const Dim& b);
  /// Rounded towards plus infinity.
  static Dim ceildiv(const Dim& a, const Dim& b);
  static Dim min(const Dim& a, const Dim& b);
  static Dim max(const Dim& a, const Dim& b);
  bool operator==(const Dim& other) const;

 private:
  enum class Kind : uint8_t { symbol, floordiv, ceildiv, min, max };
  struct Atom {
    Kind kind;
    std::string text;  ///< canonical text: the identity of the atom
    std::shared_ptr<const Dim> a, b;
  };
  struct Term {
    int64_t coefficient;
    std::vector<std::shared_ptr<const Atom>> factors;
  };
  /// a == quotient * divisor + rest, with all of `a` in the quotient that the divisor divides.
  static std::pair<Dim, Dim> split(const Dim& a, int64_t divisor);
  static Dim atom(Kind kind, std::string_view name, const Dim& a, const Dim& b);
  size_t add_term(const Term& term);
  friend class DimParser;

  std::map<std::string, Term> terms_;  ///< by the factors' text; the constant has the empty key; no zero coefficient
};

std::string to_string(const std::vector<Dim>& shape);
/// The product of all dimensions; 1 for none.
Dim count_of(const std::vector<Dim>& shape);

/// Arithmetic that saturates at +-2^62: sizes from files cannot overflow.
int64_t saturating_add(int64_t a, int64_t b);
int64_t saturating_mul(int64_t a, int64_t b);

}  // namespace lathe
