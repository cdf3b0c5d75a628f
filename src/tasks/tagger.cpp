#include <algorithm>
#include <utility>

#include "base/error.h"
#include "tasks/code_points.h"
#include "tasks/entities.h"
#include "tasks/scores.h"
#include "tasks/text_engine.h"

namespace lathe {
namespace {

const tasks::Need kNeed{.task = "tag",
                        .scope = tasks::Scope::tokens,
                        .outputs = {{"logits"}},
                        .heads = {"ForTokenClassification"},
                        .cure = "give a model with labels for tokens, such as a BertForTokenClassification",
                        .cuts = true};

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

/// The text whole or cut; or all of it in windows that share `stride` tokens, where it is not negative.
std::vector<Encoding> encodings_of(const tasks::TextEngine& engine, size_t number, const std::string& text,
                                   int64_t stride, tasks::Notes& notes) {
  if (stride < 0) return {engine.encode(number, text, nullptr, notes)};
  EncodeOptions how = engine.encode_options();
  how.max_length = engine.cut_tokens();
  how.stride = stride;
  try {
    return engine.tokenizer().encode_windows(text, how);
  } catch (const Error& error) {
    throw tasks::about_text(number, text, error);
  }
}

}  // namespace

Aggregation parse_aggregation(std::string_view word) {
  for (const auto& [name, value] : kAggregations)
    if (name == word) return value;
  fail(ErrorCode::invalid_argument, "aggregation", "give none, simple, first, average or max", "'{}' is none", word);
}

Tagger::Tagger(const Plan& plan, const TaskOptions& options)
    : engine_(std::make_shared<tasks::TextEngine>(plan, options, kNeed)) {}

std::vector<std::vector<Entity>> Tagger::operator()(std::span<const std::string> texts, const TagOptions& how,
                                                    TaskReport* report) const {
  const Tokenizer& tokenizer = engine_->tokenizer();
  tasks::Notes notes(report);
  std::vector<Encoding> windows;
  std::vector<size_t> text_of;  // of each window
  for (size_t i = 0; i < texts.size(); ++i)
    notes.read(i, [&] {
      std::vector<Encoding> read = encodings_of(*engine_, i, texts[i], how.stride, notes);
      text_of.resize(text_of.size() + read.size(), i);
      std::move(read.begin(), read.end(), std::back_inserter(windows));
    });

  std::vector<std::vector<Entity>> found(windows.size());
  std::vector<tasks::CodePoints> points(texts.begin(), texts.end());
  const auto tag = [&](size_t w, std::span<const tasks::Matrix> outputs) {
    std::vector<std::string> labels;
    for (int64_t i = 0; i < outputs[0].width; ++i) labels.push_back(engine_->facts().label(static_cast<size_t>(i)));
    found[w] = tasks::aggregate(tagged_tokens(tokenizer, windows[w], points[text_of[w]], outputs[0]), labels, tokenizer,
                                how.aggregation, how.ignore_labels);
  };
  std::vector<bool> refused(texts.size());
  engine_->run(windows, {}, tag, [&](size_t w, const Error& why) {
    refused[text_of[w]] = true;
    notes.refuse(text_of[w], tasks::about_text(text_of[w], texts[text_of[w]], why));
  });

  std::vector<std::vector<Entity>> result(texts.size());
  for (size_t w = 0, end = 0; w < windows.size(); w = end) {
    const size_t i = text_of[w];
    for (end = w; end < windows.size() && text_of[end] == i; ++end)
      if (!refused[i]) result[i].insert(result[i].end(), found[end].begin(), found[end].end());
    if (end - w > 1) result[i] = tasks::merge_overlapping(std::move(result[i]));
  }
  notes.finish();
  return result;
}

}  // namespace lathe
