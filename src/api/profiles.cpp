#include "api/profiles.h"

#include <algorithm>
#include <charconv>

#include "base/error.h"
#include "io/tensor.h"

namespace lathe {
namespace {

[[noreturn]] void refuse_shapes(std::string_view text, std::string_view problem) {
  fail(ErrorCode::invalid_argument, "shapes", "write them as in input_ids=1x16:8x128:32x512", "{}: {}", shown(text),
       problem);
}

std::vector<std::string_view> split(std::string_view text, char separator) {
  std::vector<std::string_view> parts;
  while (true) {
    const size_t at = text.find(separator);
    parts.push_back(text.substr(0, at));
    if (at == std::string_view::npos) return parts;
    text.remove_prefix(at + 1);
  }
}

std::vector<int64_t> sizes_of(std::string_view text) {
  std::vector<int64_t> sizes;
  if (text.empty()) return sizes;  // a scalar
  for (std::string_view word : split(text, 'x')) {
    int64_t size = 0;
    const auto [end, problem] = std::from_chars(word.data(), word.data() + word.size(), size);
    if (problem != std::errc() || end != word.data() + word.size() || size < 0)
      refuse_shapes(text, "a size is no whole number");
    sizes.push_back(size);
  }
  return sizes;
}

}  // namespace

ShapeRanges parse_shapes(std::string_view text) {
  ShapeRanges ranges;
  for (std::string_view part : split(text, ',')) {
    // Names may have '=' in them; sizes do not.
    const size_t equals = part.rfind('=');
    if (equals == std::string_view::npos || equals == 0) refuse_shapes(part, "it names no input");
    const std::vector<std::string_view> shapes = split(part.substr(equals + 1), ':');
    if (shapes.size() > 3) refuse_shapes(part, "there are more than three shapes");
    ShapeRange range;
    range.min = sizes_of(shapes.front());
    range.max = sizes_of(shapes.back());
    range.opt = shapes.size() == 3 ? sizes_of(shapes[1]) : range.max;
    if (!ranges.emplace(std::string(part.substr(0, equals)), range).second) refuse_shapes(part, "it is there twice");
  }
  return ranges;
}

namespace api {
namespace {

constexpr int64_t kAny = int64_t{1} << 20;

/// One dimension of an input with the extent that is asked of it.
void constrain(plan::Profile& profile, const Dim& dimension, const plan::Extent& asked, std::string_view where) {
  const auto mismatch = [&] {
    fail(ErrorCode::shape_mismatch, where, "give sizes that the input can have",
         "{} to {} is asked of the dimension {}", asked.min, asked.max, dimension.str());
  };
  if (dimension.is_constant()) {
    if (asked.min != dimension.constant() || asked.max != dimension.constant() || asked.opt != dimension.constant())
      mismatch();
    return;
  }
  const std::vector<std::string> symbols = dimension.symbols();
  plan::Extent of_symbol;
  if (symbols.size() != 1 || !dimension.solve(symbols[0], asked.min, &of_symbol.min) ||
      !dimension.solve(symbols[0], asked.opt, &of_symbol.opt) ||
      !dimension.solve(symbols[0], asked.max, &of_symbol.max))
    return mismatch();
  const auto [place, is_new] = profile.emplace(symbols[0], of_symbol);
  plan::Extent& known = place->second;
  if (!is_new && (known.min != of_symbol.min || known.opt != of_symbol.opt || known.max != of_symbol.max))
    fail(ErrorCode::shape_mismatch, where, "give one range for each name",
         "the dimension {} is {}:{}:{} here, {}:{}:{} in another input", symbols[0], of_symbol.min, of_symbol.opt,
         of_symbol.max, known.min, known.opt, known.max);
}

}  // namespace

std::vector<plan::Profile> profiles_of(const ir::Network& network, const std::vector<ShapeRanges>& shapes) {
  std::vector<plan::Profile> profiles;
  for (const ShapeRanges& ranges : shapes) {
    plan::Profile profile;
    for (const auto& [name, range] : ranges) {
      const auto input = std::find_if(network.inputs.begin(), network.inputs.end(),
                                      [&](const ir::Input& i) { return network.value(i.value).name == name; });
      if (input == network.inputs.end()) {
        std::vector<std::string> names;
        for (const ir::Input& i : network.inputs) names.push_back(network.value(i.value).name);
        fail(ErrorCode::not_found, fmt::format("shapes of {}", shown(name)),
             fmt::format("inputs are {}", fmt::join(names, ", ")), "the network has no such input");
      }
      const std::vector<Dim>& shape = network.value(input->value).type.shape;
      const std::string where = fmt::format("shapes of {}", name);
      if (range.min.size() != shape.size() || range.opt.size() != shape.size() || range.max.size() != shape.size())
        fail(ErrorCode::shape_mismatch, where, "give one size a dimension", "the input is {}", to_string(shape));
      for (size_t d = 0; d < shape.size(); ++d) {
        const plan::Extent asked{range.min[d], range.opt[d], range.max[d]};
        if (asked.min > asked.opt || asked.opt > asked.max || asked.max > kAny * kAny)
          fail(ErrorCode::invalid_argument, where, "let them rise", "sizes {}:{}:{}", asked.min, asked.opt, asked.max);
        constrain(profile, shape[d], asked, where);
      }
    }
    profiles.push_back(std::move(profile));
  }
  return profiles;
}

}  // namespace api
}  // namespace lathe
