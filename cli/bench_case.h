#pragma once
#include <string>
#include <utility>
#include <vector>

#include "cli/plan_view.h"
#include "lathe/engine.h"

namespace lathe::cli {

/// The inputs that a batch of texts of these lengths binds, with their shapes: packed ids and the bounds of texts where
/// the plan has them, else ids and mask.
std::vector<std::pair<std::string, Shape>> input_shapes(const Engine& engine, const std::vector<int64_t>& lengths);

/// A batch to time: random ids (always the same ones), bound to a context of its own.
class BenchCase {
 public:
  /// `outputs`: as requested from the context; `vocabulary`: ids lie below it.
  BenchCase(std::string name, std::vector<int64_t> lengths, const Engine& engine, const ContextOptions& options,
            const std::vector<std::string>& outputs, int64_t vocabulary);
  /// One run; milliseconds.
  double run();

  const std::string& name() const { return name_; }
  const std::vector<int64_t>& lengths() const { return lengths_; }
  int64_t tokens() const;
  const Context& context() const { return context_; }
  Context& context() { return context_; }

 private:
  std::string name_;
  std::vector<int64_t> lengths_;
  std::vector<int32_t> ids_, cu_seqlens_, mask_;
  Context context_;
};

struct NamedLengths {
  std::string name;
  std::vector<int64_t> lengths;
};
/// "1x16" (texts x tokens); UsageError.
NamedLengths parse_shape(const std::string& text, std::string_view option = "--shapes");
/// A file with a length a line; the case has the file's name without folders and ending. Error(not_found |
/// invalid_argument).
NamedLengths read_lengths(const std::string& path);
/// A whole number that the plan says of its model, or `fallback`.
int64_t model_number(const Plan& plan, const char* key, int64_t fallback);
/// Most tokens of a text that the plan takes: the model's positions, or what it was built for; 0: no limit.
int64_t most_tokens(const PlanView& view, const Engine& engine);
/// Error(out_of_range) where a text has more than `most`.
void check_lengths(const NamedLengths& lengths, int64_t most);

/// What to time in an engine: `wanted` when given, else the hidden states or the class's own outputs, of all tokens,
/// in packed form where the plan has it. Error(not_found).
std::vector<std::string> bench_outputs(const Engine& engine, const std::string& wanted);

}  // namespace lathe::cli
