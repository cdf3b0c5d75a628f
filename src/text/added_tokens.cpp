#include "text/added_tokens.h"

#include <algorithm>

#include "base/error.h"
#include "text/unicode.h"
#include "text/utf8.h"

namespace lathe::text {
namespace {

size_t space_before(std::string_view text, size_t at) {
  while (at > 0 && (char_flags(previous_code_point(text.data() + at)) & kSpace)) do {
      --at;
    } while ((static_cast<unsigned char>(text[at]) & 0xC0) == 0x80);
  return at;
}

size_t space_behind(std::string_view text, size_t at) {
  while (at < text.size()) {
    const char* p = text.data() + at;
    if (!(char_flags(next_code_point(p)) & kSpace)) break;
    at = static_cast<size_t>(p - text.data());
  }
  return at;
}

bool word_touches(std::string_view text, size_t begin, size_t end) {
  if (begin > 0 && is_word(previous_code_point(text.data() + begin))) return true;
  const char* p = text.data() + end;
  return end < text.size() && is_word(next_code_point(p));
}

}  // namespace

void AddedTokens::Search::insert(const std::string& key, int32_t id) {
  if (key.empty() || !trie.insert(key, id)) return;
  starts[static_cast<unsigned char>(key[0])] = true;
  empty = false;
}

void AddedTokens::add(AddedToken token, const Vocabulary& vocabulary, const Normalizer& normalizer) {
  if (token.content.empty()) return;
  int64_t id = id_of(token.content);
  if (id < 0) id = vocabulary.id_of(token.content);
  if (id < 0) id = std::max<int64_t>(id_limit_, static_cast<int64_t>(vocabulary.size()));
  if (id > INT32_MAX)
    fail(ErrorCode::out_of_range, "added token", "use smaller ids", "'{}' would get the id {}", token.content, id);
  token.id = static_cast<int32_t>(id);
  id_limit_ = std::max(id_limit_, id + 1);
  Known known{token, token.content};
  if (token.normalized) {
    Normalized normalized;
    normalizer.run(token.content, 0, normalized);
    known.text = normalized.bytes;
  }
  if (token.special) special_.insert(token.content);
  by_content_[token.content] = token.id;
  by_id_[id] = std::move(known);
}

void AddedTokens::finish() {
  for (const AddedToken& t : list()) (t.normalized ? after_ : before_).insert(by_id_.at(t.id).text, t.id);
}

void AddedTokens::find(std::string_view text, bool normalized, std::vector<Match>& out) const {
  out.clear();
  const Search& search = normalized ? after_ : before_;
  if (search.empty) return;
  const char* const end = text.data() + text.size();
  size_t taken = 0;  // end of the last match, its white space included
  for (size_t i = 0; i < text.size();) {
    if (!search.starts[static_cast<unsigned char>(text[i])]) {
      ++i;
      continue;
    }
    const Trie::Match match = search.trie.longest(Trie::kRoot, text.data() + i, end);
    if (match.length == 0) {
      ++i;
      continue;
    }
    size_t first = i, last = i + match.length;
    i = last;
    const AddedToken& token = by_id_.at(match.id).token;
    if (token.single_word && word_touches(text, first, last)) continue;
    if (token.lstrip) first = std::max(space_before(text, first), taken);
    if (token.rstrip) last = space_behind(text, last);
    out.push_back({first, last, match.id});
    taken = last;
  }
}

std::vector<AddedToken> AddedTokens::list() const {
  std::vector<AddedToken> tokens;
  for (const auto& [id, known] : by_id_) tokens.push_back(known.token);
  std::sort(tokens.begin(), tokens.end(), [](const AddedToken& a, const AddedToken& b) { return a.id < b.id; });
  return tokens;
}

int32_t AddedTokens::id_of(std::string_view content) const {
  const auto it = by_content_.find(std::string(content));
  return it == by_content_.end() ? -1 : it->second;
}

const std::string* AddedTokens::token_of(int64_t id) const {
  const auto it = by_id_.find(id);
  return it == by_id_.end() ? nullptr : &it->second.text;
}

}  // namespace lathe::text
