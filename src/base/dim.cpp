#include "base/dim.h"

#include <algorithm>
#include <set>

#include "base/dim_text.h"
#include "base/error.h"
#include "base/number.h"

namespace lathe {
namespace {
constexpr int64_t kLimit = int64_t{1} << 62;

int64_t clamp_wide(__int128 x) {
  return static_cast<int64_t>(std::clamp(x, static_cast<__int128>(-kLimit), static_cast<__int128>(kLimit)));
}

int64_t floor_division(int64_t a, int64_t b) {
  if (b == 0) return 0;
  int64_t q = a / b;
  return (a % b != 0 && (a < 0) != (b < 0)) ? q - 1 : q;
}

int64_t ceil_division(int64_t a, int64_t b) { return b == 0 ? 0 : -floor_division(-a, b); }

/// What a dimension is written with, each of its terms for itself: far more than any network needs. Of a minimum of
/// products of minima each level has the one below many times over, so that a short text could ask for all memory.
constexpr size_t kMostText = size_t{1} << 16;

void check_text(size_t size) {
  if (size > kMostText)
    fail(ErrorCode::out_of_range, "dimension", "give dimensions of fewer terms", "one would be of over {} characters",
         kMostText);
}
}  // namespace

int64_t saturating_add(int64_t a, int64_t b) { return clamp_wide(static_cast<__int128>(a) + b); }
int64_t saturating_mul(int64_t a, int64_t b) { return clamp_wide(static_cast<__int128>(a) * b); }

Dim::Dim(int64_t constant) {
  constant = std::clamp(constant, -kLimit, kLimit);
  if (constant != 0) terms_.emplace("", Term{constant, {}});
}

Dim Dim::symbol(std::string_view name) { return atom(Kind::symbol, name, Dim(), Dim()); }

Dim Dim::atom(Kind kind, std::string_view name, const Dim& a, const Dim& b) {
  auto node = std::make_shared<Atom>();
  node->kind = kind;
  if (kind == Kind::symbol) {
    node->text = name;
  } else {
    node->text = fmt::format("{}({}, {})", name, a.str(), b.str());
    check_text(node->text.size());
    node->a = std::make_shared<Dim>(a);
    node->b = std::make_shared<Dim>(b);
  }
  Dim result;
  result.terms_.emplace(node->text, Term{1, {node}});
  return result;
}

bool Dim::is_constant() const { return terms_.empty() || (terms_.size() == 1 && terms_.begin()->first.empty()); }
int64_t Dim::constant() const { return terms_.empty() ? 0 : terms_.begin()->second.coefficient; }

std::string_view Dim::symbol_name() const {
  if (terms_.size() != 1) return {};
  const Term& term = terms_.begin()->second;
  if (term.coefficient != 1 || term.factors.size() != 1 || term.factors[0]->kind != Kind::symbol) return {};
  return term.factors[0]->text;
}

std::vector<std::string> Dim::symbols() const {
  std::set<std::string> names;
  for (const auto& [key, term] : terms_)
    for (const auto& factor : term.factors) {
      if (factor->kind == Kind::symbol) {
        names.insert(factor->text);
        continue;
      }
      for (const std::string& name : factor->a->symbols()) names.insert(name);
      for (const std::string& name : factor->b->symbols()) names.insert(name);
    }
  return {names.begin(), names.end()};
}

bool Dim::is_rising() const {
  auto rises = [](const Atom& atom) {
    switch (atom.kind) {
      case Kind::symbol: return !is_number(atom.text);
      case Kind::floordiv:
      case Kind::ceildiv: return atom.a->is_rising() && atom.b->is_constant() && atom.b->constant() > 0;
      case Kind::min:
      case Kind::max: return atom.a->is_rising() && atom.b->is_rising();
    }
    return false;
  };
  return std::all_of(terms_.begin(), terms_.end(), [&](const auto& entry) {
    const auto& [coefficient, factors] = entry.second;
    return coefficient >= 0 &&
           std::all_of(factors.begin(), factors.end(), [&](const auto& factor) { return rises(*factor); });
  });
}

std::string Dim::str() const {
  if (terms_.empty()) return "0";
  std::string text;
  // The constant's key is empty and so comes first; it reads better at the end.
  auto append = [&](const std::string& key, const Term& term) {
    int64_t c = term.coefficient;
    if (!text.empty()) {
      text += c < 0 ? " - " : " + ";
      c = c < 0 ? -c : c;
    }
    if (key.empty())
      text += std::to_string(c);
    else
      text += c == 1 ? key : c == -1 ? "-" + key : fmt::format("{}*{}", c, key);
  };
  for (const auto& [key, term] : terms_)
    if (!key.empty()) append(key, term);
  if (auto constant = terms_.find(""); constant != terms_.end()) append("", constant->second);
  return text;
}

int64_t Dim::evaluate(const std::function<int64_t(std::string_view)>& value_of) const {
  int64_t sum = 0;
  for (const auto& [key, term] : terms_) {
    int64_t product = term.coefficient;
    for (const auto& factor : term.factors) {
      int64_t value = 0;
      if (factor->kind == Kind::symbol) {
        value = value_of(factor->text);
      } else {
        int64_t a = factor->a->evaluate(value_of), b = factor->b->evaluate(value_of);
        switch (factor->kind) {
          case Kind::floordiv: value = floor_division(a, b); break;
          case Kind::ceildiv: value = ceil_division(a, b); break;
          case Kind::min: value = std::min(a, b); break;
          case Kind::max: value = std::max(a, b); break;
          case Kind::symbol: break;
        }
      }
      product = saturating_mul(product, value);
    }
    sum = saturating_add(sum, product);
  }
  return sum;
}

Dim Dim::substitute(const std::function<Dim(std::string_view)>& replacement) const {
  Dim sum;
  for (const auto& [key, term] : terms_) {
    Dim product(term.coefficient);
    for (const auto& factor : term.factors) {
      if (factor->kind == Kind::symbol) {
        product = product * replacement(factor->text);
        continue;
      }
      Dim a = factor->a->substitute(replacement), b = factor->b->substitute(replacement);
      switch (factor->kind) {
        case Kind::floordiv: product = product * floordiv(a, b); break;
        case Kind::ceildiv: product = product * ceildiv(a, b); break;
        case Kind::min: product = product * min(a, b); break;
        case Kind::max: product = product * max(a, b); break;
        case Kind::symbol: break;
      }
    }
    sum = sum + product;
  }
  return sum;
}

bool Dim::solve(std::string_view name, int64_t value, int64_t* solution) const {
  int64_t slope = 0;
  value = std::clamp(value, -kLimit, kLimit);
  for (const auto& [key, term] : terms_) {
    if (key.empty())
      value = saturating_add(value, -term.coefficient);
    else if (key == name && term.factors.size() == 1)
      slope = term.coefficient;
    else
      return false;
  }
  if (slope == 0 || value % slope != 0) return false;
  *solution = value / slope;
  return true;
}

std::optional<std::pair<Dim, Dim>> Dim::linear_in(std::string_view name) const {
  const auto at = [&](const Dim& value) {
    return substitute([&](std::string_view symbol) { return symbol == name ? value : Dim::symbol(symbol); });
  };
  const Dim b = at(Dim(0)), a = at(Dim(1)) - b;
  if (!(*this == a * Dim::symbol(name) + b)) return std::nullopt;
  return std::pair(a, b);
}

/// Returns the length of the term's text.
size_t Dim::add_term(const Term& term) {
  std::string key;
  for (const auto& factor : term.factors) key += (key.empty() ? "" : "*") + factor->text;
  const size_t length = key.size();
  check_text(length);
  auto [place, added] = terms_.emplace(key, term);
  if (!added) place->second.coefficient = saturating_add(place->second.coefficient, term.coefficient);
  if (place->second.coefficient == 0) terms_.erase(place);
  return length;
}

Dim Dim::operator+(const Dim& other) const {
  Dim sum = *this;
  size_t length = 0;
  for (const auto& [key, term] : terms_) length += key.size();
  for (const auto& [key, term] : other.terms_) check_text(length += sum.add_term(term));
  return sum;
}

Dim Dim::operator-(const Dim& other) const { return *this + other * Dim(-1); }

Dim Dim::operator*(const Dim& other) const {
  // Products of sums grow fast: a file could ask for more terms than there is memory.
  constexpr size_t kMostTerms = 4096;
  if (terms_.size() * other.terms_.size() > kMostTerms)
    fail(ErrorCode::out_of_range, "dimension", "give dimensions of fewer terms", "a product has over {} terms",
         kMostTerms);
  Dim product;
  size_t length = 0;
  for (const auto& [key_a, a] : terms_)
    for (const auto& [key_b, b] : other.terms_) {
      Term term{saturating_mul(a.coefficient, b.coefficient), a.factors};
      term.factors.insert(term.factors.end(), b.factors.begin(), b.factors.end());
      std::sort(term.factors.begin(), term.factors.end(),
                [](const auto& x, const auto& y) { return x->text < y->text; });
      if (term.coefficient != 0) check_text(length += product.add_term(term));
    }
  return product;
}

std::pair<Dim, Dim> Dim::split(const Dim& a, int64_t divisor) {
  Dim quotient, rest;
  for (const auto& [key, term] : a.terms_) {
    const bool whole = term.coefficient % divisor == 0, positive = term.coefficient > 0 && divisor > 0;
    // Of a constant, the part that the divisor divides: (n + 11) / 4 is (n + 3) / 4 + 2.
    if (whole || (term.factors.empty() && positive)) quotient.add_term({term.coefficient / divisor, term.factors});
    if (!whole)
      rest.add_term({term.factors.empty() && positive ? term.coefficient % divisor : term.coefficient, term.factors});
  }
  return {quotient, rest};
}

Dim Dim::floordiv(const Dim& a, const Dim& b) {
  if (b == Dim(1)) return a;
  if (a.is_constant() && b.is_constant()) return Dim(floor_division(a.constant(), b.constant()));
  if (b.is_constant() && b.constant() != 0) {
    const auto [quotient, rest] = split(a, b.constant());
    if (!(quotient == Dim(0))) return quotient + floordiv(rest, b);
  }
  // (c * x) / c and (x * y) / y are exact.
  if (!b.terms_.empty() && b.terms_.size() == 1 && a.terms_.size() == 1) {
    const Term &x = a.terms_.begin()->second, &y = b.terms_.begin()->second;
    if (y.coefficient != 0 && x.coefficient % y.coefficient == 0) {
      Term quotient{x.coefficient / y.coefficient, x.factors};
      bool divides = true;
      for (const auto& factor : y.factors) {
        auto same = std::find_if(quotient.factors.begin(), quotient.factors.end(),
                                 [&](const auto& f) { return f->text == factor->text; });
        if (same == quotient.factors.end()) {
          divides = false;
          break;
        }
        quotient.factors.erase(same);
      }
      if (divides) {
        Dim result;
        result.add_term(quotient);
        return result;
      }
    }
  }
  return atom(Kind::floordiv, "floordiv", a, b);
}

Dim Dim::ceildiv(const Dim& a, const Dim& b) {
  if (b == Dim(1)) return a;
  if (a.is_constant() && b.is_constant()) return Dim(ceil_division(a.constant(), b.constant()));
  if (b.is_constant() && b.constant() != 0) {
    const auto [quotient, rest] = split(a, b.constant());
    if (!(quotient == Dim(0))) return quotient + ceildiv(rest, b);
  }
  return atom(Kind::ceildiv, "ceildiv", a, b);
}

Dim Dim::min(const Dim& a, const Dim& b) {
  if (a == b) return a;
  if (const Dim way = b - a; way.is_constant()) return way.constant() > 0 ? a : b;
  return a.str() < b.str() ? atom(Kind::min, "min", a, b) : atom(Kind::min, "min", b, a);
}

Dim Dim::max(const Dim& a, const Dim& b) {
  if (a == b) return a;
  if (const Dim way = b - a; way.is_constant()) return way.constant() > 0 ? b : a;
  // Sizes are not negative.
  if (a == Dim(0) && b.is_rising()) return b;
  if (b == Dim(0) && a.is_rising()) return a;
  return a.str() < b.str() ? atom(Kind::max, "max", a, b) : atom(Kind::max, "max", b, a);
}

bool Dim::operator==(const Dim& other) const {
  return std::equal(
      terms_.begin(), terms_.end(), other.terms_.begin(), other.terms_.end(),
      [](const auto& a, const auto& b) { return a.first == b.first && a.second.coefficient == b.second.coefficient; });
}

/// Dimensions as what their text is read into.
class DimParser {
 public:
  using Value = Dim;
  Dim number(int64_t n) const { return Dim(n); }
  Dim symbol(std::string_view name) const { return Dim::symbol(name); }
  Dim add(const Dim& a, const Dim& b) const { return a + b; }
  Dim subtract(const Dim& a, const Dim& b) const { return a - b; }
  template <class Bad>
  Dim multiply(const Dim& a, const Dim& b, const Bad& bad) const {
    constexpr size_t kMaxTerms = 256;
    Dim result = a * b;
    if (result.terms_.size() > kMaxTerms) bad();  // a product of sums grows fast
    return result;
  }
  template <class Bad>
  Dim call(std::string_view name, const Dim& a, const Dim& b, const Bad& bad) const {
    if (name == "floordiv") return Dim::floordiv(a, b);
    if (name == "ceildiv") return Dim::ceildiv(a, b);
    if (name == "min") return Dim::min(a, b);
    if (name != "max") bad();
    return Dim::max(a, b);
  }
};

Dim Dim::parse(std::string_view text) {
  DimParser algebra;
  return DimTextReader<DimParser>(text, algebra).read();
}

std::string to_string(const std::vector<Dim>& shape) {
  std::string text = "[";
  for (size_t i = 0; i < shape.size(); ++i) text += (i ? ", " : "") + shape[i].str();
  return text + "]";
}

Dim count_of(const std::vector<Dim>& shape) {
  Dim product(1);
  for (const Dim& d : shape) product = product * d;
  return product;
}

}  // namespace lathe
