#pragma once
#include <filesystem>
#include <fstream>
#include <string>

#include "tests/io/scratch.h"

namespace lathe::test {

/// A tree of control groups as the system shows it.
class CgroupMount {
 public:
  void put(const std::string& file, const std::string& text) const {
    const std::filesystem::path path = std::filesystem::path(root()) / file;
    std::filesystem::create_directories(path.parent_path());
    std::ofstream(path) << text;
  }

 protected:
  std::string root() const { return folder_.path(); }

 private:
  io_test::Scratch folder_;
};

}  // namespace lathe::test
