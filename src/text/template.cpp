#include "text/template.h"

#include <algorithm>
#include <array>

#include "base/error.h"

namespace lathe::text {
namespace {

constexpr std::string_view kWhere = "tokenizer";
// Limits of one call's windows: short strides, and pairs that are cut on both sides, multiply a text.
constexpr size_t kMostTokens = size_t{1} << 24;
constexpr size_t kMostRows = size_t{1} << 18;

struct Window {
  size_t begin, end;
};

// The stretches of a text of `size` tokens cut to `most`. A text cut to nothing leaves one empty window and one with
// all of it, as the reference does.
std::vector<Window> cut(size_t size, size_t most, size_t stride, bool left, bool all) {
  if (most >= size) return {{0, size}};
  if (most == 0) return {{0, 0}, {0, size}};
  if (!all) return {left ? Window{size - most, size} : Window{0, most}};
  if (stride >= most)
    fail(ErrorCode::invalid_argument, kWhere, "use a smaller stride or a larger max_length",
         "windows of {} tokens cannot share {}", most, stride);
  if (size / (most - stride) >= std::min(kMostRows, kMostTokens / most))
    fail(ErrorCode::out_of_range, kWhere, "use a smaller stride or a shorter text",
         "{} tokens in windows of {} that share {} are too much", size, most, stride);
  std::vector<Window> windows;
  for (size_t done = 0;; done += most - stride) {
    const size_t far = std::min(done + most, size);
    windows.push_back(left ? Window{size - far, size - done} : Window{done, far});
    if (far == size) return windows;
  }
}

struct Lengths {
  size_t first, second;
};

// How many tokens each text keeps when both together may have `most`.
Lengths shorten(size_t first, size_t second, bool is_pair, size_t most, Truncation how) {
  if (most == 0) return {0, 0};
  if (first + second <= most) return {first, second};
  if (how == Truncation::longest_first) {
    if (!is_pair) return {most, 0};
    size_t low = std::min(first, second), high = std::max(first, second);
    high = low > most ? low : std::max(low, most - low);
    if (low + high > most) {
      low = most / 2;
      high = low + most % 2;
    }
    return first > second ? Lengths{high, low} : Lengths{low, high};
  }
  if (how == Truncation::only_second && !is_pair)
    fail(ErrorCode::invalid_argument, kWhere, "give a pair or truncate the first text",
         "{} tokens are over the limit of {} and there is no second text to truncate", first, most);
  const size_t other = how == Truncation::only_first ? second : first;
  if (other >= most)
    fail(ErrorCode::invalid_argument, kWhere, "raise max_length or truncate the longest first",
         "the text that must stay whole has {} tokens, but both may have only {}", other, most);
  return how == Truncation::only_first ? Lengths{most - other, second} : Lengths{first, most - other};
}

void append(Encoding& row, int32_t id, int32_t type, std::pair<int32_t, int32_t> offsets, int sequence) {
  row.ids.push_back(id);
  row.type_ids.push_back(type);
  row.offsets.push_back(offsets);
  row.special_tokens_mask.push_back(sequence < 0);
  row.sequence_ids.push_back(static_cast<int8_t>(sequence));
}

}  // namespace

Template Template::plain() {
  Template t;
  TemplatePart first, second;
  first.sequence = 0;
  second.sequence = second.type_id = 1;
  t.single = {first};
  t.pair = {first, second};
  return t;
}

Template Template::bert(const std::string& cls, int32_t cls_id, const std::string& sep, int32_t sep_id) {
  Template t = plain();
  const TemplatePart begin{-1, 0, {cls_id}, {cls}, cls}, end{-1, 0, {sep_id}, {sep}, sep};
  TemplatePart end_of_pair = end;
  end_of_pair.type_id = 1;
  t.single = {begin, t.single[0], end};
  t.pair = {begin, t.pair[0], end, t.pair[1], end_of_pair};
  return t;
}

int64_t Template::added(bool is_pair) const {
  int64_t n = 0;
  for (const TemplatePart& part : is_pair ? pair : single) n += static_cast<int64_t>(part.ids.size());
  return n;
}

std::vector<Encoding> Template::apply(const Pieces& first, const Pieces* second, const EncodeOptions& options,
                                      bool left, bool windows) const {
  const std::vector<TemplatePart>& parts = second ? pair : single;
  const size_t second_size = second ? second->size() : 0;
  Lengths keep{first.size(), second_size};
  const bool limited = options.max_length != 0;
  if (limited) {
    const int64_t fixed = options.add_special_tokens ? added(second != nullptr) : 0;
    if (options.max_length < fixed)
      fail(ErrorCode::invalid_argument, kWhere, "raise max_length",
           "max_length is {}, but special tokens alone take {}", options.max_length, fixed);
    if (options.stride < 0)
      fail(ErrorCode::invalid_argument, kWhere, "use 0 or more", "the stride is {}", options.stride);
    keep = shorten(first.size(), second_size, second != nullptr, static_cast<size_t>(options.max_length - fixed),
                   options.truncation);
  }
  const auto stride = static_cast<size_t>(std::max<int64_t>(options.stride, 0));
  const std::array<const Pieces*, 2> texts{&first, second};
  std::array<std::vector<Window>, 2> cuts;
  cuts[0] = cut(first.size(), keep.first, stride, left, windows);
  cuts[1] = cut(second_size, keep.second, stride, left, windows);
  // The texts in the order of the template; one that it does not show has one window, unseen.
  std::vector<int> order;
  for (const TemplatePart& part : parts)
    if (part.sequence >= 0) order.push_back(part.sequence);
  const auto count = [&](size_t i) { return i < order.size() ? cuts[static_cast<size_t>(order[i])].size() : 1; };

  std::vector<Encoding> rows;
  size_t total = 0;
  const auto add_row = [&](size_t a, size_t b) {
    Encoding& row = rows.emplace_back();
    for (const TemplatePart& part : parts) {
      if (part.sequence < 0) {
        if (options.add_special_tokens)
          for (const int32_t id : part.ids) append(row, id, part.type_id, {0, 0}, -1);
        continue;
      }
      const auto s = static_cast<size_t>(part.sequence);
      const Window w = cuts[s][part.sequence == order[0] ? a : b];
      row.truncated |= w.end - w.begin < texts[s]->size();
      const auto range = [&](auto& to, const auto& from) {
        to.insert(to.end(), from.begin() + static_cast<ptrdiff_t>(w.begin),
                  from.begin() + static_cast<ptrdiff_t>(w.end));
      };
      range(row.ids, texts[s]->ids);
      range(row.offsets, texts[s]->offsets);
      row.type_ids.resize(row.ids.size(), part.type_id);
      row.special_tokens_mask.resize(row.ids.size(), 0);
      row.sequence_ids.resize(row.ids.size(), static_cast<int8_t>(part.sequence));
    }
    total += row.size();
    if (total > kMostTokens || rows.size() > kMostRows)
      fail(ErrorCode::out_of_range, kWhere, "truncate one text alone",
           "the windows of both texts are more than {} rows or {} tokens", kMostRows, kMostTokens);
  };
  add_row(0, 0);
  if (!windows) return rows;
  for (size_t a = 1; a < count(0); ++a)
    for (size_t b = 0; b < count(1); ++b) add_row(a, b);
  for (size_t b = 1; b < count(1); ++b) add_row(0, b);
  return rows;
}

}  // namespace lathe::text
