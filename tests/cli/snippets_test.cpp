// Every snippet of the documents, of the help texts and of the public headers runs, and prints what is shown.
#include <gtest/gtest.h>

#include <cmath>
#include <set>
#include <sstream>

#include "cli/sandbox.h"

namespace {
using namespace cli_testing;
namespace fs = std::filesystem;

/// Blocks that no test can run, by their first line.
const std::map<std::string, std::string> kNotRun = {
    {"make demo     # fresh Debian 12 or Ubuntu 24.04: installs what is missing, builds, runs the built-in model",
     "it builds the project that this test belongs to"},
    {" model folder ─┐", "a drawing"},
    {"base                                   dtype, dim, half types, error, log, thread pool, files, knobs, processor",
     "a drawing"},
    {" inputs of the caller ── converted, checked, filled in (context_inputs) ──┐", "a drawing"},
    {" liblathe_runtime.so   base io ops kernels backends plan runtime text tasks    runs plans and texts",
     "a drawing"},
};

struct Block {
  std::string place, language, text;
};

/// The fenced blocks of a markdown file.
std::vector<Block> blocks_of(const fs::path& path) {
  std::vector<Block> blocks;
  std::istringstream lines(read_file(path));
  size_t number = 0;
  bool inside = false;
  for (std::string line; std::getline(lines, line);) {
    ++number;
    if (line.starts_with("```")) {
      if (!inside) blocks.push_back({path.filename().string() + ":" + std::to_string(number), line.substr(3), ""});
      inside = !inside;
    } else if (inside) {
      blocks.back().text += line + "\n";
    }
  }
  EXPECT_FALSE(inside) << path << ": a block does not end";
  return blocks;
}

std::vector<Block> all_blocks() {
  const fs::path root = LATHE_SOURCE_DIR;
  std::vector<fs::path> files = {root / "README.md", root / "CONTRIBUTING.md", root / "CHANGELOG.md"};
  for (const auto& entry : fs::directory_iterator(root / "docs"))
    if (entry.path().extension() == ".md") files.push_back(entry.path());
  std::vector<Block> blocks;
  for (const fs::path& file : files)
    for (Block& block : blocks_of(file)) blocks.push_back(std::move(block));
  return blocks;
}

std::vector<std::string> words_of(const std::string& line) {
  std::istringstream stream(line);
  return {std::istream_iterator<std::string>(stream), {}};
}

/// Word by word; numbers may differ by what the last digit of another instruction set does.
void expect_shown(const std::string& actual, const std::string& shown, const std::string& place) {
  const std::vector<std::string> a = words_of(actual), b = words_of(shown);
  ASSERT_EQ(a.size(), b.size()) << place << "\n" << actual << "instead of\n" << shown;
  for (size_t i = 0; i < a.size(); ++i) {
    char* end = nullptr;
    const double number = std::strtod(b[i].c_str(), &end);
    if (*end == 0)
      EXPECT_NEAR(std::atof(a[i].c_str()), number, 2e-4) << place;
    else
      EXPECT_EQ(a[i], b[i]) << place;
  }
}

const Sandbox& the_sandbox() {
  static const Sandbox sandbox;
  return sandbox;
}

/// Lines "$ command", each followed by what it prints.
void run_console(const Sandbox& sandbox, const Block& block) {
  std::istringstream lines(block.text);
  std::string command, shown;
  const auto check = [&] {
    if (command.empty()) return;
    const Result result = sandbox.shell(command);
    EXPECT_EQ(result.status, 0) << block.place << ": " << command << "\n" << result.err;
    expect_shown(result.out, shown, block.place);
  };
  for (std::string line; std::getline(lines, line);) {
    if (!line.starts_with("$ ")) {
      shown += line + "\n";
      continue;
    }
    check();
    command = line.substr(2);
    shown.clear();
  }
  check();
}

/// Compiles a program against the library of this build and runs it in the sandbox.
Result compile_and_run(const Sandbox& sandbox, const std::string& source) {
  write_file(sandbox.path() / "snippet.cpp", source);
  return sandbox.shell("c++ -std=c++20 -Wall -Werror snippet.cpp -o snippet -I'" LATHE_SOURCE_DIR
                       "/include' " LATHE_OUTSIDE_FLAGS " -L'" LATHE_BUILD_DIR
                       "' -llathe -llathe_runtime -Wl,-rpath,'" LATHE_BUILD_DIR "' && ./snippet");
}

TEST(Snippets, OfTheDocuments) {
  const Sandbox& sandbox = the_sandbox();
  std::set<std::string> excused;
  std::string program_output;
  for (const Block& block : all_blocks()) {
    const std::string first = block.text.substr(0, block.text.find('\n'));
    if (kNotRun.count(first) > 0) {
      excused.insert(first);
    } else if (block.language == "sh") {
      const Result result = sandbox.shell(block.text);
      EXPECT_EQ(result.status, 0) << block.place << "\n" << result.err;
    } else if (block.language == "console") {
      run_console(sandbox, block);
    } else if (block.language == "cpp") {
      const Result result = compile_and_run(sandbox, block.text);
      EXPECT_EQ(result.status, 0) << block.place << "\n" << result.err;
      program_output = result.out;
    } else if (block.language == "text") {
      expect_shown(program_output, block.text, block.place);
    } else {
      ADD_FAILURE() << block.place << ": say what the block is (sh, console, cpp, text), or why it is not run";
    }
  }
  EXPECT_EQ(excused.size(), kNotRun.size()) << "an excuse without a block";
}

/// What a program prints behind each line "== NAME".
std::map<std::string, std::string> parts_of(const std::string& output) {
  std::map<std::string, std::string> parts;
  std::istringstream lines(output);
  std::string name;
  for (std::string line; std::getline(lines, line);) {
    if (line.starts_with("== "))
      name = line.substr(3);
    else
      parts[name] += line + "\n";
  }
  return parts;
}

/// Each page has one block of lines and what they print: all in one program.
TEST(Snippets, OfTheLayerPages) {
  const fs::path folder = LATHE_SOURCE_DIR "/docs/layers";
  std::string functions, calls;
  std::map<std::string, Block> shown;
  for (const auto& entry : fs::directory_iterator(folder)) {
    if (entry.path().extension() != ".md" || entry.path().filename() == "README.md") continue;
    const std::string name = entry.path().stem().string();
    const std::vector<Block> blocks = blocks_of(entry.path());
    ASSERT_EQ(blocks.size(), 2U) << entry.path();
    functions += "static void example_" + name + "() {\n" + blocks[0].text + "}\n";
    calls += "  std::printf(\"== " + name + "\\n\");\n  example_" + name + "();\n";
    shown[name] = blocks[1];
  }
  const Result result = compile_and_run(
      the_sandbox(), "#include \"" + folder.string() + "/run.h\"\n" + functions + "int main() {\n" + calls + "}\n");
  ASSERT_EQ(result.status, 0) << result.err;
  const std::map<std::string, std::string> parts = parts_of(result.out);
  for (const auto& [name, block] : shown) {
    ASSERT_TRUE(parts.count(name) > 0) << name;
    expect_shown(parts.at(name), block.text, block.place);
  }
}

TEST(Snippets, OfTheHelpTexts) {
  const Sandbox& sandbox = the_sandbox();
  for (const char* command : {"", "fill-mask", "classify", "tag", "answer", "embed", "tokenize", "build", "export",
                              "run", "bench", "inspect", "info", "knobs"}) {
    const std::string help = sandbox.shell(std::string("lathe ") + command + " --help").out;
    std::istringstream lines(help.substr(std::min(help.find("\nExample"), help.size())));
    int count = 0;
    for (std::string line; std::getline(lines, line);) {
      if (!line.starts_with("  ")) continue;
      const Result result = sandbox.shell(line);
      EXPECT_EQ(result.status, 0) << line << "\n" << result.err;
      ++count;
    }
    EXPECT_TRUE(count > 0 || std::string(command) == "info") << command;
  }
}

/// The lines of a header's comment that are code: three spaces after the slashes.
std::string code_of(const fs::path& header) {
  std::istringstream lines(read_file(header));
  std::string code;
  for (std::string line; std::getline(lines, line);)
    if (line.starts_with("///   ")) code += line.substr(6) + "\n";
  return code;
}

TEST(Snippets, OfTheUmbrellaHeader) {
  const Sandbox& sandbox = the_sandbox();
  const std::string code = code_of(LATHE_SOURCE_DIR "/include/lathe/lathe.h");
  ASSERT_NE(code.find("lathe::"), std::string::npos);
  const Result result =
      compile_and_run(sandbox, "#include <iostream>\n#include <lathe/lathe.h>\nint main() {\n" + code + "}\n");
  EXPECT_EQ(result.status, 0) << result.err;
  EXPECT_EQ(result.out, "paris is the capital of france.\n");
}

}  // namespace
