#pragma once
#include <filesystem>
#include <string>
#include <vector>

namespace lathe::test {

/// What became of a test case of the `onnx` package.
struct CaseResult {
  enum class Outcome : char { passed = 'p', failed = 'f', skipped = 's' };
  Outcome outcome = Outcome::passed;
  std::string detail;  ///< why it failed or was skipped, in one line
  std::string fixed;   ///< inputs that were given when it was built, as a network is built by them
};

/// What is done with a case's network before it is built.
enum class Detour : char {
  none,
  written,   ///< written as ONNX, and read again
  optimised  ///< the same of the optimised network
};

/// Builds and runs model.onnx on every data set of the folder, and compares within its tolerance. Cases with inputs or
/// outputs that are no tensors are skipped.
CaseResult run_case(const std::filesystem::path& folder, Detour detour);

}  // namespace lathe::test
