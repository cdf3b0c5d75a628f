#pragma once
#include <string>

namespace lathe::cli {

/// From now on SIGINT and SIGTERM remove the unfinished temporaries of guarded files and end the program with status
/// 128 + signal. To be called before any thread starts. Signals that the caller ignored stay ignored. A closed pipe is
/// an error of the write instead of a signal.
void handle_signals();

/// A file that is about to be written beside its name ("<path>.tmp-<pid>-<n>") and renamed.
void guard_output(const std::string& path);

}  // namespace lathe::cli
