#pragma once
#include <functional>
#include <memory>
#include <mutex>
#include <span>
#include <string>
#include <vector>

#include "lathe/engine.h"
#include "lathe/tasks.h"
#include "lathe/tokenizer.h"
#include "tasks/model_facts.h"

namespace lathe::tasks {

/// Which rows of an output a task reads.
enum class Scope {
  tokens,  ///< a row for each token
  chosen,  ///< rows of chosen tokens; the others are not computed where the plan allows it
  texts,   ///< one row a text
};

/// What a task asks of a plan.
struct Need {
  std::string_view task;  ///< as the user calls it: "fill-mask"
  Scope scope;
  /// Names of outputs, each with alternatives: "logits|prediction_logits". Scope::chosen takes one.
  std::vector<std::string_view> outputs;
  /// Ends of the architectures' names that have them, for plans that say what they are; empty: any.
  std::vector<std::string_view> heads;
  std::string_view cure;  ///< "build a BertForMaskedLM"
};

/// f32 [rows, width], row-major.
struct Matrix {
  const float* data = nullptr;
  int64_t rows = 0, width = 0;
  std::span<const float> row(int64_t i) const { return {data + i * width, static_cast<size_t>(width)}; }
};

/// The common part of tasks: the tokenizer, the engine with a pool of contexts, batches. Every method may be called
/// from several threads.
class Runner {
 public:
  /// Error(unsupported) where the plan does not fit.
  Runner(const Plan& plan, const TaskOptions& options, const Need& need);
  ~Runner();

  const Tokenizer& tokenizer() const { return *tokenizer_; }
  const ModelFacts& facts() const { return facts_; }
  const TaskOptions& options() const { return options_; }
  /// Most tokens a text may have; 0: no limit known.
  int64_t max_tokens() const { return max_tokens_; }
  /// Where tasks that always cut do so: the folder's own limit, else the tokenizer's; 0: no limit known.
  int64_t cut_tokens() const { return cut_tokens_; }
  /// The name under which the plan has need.outputs[i].
  const std::string& output(size_t i) const { return outputs_[i]; }
  /// The last dimension of that output; 0 where it is not constant.
  int64_t width(size_t i) const;

  /// What encode() does with a long text: over max_tokens() it is cut or refused as options().truncate says; or it is
  /// cut in any case, to cut_tokens().
  enum class Limit { as_options, cut };
  /// `number` (from 0) names the text in errors.
  Encoding encode(size_t number, const std::string& text, const std::string* pair, Limit limit) const;
  EncodeOptions encode_options() const;

  /// Called once a text with one matrix for each of Need::outputs; valid during the call.
  using Sink = std::function<void(size_t text, std::span<const Matrix> outputs)>;
  /// `chosen` (Scope::chosen only): for each text the tokens whose rows are wanted.
  void run(std::span<const Encoding> texts, std::span<const std::vector<int32_t>> chosen, const Sink& sink) const;

 private:
  enum class Form { rows, packed, padded };
  struct Slot;
  class Lease;
  struct Group;

  bool find_form(const Need& need);
  [[noreturn]] void refuse(const Need& need) const;
  size_t take_group(std::span<const Encoding> texts, std::span<const std::vector<int32_t>> chosen,
                    std::span<const size_t> order) const;
  void run_group(Slot& slot, const Group& group, const Sink& sink) const;
  void bind_packed(Slot& slot, const Group& group) const;
  void bind_padded(Slot& slot, const Group& group) const;

  TaskOptions options_;
  Engine engine_;
  ModelFacts facts_;
  std::unique_ptr<Tokenizer> tokenizer_;
  Scope scope_;
  Form form_ = Form::packed;
  std::vector<std::string> outputs_;   ///< base names
  std::vector<std::string> requests_;  ///< as the form has them
  std::vector<TensorInfo> infos_;
  bool has_types_ = false;
  int64_t max_tokens_ = 0, cut_tokens_ = 0, max_batch_ = 0, max_total_ = 0;

  mutable std::mutex mutex_;
  mutable std::vector<std::unique_ptr<Slot>> idle_;
};

/// `text 3 ("The capital of ...")`: how errors name one of many texts.
std::string text_name(size_t number, std::string_view text);
/// Error(invalid_argument) where an encoding has no token of its text, or none of one text of its pair.
void need_tokens(size_t number, std::string_view text, const Encoding& encoding, bool pair);

}  // namespace lathe::tasks
