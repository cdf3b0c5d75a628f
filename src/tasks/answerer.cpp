#include <algorithm>
#include <unordered_map>

#include "base/error.h"
#include "tasks/code_points.h"
#include "tasks/spans.h"
#include "tasks/text_engine.h"
#include "text/unicode.h"

namespace lathe {
namespace {

const tasks::Need kNeed{"answer",
                        tasks::Scope::tokens,
                        {{"start_logits"}, {"end_logits"}},
                        {"ForQuestionAnswering"},
                        "give a model that marks answers, such as a BertForQuestionAnswering"};
constexpr int64_t kMostTokens = 384, kMostStride = 128;

/// Tokens of the context, and the first token, whose place means "no answer".
std::vector<uint8_t> allowed_tokens(const Encoding& window) {
  std::vector<uint8_t> allowed;
  for (size_t t = 0; t < window.size(); ++t) allowed.push_back(window.sequence_ids[t] == 1 || t == 0);
  return allowed;
}

/// Grows [first, last] to whole words: WordPiece's later pieces of a word begin with ##.
void grow_to_words(const Tokenizer& tokenizer, const Encoding& window, tasks::Span& span) {
  const auto inside = [&](int64_t t) {
    return window.sequence_ids[static_cast<size_t>(t)] == 1 &&
           tokenizer.id_to_token(window.ids[static_cast<size_t>(t)]).starts_with("##");
  };
  while (span.first > 0 && inside(span.first) && window.sequence_ids[static_cast<size_t>(span.first) - 1] == 1)
    --span.first;
  while (span.last + 1 < static_cast<int64_t>(window.size()) && inside(span.last + 1)) ++span.last;
}

/// Error(invalid_argument) where the question or the context has no token.
void need_both(const Encoding& encoding) {
  for (int8_t text : {int8_t{0}, int8_t{1}})
    if (std::find(encoding.sequence_ids.begin(), encoding.sequence_ids.end(), text) == encoding.sequence_ids.end())
      fail(ErrorCode::invalid_argument, {}, "give some words", "the {} is empty", text == 0 ? "question" : "context");
}

struct Windows {
  std::vector<Encoding> encodings;
  std::vector<size_t> question;  ///< of each window
};

int64_t window_length(const tasks::TextEngine& engine, const AnswerOptions& how) {
  int64_t length = how.max_length > 0 ? how.max_length : kMostTokens;
  if (engine.max_tokens() > 0) length = std::min(length, engine.max_tokens());
  return how.max_length > 0 || engine.tokenizer().max_length() <= 0 ? length
                                                                    : std::min(length, engine.tokenizer().max_length());
}

std::vector<Encoding> windows_of(const tasks::TextEngine& engine, size_t number, const Question& q,
                                 const AnswerOptions& how, tasks::Notes& notes) {
  EncodeOptions cut = engine.encode_options();
  cut.max_length = window_length(engine, how);
  cut.stride = how.stride >= 0 ? how.stride : std::min(cut.max_length / 2, kMostStride);
  cut.truncation = Truncation::only_second;
  // Room must be left for the context: a window of nothing but the question would go on for ever.
  const auto question_tokens =
      static_cast<int64_t>(engine.tokenizer().encode(q.question, "", engine.encode_options()).size());
  if (question_tokens + cut.stride >= cut.max_length) {
    if (question_tokens + 1 >= cut.max_length)
      fail(ErrorCode::out_of_range, {}, "shorten the question",
           "the question has {} tokens and leaves no room for a context in {}", question_tokens, cut.max_length);
    cut.stride = std::min(cut.stride, (cut.max_length - question_tokens) / 2);
  }
  std::vector<Encoding> windows = engine.tokenizer().encode_windows(q.question, q.context, cut);
  need_both(windows[0]);
  if (windows.size() > 1 && engine.cuts()) {
    windows.resize(1);
    notes.cut(number);
  }
  return windows;
}

void add_windows(const tasks::TextEngine& engine, size_t number, const Question& q, const AnswerOptions& how,
                 Windows& windows, tasks::Notes& notes) {
  try {
    for (Encoding& window : windows_of(engine, number, q, how, notes)) {
      windows.encodings.push_back(std::move(window));
      windows.question.push_back(number);
    }
  } catch (const Error& error) {
    throw tasks::about_text(number, q.question, error);
  }
}

/// The place of each answer in the list of its question, by its lower case.
using Places = std::unordered_map<std::string, size_t>;

/// Equal answers, found in several windows or by growing to the same words, add their scores.
void add_answer(std::vector<SpanAnswer>& answers, Places& places, SpanAnswer answer) {
  const auto [place, is_new] = places.try_emplace(text::lower(answer.answer), answers.size());
  if (is_new)
    answers.push_back(std::move(answer));
  else
    answers[place->second].score += answer.score;
}

}  // namespace

Answerer::Answerer(const Plan& plan, const TaskOptions& options)
    : engine_(std::make_shared<tasks::TextEngine>(plan, options, kNeed)) {}

std::vector<std::vector<SpanAnswer>> Answerer::operator()(std::span<const Question> questions, const AnswerOptions& how,
                                                          TaskReport* report) const {
  if (how.top_k < 1 || how.max_answer_tokens < 1)
    fail(ErrorCode::invalid_argument, how.top_k < 1 ? "top_k" : "max_answer_tokens", "give at least 1",
         "{} is not accepted", how.top_k < 1 ? how.top_k : how.max_answer_tokens);
  const Tokenizer& tokenizer = engine_->tokenizer();
  tasks::Notes notes(report);
  Windows windows;
  for (size_t i = 0; i < questions.size(); ++i)
    notes.read(i, [&] { add_windows(*engine_, i, questions[i], how, windows, notes); });

  // Growing to words makes equal answers of several spans, so more candidates are looked at than are asked for.
  const auto k = static_cast<size_t>(how.whole_words ? how.top_k * 2 + 10 : how.top_k);
  std::vector<std::vector<tasks::Span>> spans(windows.encodings.size());
  std::vector<double> null_scores(questions.size(), 1e6);
  const auto read = [&](size_t w, std::span<const tasks::Matrix> outputs) {
    const std::vector<uint8_t> allowed = allowed_tokens(windows.encodings[w]);
    const tasks::WindowScores scores =
        tasks::window_scores({outputs[0].data, allowed.size()}, {outputs[1].data, allowed.size()}, allowed);
    double& null_score = null_scores[windows.question[w]];
    null_score = std::min(null_score, scores.null_score);
    spans[w] = tasks::best_spans(scores, allowed, k, how.max_answer_tokens);
  };
  std::vector<bool> answered(questions.size());
  for (size_t q : windows.question) answered[q] = true;
  engine_->run(windows.encodings, {}, read, [&](size_t w, const Error& why) {
    const size_t q = windows.question[w];
    answered[q] = false;
    notes.refuse(q, tasks::about_text(q, questions[q].question, why));
  });

  std::vector<std::vector<SpanAnswer>> result(questions.size());
  std::vector<Places> places(questions.size());
  std::vector<tasks::CodePoints> contexts;
  for (const Question& q : questions) contexts.emplace_back(q.context);
  for (size_t w = 0; w < spans.size(); ++w) {
    const size_t q = windows.question[w];
    if (!answered[q]) continue;
    for (tasks::Span span : spans[w]) {
      const double score = span.score;
      if (how.whole_words) grow_to_words(tokenizer, windows.encodings[w], span);
      const std::pair<int32_t, int32_t> at{windows.encodings[w].offsets[static_cast<size_t>(span.first)].first,
                                           windows.encodings[w].offsets[static_cast<size_t>(span.last)].second};
      add_answer(result[q], places[q],
                 {score, at.first, at.second, std::string(contexts[q].slice(at.first, at.second))});
    }
  }
  for (size_t q = 0; q < result.size(); ++q) {
    if (!answered[q]) continue;
    if (how.impossible) result[q].push_back({null_scores[q], 0, 0, ""});
    std::stable_sort(result[q].begin(), result[q].end(),
                     [](const SpanAnswer& a, const SpanAnswer& b) { return a.score > b.score; });
    if (result[q].size() > static_cast<size_t>(how.top_k)) result[q].resize(static_cast<size_t>(how.top_k));
  }
  notes.finish();
  return result;
}

}  // namespace lathe
