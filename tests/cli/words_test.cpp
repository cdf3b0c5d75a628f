// The program rewords what the library says (cli/words.cpp): each phrase that it looks for is one that the library has.
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <iterator>
#include <regex>
#include <string>
#include <vector>

namespace {
namespace fs = std::filesystem;

/// A source's text with string literals that go on in the next line joined.
std::string source(const fs::path& path) {
  std::ifstream file(path, std::ios::binary);
  const std::string text(std::istreambuf_iterator<char>(file), {});
  return std::regex_replace(text, std::regex("\"\\s*\\n\\s*\""), "");
}

TEST(CliWords, EachPhraseIsOneThatTheLibrarySays) {
  const fs::path root = LATHE_SOURCE_DIR;
  std::string library;
  for (const auto& entry : fs::recursive_directory_iterator(root / "src"))
    if (entry.path().extension() == ".cpp" || entry.path().extension() == ".h") library += source(entry.path());
  const std::string words = source(root / "cli/words.cpp");
  const std::regex row("\\{\"([^\"]+)\",\\s*\"[^\"]*\"\\}");
  std::vector<std::string> phrases;
  for (std::sregex_iterator at(words.begin(), words.end(), row), end; at != end; ++at) {
    const std::string phrase = (*at)[1];
    EXPECT_NE(library.find(phrase), std::string::npos) << "nobody says: " << phrase;
    // The first that fits is put in the other's place: one within another must come after it.
    for (const std::string& before : phrases)
      EXPECT_EQ(phrase.find(before), std::string::npos) << "'" << before << "' hides '" << phrase << "'";
    phrases.push_back(phrase);
  }
  EXPECT_GE(phrases.size(), 10u);
}

}  // namespace
