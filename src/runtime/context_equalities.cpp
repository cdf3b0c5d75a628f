// Sizes that steps need equal: compared before the first step, or, where a step counts them, before the step that needs
// it. No step runs with others.
#include <algorithm>
#include <map>

#include "base/error.h"
#include "runtime/context_data.h"

namespace lathe::runtime {
namespace {

/// A symbol's value, and the dimension of a bound input that says it.
struct Found {
  int64_t value = 0;
  std::string source;
};

}  // namespace

bool ContextData::counts_agree(const PreparedStep& step) const {
  for (int d : step.whole)
    if (dim_values_[static_cast<size_t>(d)] < 0) return false;
  return std::all_of(step.equal.begin(), step.equal.end(), [this](const PreparedStep::Equal& e) {
    return !e.counted || dim_values_[static_cast<size_t>(e.a)] == dim_values_[static_cast<size_t>(e.b)];
  });
}

void ContextData::check_equalities() const {
  for (size_t s = 0; s < now_.active.size(); ++s) {
    if (!now_.active[s]) continue;
    for (const PreparedStep::Equal& e : engine_->steps[s].equal)
      if (!e.counted && dim_values_[static_cast<size_t>(e.a)] != dim_values_[static_cast<size_t>(e.b)])
        tell_unequal(engine_->steps[s]);
  }
}

void ContextData::tell_unequal(const PreparedStep& step) const {
  for (int d : step.whole)
    if (const int64_t size = dim_values_[static_cast<size_t>(d)]; size < 0)
      fail(ErrorCode::out_of_range, step.step->name, "give other sizes", "its size {} is {} here",
           engine_->dims[static_cast<size_t>(d)].str(), size);
  for (const PreparedStep::Equal& e : step.equal) {
    const auto a = static_cast<size_t>(e.a), b = static_cast<size_t>(e.b);
    if (dim_values_[a] == dim_values_[b]) continue;
    const plan::Equality* known = plan_.find_equality(engine_->dims[a], engine_->dims[b]);
    tell_unequal(known ? *known : plan::Equality{engine_->dims[a], engine_->dims[b], step.step->name});
  }
  fail(ErrorCode::internal, step.step->name, {}, "its sizes agree");
}

/// Shows each dimension of the bound inputs as it was declared, with its size.
template <class F>
void ContextData::for_each_declared(F visit) const {
  for (size_t i = 0; i < inputs_.size(); ++i) {
    const plan::Port& port = plan_.inputs[i];
    const std::vector<Dim>& shape = port.declared.empty() ? tensor_of(i).type.shape : port.declared;
    for (size_t d = 0; inputs_[i].bound && d < shape.size(); ++d)
      visit(port, d, shape[d], inputs_[i].user.shape[static_cast<int>(d)]);
  }
}

namespace {

using FoundSymbols = std::map<std::string, Found, std::less<>>;

/// Notes what a dimension says of the one symbol in it.
auto noting(FoundSymbols& found) {
  return [&found](const plan::Port& port, size_t d, const Dim& dim, int64_t size) {
    const std::vector<std::string> names = dim.symbols();
    int64_t value = 0;
    if (names.size() == 1 && dim.solve(names[0], size, &value) && value >= 0)
      found.try_emplace(names[0], Found{value, fmt::format("{}: dimension {} is {}", port.name, d, size)});
  };
}

}  // namespace

/// Of shapes that do not agree: the equality that they break, where symbols that were declared apart are one.
void ContextData::check_declared() const {
  FoundSymbols found;
  for_each_declared(noting(found));
  for (const plan::Equality& e : plan_.equalities) {
    bool all = true;
    const auto value_in = [&](std::string_view name) {
      auto known = found.find(name);
      all = all && known != found.end();
      return known == found.end() ? 0 : known->second.value;
    };
    const int64_t a = e.a.evaluate(value_in), b = e.b.evaluate(value_in);
    if (all && a != b) tell_unequal(e);
  }
}

void ContextData::tell_unequal(const plan::Equality& equality) const {
  FoundSymbols found;
  for_each_declared(noting(found));
  std::vector<std::string> sources;
  const auto value_in = [&](std::string_view name) {
    auto known = found.find(name);
    const bool bound = known != found.end();
    const int64_t value = bound ? known->second.value : engine_->symbol(name) >= 0 ? value_of(name) : 0;
    std::string source = bound ? known->second.source : fmt::format("{}: its size is {}", name, value);
    if (std::find(sources.begin(), sources.end(), source) == sources.end()) sources.push_back(std::move(source));
    return value;
  };
  const int64_t a = equality.a.evaluate(value_in), b = equality.b.evaluate(value_in);
  const auto simple = [](const Dim& d) { return d.is_constant() || !d.symbol_name().empty(); };
  if (sources.empty() || !simple(equality.a) || !simple(equality.b))
    sources.push_back(fmt::format("{}: {} is {}, {} is {}", equality.by, equality.a.str(), a, equality.b.str(), b));
  const size_t colon = sources[0].find(": ");
  const std::string where = sources[0].substr(0, colon);
  sources[0].erase(0, colon + 2);
  fail(ErrorCode::shape_mismatch, where,
       fmt::format("'{}' needs {} == {}", equality.by, equality.a.str(), equality.b.str()), "{}",
       fmt::join(sources, ", "));
}

}  // namespace lathe::runtime
