// Every text reaches its command as it is written.
#include <gtest/gtest.h>

#include "cli/child.h"

namespace {
using namespace cli_testing;
using nlohmann::json;

/// The tokens that `lathe tokenize` finds, without [CLS] and [SEP].
json tokens_of(const std::vector<std::string>& words, const Options& options = {}) {
  std::vector<std::string> arguments = {"tokenize", "--json", "--no-special-tokens"};
  arguments.insert(arguments.end(), words.begin(), words.end());
  const Result result = lathe(arguments, options);
  EXPECT_EQ(result.status, 0) << result.err;
  json tokens = json::array();
  for (const json& line : result.json_lines()) tokens.push_back(line["tokens"]);
  return tokens;
}

TEST(CliTexts, BracketsBracesAndQuotesAreText) {
  EXPECT_EQ(tokens_of({"[hello]", "[a, b]", "[]", "{}", "{..}", "%%", "++", "'a'", "\"a\"", "`a`", "a=b", "/a"}),
            json({{"[", "hello", "]"},
                  {"[", "a", ",", "b", "]"},
                  {"[", "]"},
                  {"{", "}"},
                  {"{", ".", ".", "}"},
                  {"%", "%"},
                  {"+", "+"},
                  {"'", "a", "'"},
                  {"\"", "a", "\""},
                  {"`", "a", "`"},
                  {"a", "=", "b"},
                  {"/", "a"}}));
  EXPECT_EQ(tokens_of({"[MASK]"}), json({{"[MASK]"}}));
}

TEST(CliTexts, AnEmptyArgumentIsAnEmptyText) {
  EXPECT_EQ(tokens_of({"", "a", ""}), json({json::array(), {"a"}, json::array()}));
}

TEST(CliTexts, WordsThatLookLikeSomethingElse) {
  EXPECT_EQ(tokens_of({"--", "--help", "-x", "--", "-"}), json({{"-", "-", "help"}, {"-", "x"}, {"-", "-"}, {"-"}}));
  // Numbers, dashes and names of subcommands are no options.
  EXPECT_EQ(tokens_of({"a", "-5 degrees", "- item", "-", "build", "tokenize"}),
            json({{"a"}, {"-", "5", "degrees"}, {"-", "item"}, {"-"}, {"build"}, {"token", "##ize"}}));
  // After the first text as well as before it, options are options.
  EXPECT_EQ(tokens_of({"a", "--pair", "b", "--", "--json"}), json({{"a", "b"}, {"-", "-", "j", "##son", "b"}}));
}

TEST(CliTexts, ValuesOfOptionsAreTaken) {
  for (const std::string value : {"[a, b]", "{}", "--help", "++", "--", ""})
    EXPECT_EQ(tokens_of({"x", "--pair", value}),
              tokens_of({"--json-input"}, {.input = json::array({"x", value}).dump() + "\n"}))
        << value;
  EXPECT_EQ(tokens_of({"x", "--pair="}), json({{"x"}}));
  EXPECT_EQ(tokens_of({"--pair=[y]", "x"}), json({{"x", "[", "y", "]"}}));
  const Result labels = lathe({"tag", "--model", plan_of("token"), "--json", "--ignore", "O,LOC", "the king", "paris"});
  EXPECT_EQ(labels.json_lines().size(), 2u) << "a list of labels ends at its word";
}

TEST(CliTexts, ContextsAreTaken) {
  const std::string plan = plan_of("question");
  const Result brackets = lathe({"answer", "--model", plan, "--json", "[who]?", "--context", "[the king, a door]"});
  ASSERT_EQ(brackets.status, 0) << brackets.err;
  EXPECT_EQ(brackets.json(), lathe({"answer", "--model", plan, "--json", "--json-input"},
                                   {.input = R"(["[who]?", "[the king, a door]"])"})
                                 .json());
  expect_error(lathe({"answer", "--model", plan, "who?", "--context", "a", "--context-file", "/dev/null"}), "usage",
               "exclude each other", 2);
}

TEST(CliTexts, ALineOfAMegabyte) {
  std::string line;
  while (line.size() < (size_t{1} << 20)) line += "hello ";
  const Result result = lathe({"tokenize", "--json"}, {.input = line + "\nhello\n" + line});
  ASSERT_EQ(result.status, 0) << result.err;
  const json lines = result.json_lines();
  ASSERT_EQ(lines.size(), 3u);
  EXPECT_EQ(lines[0]["ids"].size(), line.size() / 6 + 2);
  EXPECT_EQ(lines[1]["ids"].size(), 3u);
  EXPECT_EQ(lines[2]["ids"].size(), line.size() / 6 + 2);
}

TEST(CliTexts, EmptyLinesKeepTheirPlace) {
  EXPECT_EQ(tokens_of({}, {.input = "\na\r\n\n\nb"}),
            json({json::array(), {"a"}, json::array(), json::array(), {"b"}}));
}

TEST(CliTexts, HelpTellsOfTheDashes) {
  for (const char* command : {"fill-mask", "classify", "tag", "answer", "embed", "tokenize"})
    EXPECT_NE(lathe({command, "--help"}).out.find("After -- all words are texts"), std::string::npos) << command;
}

}  // namespace
