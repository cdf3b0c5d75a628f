#include "base/knobs.h"

#include <algorithm>
#include <memory>

#include "cli/command.h"
#include "cli/output.h"

namespace lathe::cli {
namespace {

void run(bool json) {
  std::vector<const Knob*> knobs = Knob::all();
  std::sort(knobs.begin(), knobs.end(), [](const Knob* a, const Knob* b) { return a->name() < b->name(); });
  Output output;
  using enum Table::Align;
  Table table({left, left, left});
  table.row({"knob", "value", "meaning"});
  Json list = Json::array();
  for (const Knob* knob : knobs) {
    const std::string name(knob->name()), meaning(knob->meaning()), fallback(knob->fallback()), value = knob->value();
    list.push_back({{"name", name}, {"value", value}, {"default", fallback}, {"meaning", meaning}});
    table.row({name, value.empty() ? "-" : value, meaning});
  }
  json ? output.line(dump_lines(list)) : output.write(table.str());
  output.flush();
}

}  // namespace

void add_knobs(CLI::App& app, Action& action) {
  auto json = std::make_shared<bool>(false);
  Command command(app, action, "knobs", "List the environment variables that steer Lathe, with their values");
  command.flag("--json", *json, "Print JSON");
  command.footer("Example:\n  LATHE_ISA=avx2 lathe knobs");
  command.runs([json] {
    run(*json);
    return 0;
  });
}

}  // namespace lathe::cli
