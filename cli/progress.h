#pragma once
#include <string>
#include <string_view>

namespace lathe::cli {

/// One line on standard error that is written over as work goes on; nothing where that is no terminal.
class Progress {
 public:
  static Progress& instance();
  /// At most some ten times a second.
  void show(std::string_view text);
  /// The line disappears, so that other output may follow.
  void clear();
  /// From now on nothing is shown.
  void silence() { terminal_ = false; }
  /// clear() for signal handlers.
  static void wipe();

 private:
  Progress();
  bool terminal_, shown_ = false;
  double last_ = 0;
};

}  // namespace lathe::cli
