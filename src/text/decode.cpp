#include <initializer_list>
#include <utility>

#include "text/tokenizer_impl.h"

namespace lathe {
namespace {

using Rule = std::pair<std::string_view, std::string_view>;

void replace_all(std::string& text, const Rule& rule) {
  for (size_t at = 0; (at = text.find(rule.first, at)) != std::string::npos; at += rule.second.size())
    text.replace(at, rule.first.size(), rule.second);
}

// The reference's two clean-ups: of each token in the decoder, and of the whole text in transformers. Their rules
// differ, the order counts.
constexpr Rule kOfToken[] = {{" .", "."},   {" ?", "?"},     {" !", "!"},    {" ,", ","},
                             {" ' ", "'"},  {" n't", "n't"}, {" 'm", "'m"},  {" do not", " don't"},
                             {" 's", "'s"}, {" 've", "'ve"}, {" 're", "'re"}};
constexpr Rule kOfText[] = {{" .", "."},     {" ?", "?"},   {" !", "!"},   {" ,", ","},     {" ' ", "'"},
                            {" n't", "n't"}, {" 'm", "'m"}, {" 's", "'s"}, {" 've", "'ve"}, {" 're", "'re"}};

}  // namespace

std::string Tokenizer::decode(std::span<const int32_t> ids, bool skip_special_tokens, bool clean_up) const {
  const Impl& t = *impl_;
  std::string text, piece;
  bool first = true;
  for (const int32_t id : ids) {
    const std::string* added = t.added.token_of(id);
    const std::string_view token = added ? std::string_view(*added) : t.model.vocabulary().token_of(id);
    if (token.empty() || (skip_special_tokens && t.added.is_special(token))) continue;
    const bool inside = t.has_decoder && token.substr(0, t.decoder_prefix.size()) == t.decoder_prefix;
    piece.clear();
    if (!first && !inside) piece += ' ';
    piece += !first && inside ? token.substr(t.decoder_prefix.size()) : token;
    first = false;
    if (clean_up && t.has_decoder && t.decoder_cleanup)
      for (const Rule& rule : kOfToken) replace_all(piece, rule);
    text += piece;
  }
  if (clean_up && t.cleanup_spaces)
    for (const Rule& rule : kOfText) replace_all(text, rule);
  return text;
}

}  // namespace lathe
