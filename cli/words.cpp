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
    {"name a pooling (EmbedOptions::pooling)", "name one with --pooling"},
    {"(TaskOptions::truncate)", "(--truncate)"},
    {"(EmbedOptions::pooling)", "(--pooling)"},
    {"build the folder with the output last_hidden_state",
     "build the folder with `lathe build --outputs last_hidden_state`"},
    {"use a smaller stride or a larger max_length", "use a smaller --stride"},
    {"name one as the head", "name one with `lathe build --architecture`"},
    {"ask for another output, or name the class of the weights",
     "ask `lathe build` for another output with --outputs, or name the class of the weights with --architecture"},
    {"or ask for bad bytes to be replaced", "or add --replace-invalid to read bad bytes as U+FFFD"},
    {"raise max_length or truncate the longest first", "raise --max-length, or cut with --truncation longest_first"},
    {"raise max_length", "raise --max-length"},
    {"max_length is", "--max-length is"},
};

std::string reworded(std::string text) {
  for (const Wording& wording : kWordings)
    if (const size_t at = text.find(wording.library); at == 0 || (at != std::string::npos && text[at - 1] != '_'))
      text.replace(at, wording.library.size(), wording.program);
  return text;
}

}  // namespace

Error in_program_words(const Error& error) {
  const std::string_view where = error.where() == "prompt_name" ? std::string_view("--prompt") : error.where();
  return Error(error.code(), where, reworded(error.problem()), reworded(error.cure()));
}

}  // namespace lathe::cli
