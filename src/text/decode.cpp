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

/// Tokens put together as the decoder does it, one after another.
class Joiner {
 public:
  Joiner(const Tokenizer::Impl& t, bool clean_up) : t_(t), clean_up_(clean_up && t.has_decoder && t.decoder_cleanup) {}

  void add(std::string_view token) {
    const bool inside = t_.has_decoder && token.starts_with(t_.decoder_prefix);
    piece_.clear();
    if (!first_ && !inside) piece_ += ' ';
    piece_ += !first_ && inside ? token.substr(t_.decoder_prefix.size()) : token;
    first_ = false;
    if (clean_up_)
      for (const Rule& rule : kOfToken) replace_all(piece_, rule);
    text_ += piece_;
  }
  std::string take() { return std::move(text_); }

 private:
  const Tokenizer::Impl& t_;
  const bool clean_up_;
  bool first_ = true;
  std::string text_, piece_;
};

}  // namespace

std::string Tokenizer::decode(std::span<const int32_t> ids, bool skip_special_tokens, bool clean_up) const {
  const Impl& t = *impl_;
  Joiner joiner(t, clean_up);
  for (const int32_t id : ids) {
    const std::string* added = t.added.token_of(id);
    const std::string_view token = added ? std::string_view(*added) : t.model.vocabulary().token_of(id);
    if (!token.empty() && !(skip_special_tokens && t.added.is_special(token))) joiner.add(token);
  }
  std::string text = joiner.take();
  if (clean_up && t.cleanup_spaces)
    for (const Rule& rule : kOfText) replace_all(text, rule);
  return text;
}

std::string Tokenizer::join(std::span<const std::string> tokens) const {
  Joiner joiner(*impl_, true);
  for (const std::string& token : tokens) joiner.add(token);
  return joiner.take();
}

}  // namespace lathe
