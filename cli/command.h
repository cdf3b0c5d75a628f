#pragma once
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <vector>

namespace CLI {
class App;
class Option;
}  // namespace CLI

namespace lathe::cli {

/// What the command line asks for.
struct Action {
  std::function<int()> run;        ///< to be called once the command line has been read; gives the exit status
  std::vector<std::string> texts;  ///< the words that are texts, for a command that takes some
};

/// A subcommand and what it takes. Targets keep their value where an option is not given, and must outlive parsing.
/// Names are as "--top-k,-k"; `type` is what a value is called in the help. Defaults that say something (above 0, not
/// empty) show in the help. The option parser's header is too large for every file: only this class's source knows it.
class Command {
 public:
  Command(CLI::App& app, Action& action, const std::string& name, const std::string& description);

  /// Any number of words that are no options.
  void texts(const std::string& noun, std::vector<std::string>& target, const std::string& help);
  /// A value; a name without dashes is that of a word which is no option.
  void text(const std::string& names, std::string& target, const std::string& type, const std::string& help);
  void text(const std::string& names, std::optional<std::string>& target, const std::string& type,
            const std::string& help);
  void required_text(const std::string& names, std::string& target, const std::string& type, const std::string& help);
  void choice(const std::string& names, std::string& target, const std::vector<std::string>& words,
              const std::string& type, const std::string& help);
  /// May be given several times; `separator` parts a word, 0: none.
  void list(const std::string& names, std::vector<std::string>& target, char separator, const std::string& type,
            const std::string& help);
  void number(const std::string& names, int& target, int low, int high, const std::string& type,
              const std::string& help);
  void number(const std::string& names, int64_t& target, int64_t low, int64_t high, const std::string& type,
              const std::string& help);
  void number(const std::string& names, double& target, double low, double high, const std::string& type,
              const std::string& help);
  void flag(const std::string& names, bool& target, const std::string& help);
  /// "--name" and "--no-name".
  void either(const std::string& name, std::optional<bool>& target, const std::string& yes, const std::string& no);
  void footer(const std::string& text);
  /// What happens when the subcommand is chosen.
  void runs(std::function<int()> run);

 private:
  CLI::App* command_;
  Action* action_;
  std::vector<std::string>* texts_ = nullptr;
};

/// Each adds its subcommand; a file each.
void add_fill_mask(CLI::App& app, Action& action);
void add_classify(CLI::App& app, Action& action);
void add_tag(CLI::App& app, Action& action);
void add_answer(CLI::App& app, Action& action);
void add_embed(CLI::App& app, Action& action);
void add_tokenize(CLI::App& app, Action& action);
void add_build(CLI::App& app, Action& action);
void add_check(CLI::App& app, Action& action);
void add_export(CLI::App& app, Action& action);
void add_run(CLI::App& app, Action& action);
void add_bench(CLI::App& app, Action& action);
void add_inspect(CLI::App& app, Action& action);
void add_info(CLI::App& app, Action& action);
void add_knobs(CLI::App& app, Action& action);

}  // namespace lathe::cli
