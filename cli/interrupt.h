#pragma once
#include <string>

namespace lathe::cli {

/// From now on SIGINT, SIGTERM and SIGHUP remove the temporaries of unfinished files and end the program by that very
/// signal; a file size limit is an error of the write instead of a signal. Signals that the caller ignored stay
/// ignored. A closed pipe ends the program quietly, by SIGPIPE, as it ends other filters.
void handle_signals();
/// What such a signal ends from here on, for one line on standard error: a literal; null: nothing that need be said.
void name_interrupted(const char* what);

/// From now on the first such signal only asks for the end: interrupted() turns true, interrupt_fd() readable. The
/// program ends all the same after ten seconds, or at a second signal.
void defer_signals();
bool interrupted();
int interrupt_fd();
/// What was being computed is done: the ten seconds no longer count.
void interrupt_noticed();
/// Ends the program by the signal that interrupted() speaks of.
[[noreturn]] void end_by_signal();

/// Names the file that is mapped from here on: should another program cut it short while it is read, one line says so
/// and the program ends with status 1.
void name_mapped_file(const std::string& path);

}  // namespace lathe::cli
