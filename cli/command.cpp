#include "cli/command.h"

#include <CLI/CLI.hpp>

namespace lathe::cli {
namespace {

/// CLI::Range without its words in the help.
template <class T>
void add_number(CLI::App& command, const std::string& names, T& target, T low, T high, const std::string& type,
                const std::string& help) {
  CLI::Validator range = CLI::Range(low, high);
  range.description("");
  CLI::Option* option = command.add_option(names, target, help)->check(range)->type_name(type);
  if (target > 0) option->capture_default_str();
}

}  // namespace

Command::Command(CLI::App& app, Action& action, const std::string& name, const std::string& description)
    : command_(app.add_subcommand(name, description)), action_(&action) {}

void Command::texts(const std::string& noun, std::vector<std::string>& target, const std::string& help) {
  command_->add_option(noun, target, help)->type_name("");
  texts_ = &target;
}

void Command::text(const std::string& names, std::string& target, const std::string& type, const std::string& help) {
  command_->add_option(names, target, help)->type_name(type);
}

void Command::text(const std::string& names, std::optional<std::string>& target, const std::string& type,
                   const std::string& help) {
  const auto take = [&target](const std::string& value) { target = value; };
  command_->add_option_function<std::string>(names, take, help)->type_name(type);
}

void Command::required_text(const std::string& names, std::string& target, const std::string& type,
                            const std::string& help) {
  command_->add_option(names, target, help)->required()->type_name(type);
}

void Command::choice(const std::string& names, std::string& target, const std::vector<std::string>& words,
                     const std::string& type, const std::string& help) {
  CLI::Option* option = command_->add_option(names, target, help)->check(CLI::IsMember(words))->type_name(type);
  if (!target.empty()) option->capture_default_str();
}

void Command::list(const std::string& names, std::vector<std::string>& target, char separator, const std::string& type,
                   const std::string& help) {
  CLI::Option* option = command_->add_option(names, target, help)->allow_extra_args(false)->type_name(type);
  if (separator != 0) option->delimiter(separator);
  if (!target.empty()) option->capture_default_str();
}

void Command::number(const std::string& names, int& target, int low, int high, const std::string& type,
                     const std::string& help) {
  add_number(*command_, names, target, low, high, type, help);
}

void Command::number(const std::string& names, int64_t& target, int64_t low, int64_t high, const std::string& type,
                     const std::string& help) {
  add_number(*command_, names, target, low, high, type, help);
}

void Command::number(const std::string& names, double& target, double low, double high, const std::string& type,
                     const std::string& help) {
  add_number(*command_, names, target, low, high, type, help);
}

void Command::flag(const std::string& names, bool& target, const std::string& help) {
  command_->add_flag(names, target, help);
}

void Command::either(const std::string& name, std::optional<bool>& target, const std::string& yes,
                     const std::string& no) {
  command_->add_flag_function(
      "--" + name, [&target](int64_t) { target = true; }, yes);
  command_->add_flag_function(
      "--no-" + name, [&target](int64_t) { target = false; }, no);
}

void Command::footer(const std::string& text) { command_->footer(text); }

void Command::runs(std::function<int()> run) {
  command_->callback([action = action_, texts = texts_, run = std::move(run)] {
    if (texts != nullptr) *texts = std::move(action->texts);
    action->run = run;
  });
}

}  // namespace lathe::cli
