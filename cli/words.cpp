#include "cli/words.h"

#include <string>

namespace lathe::cli {
namespace {

struct Wording {
  std::string_view library, program;
};
constexpr Wording kWordings[] = {
    {"bind it with set_input()", "give it with --input NAME=FILE"},
    {"bind one form only (clear_inputs() forgets the other)", "give inputs of one form only"},
    {"bind the padded inputs, or request the outputs named packed.* or rows.*",
     "give the padded inputs with --input, or ask for the outputs packed.* or rows.* with --request"},
    {"call request() and run() first", "ask for it with --request"},
    {"name one as the head", "name one with --architecture"},
    {"ask for another output, or name the class of the weights",
     "ask for another output with --outputs, or name the class of the weights with --architecture"},
    {"or ask for bad bytes to be replaced", "or add --replace-invalid to read bad bytes as U+FFFD"},
    {"raise max_length or truncate the longest first", "raise --max-length, or cut with --truncation longest_first"},
};

std::string reworded(std::string text) {
  for (const Wording& wording : kWordings)
    if (const size_t at = text.find(wording.library); at != std::string::npos)
      text.replace(at, wording.library.size(), wording.program);
  return text;
}

}  // namespace

Error in_program_words(const Error& error) {
  return Error(error.code(), error.where(), reworded(error.problem()), reworded(error.cure()));
}

}  // namespace lathe::cli
