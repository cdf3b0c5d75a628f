#pragma once
#include <filesystem>
#include <string>

#include "cli/child.h"

namespace cli_testing {

/// A folder in which the commands of the documents work: the models that they name (small ones), texts, tensors.
class Sandbox {
 public:
  Sandbox();
  /// Runs a shell script in it, `lathe` in its path.
  Result shell(const std::string& script) const;
  const std::filesystem::path& path() const { return path_; }

 private:
  void link(const std::string& name, const std::string& target) const;
  void write_tensors() const;
  std::filesystem::path path_;
};

}  // namespace cli_testing
