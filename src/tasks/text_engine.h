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
#include "tasks/notes.h"

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
  /// The outputs that are read, each by the names that it has in the classes that give it. Scope::chosen takes one.
  std::vector<std::vector<std::string_view>> outputs;
  /// Ends of the architectures' names that have them, for plans that say what they are; empty: any.
  std::vector<std::string_view> heads = {};
  std::string_view cure = {};  ///< "build a BertForMaskedLM"
  bool sentences = false;      ///< texts are read as sentence-transformers reads them: its limit, its lower case
  bool cuts = false;           ///< long texts are cut where the caller does not say; else they are refused
};

/// f32 [rows, width], row-major.
struct Matrix {
  const float* data = nullptr;
  int64_t rows = 0, width = 0;
  std::span<const float> row(int64_t i) const { return {data + i * width, static_cast<size_t>(width)}; }
};

/// The common part of tasks: the tokenizer, the engine with a pool of contexts, batches. Every method may be called
/// from several threads.
class TextEngine {
 public:
  /// Error(unsupported) where the plan does not fit.
  TextEngine(const Plan& plan, const TaskOptions& options, const Need& need);
  ~TextEngine();

  const Tokenizer& tokenizer() const { return *tokenizer_; }
  const ModelFacts& facts() const { return facts_; }
  const TaskOptions& options() const { return options_; }
  /// Most tokens a text may have; 0: no limit known.
  int64_t max_tokens() const { return max_tokens_; }
  /// Where texts are cut: the folder's own limit, at most max_tokens(); 0: no limit known.
  int64_t cut_tokens() const { return cut_tokens_; }
  /// Whether long texts are cut; else they are refused.
  bool cuts() const { return options_.truncate.value_or(cuts_); }
  /// The name under which the plan has need.outputs[i].
  const std::string& output(size_t i) const { return outputs_[i]; }
  /// The last dimension of an output or input of the plan; 0 where there is none, or it is not constant.
  int64_t width(std::string_view output) const;
  int64_t input_width(std::string_view input) const;

  /// The text as the model reads it; one that is cut is noted. `number` (from 0) names the text in errors:
  /// Error(invalid_argument) for one that is no UTF-8 or gives no tokens at all, Error(out_of_range) for one that is
  /// too long and may not be cut.
  Encoding encode(size_t number, const std::string& text, const std::string* pair, Notes& notes) const;
  EncodeOptions encode_options() const;

  /// Called once a text with one matrix for each of Need::outputs; valid during the call.
  using Sink = std::function<void(size_t text, std::span<const Matrix> outputs)>;
  /// Called instead where the model cannot compute a text: `why` speaks of no text. Values that are no numbers count
  /// as such. May throw.
  using Refuse = std::function<void(size_t text, const Error& why)>;
  /// `chosen` (Scope::chosen only): for each text the tokens whose rows are wanted. Texts without tokens are left out.
  void run(std::span<const Encoding> texts, std::span<const std::vector<int32_t>> chosen, const Sink& sink,
           const Refuse& refuse) const;
  /// One output from one input that stands for all before it, both f32 with a row a text.
  std::vector<float> compute(const std::string& input, std::vector<float>& values, int64_t rows,
                             const std::string& output) const;

 private:
  enum class Form { rows, packed, padded };
  struct Slot;
  class Lease;
  struct Group;

  bool find_form(const Need& need);
  std::string find_packed_inputs(const std::vector<TensorInfo>& inputs);
  [[noreturn]] void refuse(const Need& need) const;
  size_t take_group(std::span<const Encoding> texts, std::span<const std::vector<int32_t>> chosen,
                    std::span<const size_t> order) const;
  void run_group(Slot& slot, const Group& group, const Sink& sink, const Refuse& refuse) const;
  void read_group(const Slot& slot, const Group& group, const Sink& sink, const Refuse& refuse) const;
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
  struct {
    std::string ids, bounds, types, rows;
  } names_;  ///< of the packed form's inputs; empty: it lacks one
  bool has_types_ = false, cuts_;
  int64_t max_tokens_ = 0, cut_tokens_ = 0, max_batch_ = 0;

  mutable std::mutex mutex_;
  mutable std::vector<std::unique_ptr<Slot>> idle_;
};

}  // namespace lathe::tasks
