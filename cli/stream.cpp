#include "cli/stream.h"

#include <fmt/format.h>

#include <chrono>

#include "cli/interrupt.h"
#include "cli/progress.h"
#include "cli/say.h"
#include "cli/words.h"

namespace lathe::cli {
namespace {

/// What the progress line and the words at the end tell of.
struct Tally {
  std::chrono::steady_clock::time_point start = std::chrono::steady_clock::now();
  size_t texts = 0, refused = 0, cut = 0;
  std::string first_cut;

  void show(const std::string& doing, double fraction) const {
    const double seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
    if (seconds < 1) return;
    const std::string share = fraction < 0 ? "" : fmt::format("  {:3.0f} %", fraction * 100);
    Progress::instance().show(
        fmt::format("{}: {:9} texts  {:8.1f} texts/s{}", doing, texts, static_cast<double>(texts) / seconds, share));
  }
};

/// The refusals of a chunk, by place in it.
using Refusals = std::vector<std::optional<Error>>;

Refusals compute(const std::vector<Input>& chunk, const TextCommand& command, Tally& tally, const Inputs& inputs,
                 std::vector<size_t>& slots) {
  Refusals refusals(chunk.size());
  std::vector<TextInput> texts;
  std::vector<size_t> places;
  for (size_t i = 0; i < chunk.size(); ++i) {
    refusals[i] = chunk[i].refused;
    slots.push_back(texts.size());
    if (refusals[i]) continue;
    places.push_back(i);
    texts.push_back(chunk[i].text);
  }
  TaskReport report;
  command.compute(texts, report);
  for (const TaskReport::Refusal& r : report.refused) refusals[places[r.text]] = r.why;
  if (tally.cut == 0 && !report.cut.empty()) tally.first_cut = inputs.name(chunk[places[report.cut[0]]]);
  tally.cut += report.cut.size();
  return refusals;
}

}  // namespace

int answer_all(Inputs& inputs, Output& output, const TextCommand& command) {
  Tally tally;
  for (std::vector<Input> chunk = inputs.next(); !chunk.empty(); chunk = inputs.next()) {
    std::vector<size_t> slots;
    const Refusals refusals = compute(chunk, command, tally, inputs, slots);
    for (size_t i = 0; i < chunk.size(); ++i) {
      if (!refusals[i]) {
        command.print(chunk[i].text, slots[i]);
        continue;
      }
      const Error why = in_program_words(*refusals[i]);
      say_error(Error(why.code(), inputs.name(chunk[i]), why.problem(), why.cure()));
      command.print_refused(chunk[i].text, why);
      ++tally.refused;
    }
    tally.texts += chunk.size();
    output.flush();
    if (command.shows_progress) tally.show(command.doing, inputs.fraction());
  }
  Progress::instance().clear();
  if (interrupted()) {
    interrupt_noticed();
    say_warning(fmt::format("interrupted after {} text{}; what was answered is written", tally.texts,
                            tally.texts == 1 ? "" : "s"));
  }
  if (tally.cut > 0)
    say_warning(fmt::format("{} of {} texts {} longer than the model takes and {} cut, the first {}", tally.cut,
                            tally.texts, tally.cut == 1 ? "was" : "were", tally.cut == 1 ? "was" : "were",
                            tally.first_cut));
  return tally.refused > 0 ? 1 : 0;
}

std::vector<std::string> texts_only(std::span<const TextInput> inputs) {
  std::vector<std::string> texts;
  for (const TextInput& input : inputs) texts.push_back(input.text);
  return texts;
}

std::string refused_words(const Error& why) { return fmt::format("(refused: {})", why.problem()); }

}  // namespace lathe::cli
