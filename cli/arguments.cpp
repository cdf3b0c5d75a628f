#include "cli/arguments.h"

#include <CLI/CLI.hpp>
#include <algorithm>
#include <cctype>

namespace lathe::cli {
namespace {

/// Whether the words that are no options are texts: a positional that takes any number of words.
bool takes_texts(const CLI::App& command) {
  const std::vector<const CLI::Option*> options = command.get_options();
  return std::any_of(options.begin(), options.end(), [](const CLI::Option* o) {
    return o->get_positional() && o->get_items_expected_max() >= CLI::detail::expected_max_vector_size;
  });
}

bool is_letter(char c) { return std::isalpha(static_cast<unsigned char>(c)) != 0; }
bool is_long(const std::string& word) { return word.size() > 2 && word.starts_with("--") && is_letter(word[2]); }
bool is_short(const std::string& word) { return word.size() > 1 && word[0] == '-' && is_letter(word[1]); }

const CLI::App* subcommand(const CLI::App& app, const std::string& name) {
  for (const CLI::App* sub : app.get_subcommands([](const CLI::App*) { return true; }))
    if (sub->check_name(name)) return sub;
  return nullptr;
}

/// Whether the next word belongs to this option: "--name" or "-n" of an option that takes a value.
bool takes_next(const CLI::App& app, const CLI::App& command, const std::string& word) {
  if (word.find('=') != std::string::npos || (is_short(word) && word.size() > 2)) return false;
  const CLI::Option* option = command.get_option_no_throw(word);
  if (option == nullptr) option = app.get_option_no_throw(word);
  return option != nullptr && option->get_items_expected_max() > 0;
}

}  // namespace

Arguments split_arguments(const CLI::App& app, int argc, const char* const* argv) {
  Arguments result;
  const CLI::App* command = &app;
  bool texts = false, options_over = false;
  for (int i = 1; i < argc; ++i) {
    const std::string word = argv[i];
    if (command == &app && !options_over) {
      if (const CLI::App* named = subcommand(app, word); named != nullptr) {
        command = named;
        texts = takes_texts(*named);
        result.options.push_back(word);
        continue;
      }
    }
    if (texts && (options_over || (word != "--" && !is_long(word) && !is_short(word)))) {
      result.texts.push_back(word);
      continue;
    }
    if (!options_over && word == "--") {
      options_over = true;
      if (texts) continue;
    }
    // The parser would take the next word for the value of "--name=".
    if (is_long(word) && word.find('=') == word.size() - 1) {
      result.options.push_back(word.substr(0, word.size() - 1));
      result.options.emplace_back();
      continue;
    }
    result.options.push_back(word);
    if (!options_over && takes_next(app, *command, word) && i + 1 < argc) result.options.emplace_back(argv[++i]);
  }
  return result;
}

}  // namespace lathe::cli
