#include "tasks/notes.h"

#include <algorithm>

#include "base/error.h"
#include "text/utf8.h"

namespace lathe::tasks {

Notes::Notes(TaskReport* report) : report_(report) {
  if (report_) *report_ = {};
}

bool Notes::of_text(ErrorCode code) { return code == ErrorCode::invalid_argument || code == ErrorCode::out_of_range; }

void Notes::refuse(size_t text, const Error& why) {
  if (!report_) throw Error(why);
  if (refused_.insert(text).second) report_->refused.push_back({text, why});
}

void Notes::cut(size_t text) {
  if (report_) report_->cut.push_back(text);
}

void Notes::finish() {
  if (!report_) return;
  auto& list = report_->refused;
  std::sort(list.begin(), list.end(),
            [](const TaskReport::Refusal& a, const TaskReport::Refusal& b) { return a.text < b.text; });
  std::erase_if(report_->cut, [&](size_t text) { return refused_.contains(text); });
}

std::string text_name(size_t number, std::string_view text) {
  constexpr size_t kShown = 40;
  size_t end = std::min(text.size(), kShown);
  while (end > 0 && end < text.size() && (static_cast<unsigned char>(text[end]) & 0xc0) == 0x80) --end;
  return fmt::format("text {} (\"{}{}\")", number + 1, text::replace_invalid_utf8(text.substr(0, end)),
                     end < text.size() ? "..." : "");
}

Error about_text(size_t number, std::string_view text, const Error& why) {
  const bool placed = !why.where().empty() && why.where() != "text" && why.where() != "tokenizer";
  const std::string problem = placed ? why.where() + ": " + why.problem() : why.problem();
  return {why.code(), text_name(number, text), problem, why.cure()};
}

}  // namespace lathe::tasks
