#pragma once
#include <set>

#include <cstddef>
#include <string_view>
#include <vector>

#include "lathe/tasks.h"

namespace lathe::tasks {

/// What becomes of the texts of one call that cannot be answered, or not whole: noted in the caller's report where
/// there is one; else the first that cannot be answered ends the call.
class Notes {
 public:
  /// `report` may be null.
  explicit Notes(TaskReport* report);

  /// Does `work`, which reads the text. False where it threw an Error about the text that is now noted.
  template <class Work>
  bool read(size_t text, const Work& work) {
    try {
      work();
      return true;
    } catch (const Error& why) {
      if (!of_text(why.code())) throw;
      refuse(text, why);
      return false;
    }
  }
  /// Throws `why` where no report is wanted. Of several reasons for one text the first is kept.
  void refuse(size_t text, const Error& why);
  void cut(size_t text);
  /// Call once, at the end: the report's lists rise, and no refused text counts as cut.
  void finish();

  /// Codes that speak of a text; others (memory, files, defects) end a call whatever the text.
  static bool of_text(ErrorCode code);

 private:
  TaskReport* report_;
  std::set<size_t> refused_;
};

/// `text 3 ("The capital of ...")`: how errors name one of many texts.
std::string text_name(size_t number, std::string_view text);
/// The error with its place named so; what it said of the place stays in front of the problem.
Error about_text(size_t number, std::string_view text, const Error& why);

}  // namespace lathe::tasks
