// Sizes that come from the elements of inputs. An element is a number of any sign until a node makes a dimension of it:
// then it is a size, which a run may rely on not to be negative. What an op computes from several gets a name, so that
// shapes stay short and rules compare names.
#include <algorithm>
#include <cctype>

#include "base/error.h"
#include "base/number.h"
#include "ir/network.h"

namespace lathe::ir {
namespace {

/// What a plan file can hold, and then some.
constexpr size_t kMostText = 3000;
/// Beyond the pads of the highest rank nobody has sizes.
constexpr int64_t kMostFollowed = 2 * Shape::kMaxRank;
/// Further ones stay what they are: each is compared with all others.
constexpr size_t kMostDefinitions = 1024;

std::string as_symbol(std::string_view name) {
  std::string symbol;
  for (char c : name) symbol += std::isalnum(static_cast<unsigned char>(c)) ? c : '_';
  if (symbol.empty() || std::isdigit(static_cast<unsigned char>(symbol[0]))) symbol.insert(0, "d");
  return symbol;
}

void note(const Dim& d, std::set<std::string>& found) {
  for (std::string& symbol : d.symbols()) found.insert(std::move(symbol));
}

}  // namespace

void Network::follow_elements(ValueId input) {
  const int64_t count = ops::followed(value(input).type);
  if (count < 1 || count > kMostFollowed || value(input).type.dtype == DType::boolean) return;
  std::vector<ops::Element> names;
  for (int64_t i = 0; i < count; ++i)
    names.emplace_back(number(free_symbol(fmt::format("{}.{}", as_symbol(value(input).name), i))));
  name_elements(input, std::move(names));
}

void Network::name_elements(ValueId input, std::vector<ops::Element> names) {
  value(input).elements = std::move(names);
  note_symbols_of_value(input);
}

/// Neither it nor the number of that name has been spoken of. Where the first choice is taken, one that no other value
/// tries first.
std::string Network::free_symbol(std::string_view base) const {
  const auto taken = [this](const std::string& symbol) {
    return mentions_.contains(symbol) || renamed_.contains(symbol) ||
           std::any_of(definitions_.begin(), definitions_.end(),
                       [&](const Definition& d) { return d.size.symbol_name() == symbol; });
  };
  std::string symbol(base);
  for (size_t i = values_.size(); taken(symbol) || taken("$" + symbol); ++i) symbol = fmt::format("{}_{}", base, i);
  return symbol;
}

/// Whether dimensions that numbers of any sign are in have become sizes: lone ones, and those that the op has just
/// computed, which get names. Blocks have no names of their own.
bool Network::make_sizes(ops::Op& op, const ops::Types& result, bool is_computed, std::string_view base) {
  for (const ops::TensorType& type : result)
    for (const Dim& d : type.shape) {
      if (!has_numbers(d)) continue;
      if (d.str().size() > kMostText)
        fail(ErrorCode::unsupported, {}, "give the numbers that it is computed from when the network is built",
             "a size has more than {} characters", kMostText);
      if (!d.symbol_name().empty()) {
        if (make_size(std::string(d.symbol_name()), base)) return true;
        continue;
      }
      const std::vector<Dim> own = op.dims();
      if (!is_computed || std::find(own.begin(), own.end(), d) == own.end()) continue;
      const Dim size = named_size(d, base);
      if (size == d) continue;
      op = op.with_dims([&](const Dim& each) { return each == d ? size : each; });
      return true;
    }
  return false;
}

/// The number is a size from here on, unless the rules of ops would then say something else.
bool Network::make_size(const std::string& number, std::string_view by) {
  if (is_block_ || signed_.contains(number)) return false;
  const size_t before = undo_.size();
  const std::string own = number.substr(1);
  const bool is_taken = mentions_.contains(own) || renamed_.contains(own);
  rename(number, Dim::symbol(is_taken ? free_symbol(own) : own));
  if (follows_rules(touched(undo_.back()), by)) return true;
  undo_to(before);
  signed_.insert(number);
  return false;
}

Dim Network::named_size(const Dim& value, std::string_view by) {
  const std::vector<std::string> names = value.symbols();
  const bool is_counted_too = std::any_of(names.begin(), names.end(), [this](const auto& n) { return is_counted(n); });
  if (!has_numbers(value) || is_block_ || is_counted_too || definitions_.size() >= kMostDefinitions) return value;
  if (!value.symbol_name().empty()) return value;  // a number alone is a size where it is a dimension
  for (const Definition& known : definitions_)
    if (renamed(known.value) == value && !renamed(known.size).symbol_name().empty()) return renamed(known.size);
  Dim size = Dim::symbol(free_symbol(as_symbol(by) + ".0"));
  define(size, value, by);
  return size;
}

void Network::define(Dim size, Dim value, std::string_view by) {
  definitions_.push_back({std::move(size), std::move(value), std::string(by)});
}

std::vector<Definition> Network::definitions() const {
  std::vector<Definition> present;
  for (const Definition& d : definitions_) present.push_back({renamed(d.size), renamed(d.value), d.by});
  return present;
}

void Network::note_sizes_in_use(std::set<std::string>& found) const {
  for (NodeId id : nodes()) {
    const Node& n = node(id);
    for (const Dim& d : n.op.dims()) note(d, found);
    for (ValueId v : n.outputs)
      for (const Dim& d : value(v).type.shape) note(d, found);
    for (const Block& block : n.blocks) block->note_sizes_in_use(found);
  }
}

std::set<std::string> Network::sizes_in_use() const {
  std::set<std::string> found;
  note_sizes_in_use(found);
  for (const Input& input : inputs)
    for (const Dim& d : value(input.value).type.shape) note(d, found);
  const std::vector<Definition> all = definitions();
  for (auto d = all.rbegin(); d != all.rend(); ++d)
    if (const std::string_view lone = d->size.symbol_name(); lone.empty() || found.contains(std::string(lone)))
      note(d->value, found);
  return found;
}

bool Network::gives_sizes(ValueId input, const std::set<std::string>& in_use) const {
  const ops::Elements& elements = value(input).elements;
  return elements && std::any_of(elements->begin(), elements->end(), [&](const ops::Element& element) {
           return element && (element->is_constant() || in_use.contains(std::string(element->symbol_name())));
         });
}

}  // namespace lathe::ir
