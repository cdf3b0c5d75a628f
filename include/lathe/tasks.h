#pragma once
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "lathe/error.h"
#include "lathe/export.h"
#include "lathe/plan.h"

/// Text in, answers out: an engine and a tokenizer put together for one purpose each.
///
/// Every task is made from a plan that carries a tokenizer; copies share one engine; calls from several threads at once
/// are safe. Texts of one call are computed without padding, longest first, in groups of at most `batch_tokens`
/// tokens; answers come back in the order of the texts. Positions in texts count Unicode code points.
///
/// An empty text is one like any other: it is read as its special tokens ([CLS] [SEP]).
///
/// A text that cannot be answered throws, and the call gives nothing; or, where the caller hands over a TaskReport, it
/// is noted there, its answer is empty, and the other texts are answered.
///   Error(unsupported)       the plan lacks what the task needs (the message says what the plan is)
///   Error(invalid_argument)  a text that is invalid UTF-8 or lacks what the task needs (a mask, a pair, a question)
///   Error(out_of_range)      a text longer than the model takes, where it may not be cut; ids outside the model's
///                            tables; results that are no numbers (weights with NaN)
///
/// Long texts: a folder may name a length limit (max_seq_length of sentence-transformers, else the tokenizer's
/// model_max_length), and the model has one of its own, its positions. A text is
///   read whole   up to the model's limit, or refused beyond it: TaskOptions::truncate = false
///   cut          to the folder's limit, or the model's where that is lower, and listed in TaskReport::cut: true
///   read in windows that fit, each sharing `stride` tokens with the one before: where the task has a stride
/// and where the caller does not say, as transformers and sentence-transformers do it: classify and fill-mask read
/// texts whole, embed and tag cut them, answer reads contexts in windows.
namespace lathe {
namespace tasks {
class TextEngine;
}

struct TaskOptions {
  int threads = 0;                    ///< 0: as many as the machine has cores for this process
  int64_t batch_tokens = 4096;        ///< most tokens computed at once (a longer text goes alone)
  std::optional<bool> truncate = {};  ///< long texts: see above; unset: as the task does
  bool replace_invalid = false;       ///< read invalid UTF-8 as U+FFFD instead of refusing it
};

/// A text, or two texts that the model reads as a pair; a second text that is empty is one all the same.
struct TextInput {
  std::string text;
  std::optional<std::string> pair = {};
};

/// What a call did not answer, or not whole. Both lists rise; numbers count from 0 within the call. A call forgets what
/// the report held before.
struct TaskReport {
  struct Refusal {
    size_t text;
    Error why;  ///< its where() names the text as the library counts it; problem() and cure() stand alone
  };
  std::vector<Refusal> refused;
  std::vector<size_t> cut;  ///< texts that were longer than the model takes, of which a part was read
};

struct FillMaskAnswer {
  double score = 0;  ///< probability over the whole vocabulary
  int32_t token = 0;
  std::string token_str;
  std::string sequence;  ///< the whole text with the token put in
};

/// The most probable tokens at each mask of a text. "[mask]" in any case is read as the tokenizer's mask.
class LATHE_API FillMask {
 public:
  explicit FillMask(const Plan& plan, const TaskOptions& options = {});
  /// result[text][mask]: the best first, at most `top_k`. With several masks in a text the others stay masks.
  std::vector<std::vector<std::vector<FillMaskAnswer>>> operator()(std::span<const std::string> texts, int top_k = 5,
                                                                   TaskReport* report = nullptr) const;

 private:
  std::shared_ptr<const tasks::TextEngine> engine_;
};

/// What a caller may ask for beside or instead of what the model's folder says: sentence-transformers' encode() with
/// prompt_name, prompt, normalize_embeddings and truncate_dim, and a change of its pooling_mode.
struct EmbedOptions {
  /// Put before each text: a prompt of the folder by its name, or this very text (one of both). Neither: the folder's
  /// default prompt where it has one; an empty text: none. "query" and "document" are names that every folder has.
  std::string prompt_name = {};
  std::optional<std::string> prompt = {};
  /// "mean", "cls", "max", "mean_sqrt_len_tokens", "weightedmean", "lasttoken"; empty: the folder's own, else mean.
  /// The folder's modules behind its pooling go on from it.
  std::string pooling = {};
  /// To length 1, after the vector was cut to `dimensions`; unset: as the folder says; false: without a normalisation
  /// that is the folder's last module.
  std::optional<bool> normalize = {};
  int64_t dimensions =
      0;  ///< the first so many numbers of each vector, or all of fewer; 0: as the folder says, else all
};

/// Vectors of texts as sentence-transformers makes them: the folder's prompts, pooling, length limit, further modules
/// and normalisation; mean pooling where the folder names none.
class LATHE_API Embedder {
 public:
  /// Error(not_found) for a prompt_name that the folder lacks (the message lists those it has), Error(invalid_argument)
  /// for other options that do not fit, Error(unsupported) where the plan lacks the output that they need.
  explicit Embedder(const Plan& plan, const TaskOptions& options = {}, const EmbedOptions& how = {});
  struct Vectors {
    int64_t count = 0, width = 0;
    std::vector<float> values;  ///< [count, width]
    std::span<const float> operator[](int64_t i) const {
      return {values.data() + i * width, static_cast<size_t>(width)};
    }
  };
  /// The vector of a refused text is NaN throughout.
  Vectors operator()(std::span<const std::string> texts, TaskReport* report = nullptr) const;
  int64_t width() const;

 private:
  struct Impl;
  std::shared_ptr<const Impl> impl_;
};

struct Label {
  std::string label;
  double score = 0;
};

/// Labels of a text or a pair. Scores are probabilities: softmax over the labels; one sigmoid a label for
/// problem_type multi_label_classification and for a single label; the plain value for regression.
/// A model for next-sentence prediction answers is_next and not_next.
class LATHE_API Classifier {
 public:
  explicit Classifier(const Plan& plan, const TaskOptions& options = {});
  /// The best first, at most `top_k`; 0: all.
  std::vector<std::vector<Label>> operator()(std::span<const TextInput> texts, int top_k = 0,
                                             TaskReport* report = nullptr) const;

 private:
  std::shared_ptr<const tasks::TextEngine> engine_;
};

/// How the tags of tokens become entities, as transformers names it: `none` gives tokens as they are; `simple` joins
/// neighbours of one tag; the others first give each word one tag (that of its first token, of the averaged scores, of
/// the token that is surest).
enum class Aggregation : int { none = 0, simple = 1, first = 2, average = 3, max = 4 };
/// "none", "simple", "first", "average", "max"; Error(invalid_argument) for another word.
LATHE_API Aggregation parse_aggregation(std::string_view word);

struct Entity {
  std::string label;  ///< Aggregation::none: the tag as it is ("B-PER"), else without B- and I-
  double score = 0;
  std::string word;
  int32_t start = 0, end = 0;  ///< [start, end) in the text
  int32_t index = -1;          ///< Aggregation::none: the token's number in the encoded text
};

struct TagOptions {
  Aggregation aggregation = Aggregation::simple;
  std::vector<std::string> ignore_labels = {"O"};
  int64_t stride = -1;  ///< tokens that neighbouring windows of a long text share; negative: no windows
};

/// The entities of each text, in its order.
class LATHE_API Tagger {
 public:
  explicit Tagger(const Plan& plan, const TaskOptions& options = {});
  std::vector<std::vector<Entity>> operator()(std::span<const std::string> texts, const TagOptions& how = {},
                                              TaskReport* report = nullptr) const;

 private:
  std::shared_ptr<const tasks::TextEngine> engine_;
};

struct Question {
  std::string question, context;
};

struct SpanAnswer {
  double score = 0;
  int32_t start = 0, end = 0;  ///< [start, end) in the context
  std::string answer;
};

struct AnswerOptions {
  int top_k = 1;
  int64_t max_answer_tokens = 15;
  int64_t max_length = 0;  ///< tokens of question and context together; 0: what the model takes, at most 384
  int64_t stride = -1;     ///< tokens that neighbouring windows of a long context share; negative: min(length / 2, 128)
  bool impossible = false;  ///< an empty answer competes, with the probability that there is none
  bool whole_words = true;  ///< answers grow to whole words
};

/// Answers as spans of the context, the best first. Equal answers found in several places add their scores.
class LATHE_API Answerer {
 public:
  explicit Answerer(const Plan& plan, const TaskOptions& options = {});
  std::vector<std::vector<SpanAnswer>> operator()(std::span<const Question> questions, const AnswerOptions& how = {},
                                                  TaskReport* report = nullptr) const;

 private:
  std::shared_ptr<const tasks::TextEngine> engine_;
};

}  // namespace lathe
