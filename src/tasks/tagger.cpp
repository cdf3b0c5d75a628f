#include <algorithm>
#include <utility>

#include "base/error.h"
#include "tasks/code_points.h"
#include "tasks/entities.h"
#include "tasks/runner.h"
#include "tasks/scores.h"

namespace lathe {
namespace {

const tasks::Need kNeed{"tag",
                        tasks::Scope::tokens,
                        {"logits"},
                        {"ForTokenClassification"},
                        "give a model with labels for tokens, such as a BertForTokenClassification"};

constexpr std::pair<std::string_view, Aggregation> kAggregations[] = {{"none", Aggregation::none},
                                                                      {"simple", Aggregation::simple},
                                                                      {"first", Aggregation::first},
                                                                      {"average", Aggregation::average},
                                                                      {"max", Aggregation::max}};

std::vector<tasks::TaggedToken> tagged_tokens(const Tokenizer& tokenizer, const Encoding& encoding,
                                              const tasks::CodePoints& text, const tasks::Matrix& logits) {
  std::vector<tasks::TaggedToken> tokens;
  for (size_t t = 0; t < encoding.size(); ++t) {
    if (encoding.special_tokens_mask[t]) continue;
    tasks::TaggedToken token;
    token.index = static_cast<int32_t>(t);
    std::tie(token.start, token.end) = encoding.offsets[t];
    token.word = tokenizer.id_to_token(encoding.ids[t]);
    // transformers takes a token for the rest of a word when it is not as long as the characters it came from.
    token.continues_word = tasks::CodePoints::count(token.word) != token.end - token.start;
    if (encoding.ids[t] == tokenizer.unk_id()) {
      token.word = text.slice(token.start, token.end);
      token.continues_word = false;
    }
    token.scores = tasks::softmax(logits.row(static_cast<int64_t>(t)));
    tokens.push_back(std::move(token));
  }
  return tokens;
}

}  // namespace

Aggregation parse_aggregation(std::string_view word) {
  for (const auto& [name, value] : kAggregations)
    if (name == word) return value;
  fail(ErrorCode::invalid_argument, "aggregation", "give none, simple, first, average or max", "'{}' is none", word);
}

Tagger::Tagger(const Plan& plan, const TaskOptions& options)
    : runner_(std::make_shared<tasks::Runner>(plan, options, kNeed)) {}

std::vector<std::vector<Entity>> Tagger::operator()(std::span<const std::string> texts, const TagOptions& how,
                                                    TaskReport* report) const {
  (void)report;
  const Tokenizer& tokenizer = runner_->tokenizer();
  std::vector<Encoding> windows;
  std::vector<size_t> first_window{0};
  for (size_t i = 0; i < texts.size(); ++i) {
    windows.push_back(runner_->encode(i, texts[i], nullptr, tasks::Runner::Limit::cut));
    tasks::need_tokens(i, texts[i], windows.back(), false);
    const bool full = static_cast<int64_t>(windows.back().size()) == runner_->cut_tokens();
    if (how.stride >= 0 && full) {
      EncodeOptions cut = runner_->encode_options();
      cut.max_length = runner_->cut_tokens();
      cut.stride = how.stride;
      windows.pop_back();
      for (Encoding& window : tokenizer.encode_windows(texts[i], cut)) windows.push_back(std::move(window));
    }
    first_window.push_back(windows.size());
  }

  std::vector<std::vector<Entity>> found(windows.size());
  std::vector<tasks::CodePoints> points;
  std::vector<size_t> text_of(windows.size());
  for (size_t i = 0; i < texts.size(); ++i) {
    points.emplace_back(texts[i]);
    std::fill(text_of.begin() + static_cast<ptrdiff_t>(first_window[i]),
              text_of.begin() + static_cast<ptrdiff_t>(first_window[i + 1]), i);
  }
  runner_->run(windows, {}, [&](size_t w, std::span<const tasks::Matrix> outputs) {
    std::vector<std::string> labels;
    for (int64_t i = 0; i < outputs[0].width; ++i) labels.push_back(runner_->facts().label(static_cast<size_t>(i)));
    found[w] = tasks::aggregate(tagged_tokens(tokenizer, windows[w], points[text_of[w]], outputs[0]), labels,
                                how.aggregation, how.ignore_labels);
  });

  std::vector<std::vector<Entity>> result(texts.size());
  for (size_t i = 0; i < texts.size(); ++i) {
    for (size_t w = first_window[i]; w < first_window[i + 1]; ++w)
      result[i].insert(result[i].end(), found[w].begin(), found[w].end());
    if (first_window[i + 1] - first_window[i] > 1) result[i] = tasks::merge_overlapping(std::move(result[i]));
  }
  return result;
}

}  // namespace lathe
