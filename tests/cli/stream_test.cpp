// Filters in pipes and on terminals: answers come when they are due, bad lines cost themselves alone, signals end the
// program as they end others.
#include <gtest/gtest.h>
#include <signal.h>

#include <cmath>
#include <cstring>

#include "cli/child.h"

namespace {
using namespace cli_testing;
using nlohmann::json;

TEST(CliStream, ALineIsAnsweredWhenNoMoreIsWaiting) {
  Talk talk({"fill-mask", "--model", plan_of("mlm-tied"), "-k", "1", "--json"}, Talk::On::pipes);
  for (const char* word : {"king", "door", "garden"}) {
    talk.say(std::string("the ") + word + " of [MASK]\n");
    EXPECT_NE(talk.hear("\n").find(word), std::string::npos);
  }
  // Half a line waits for its other half.
  talk.say("the old ");
  talk.say("[MASK]\n");
  EXPECT_NE(talk.hear("\n").find("the old"), std::string::npos);
  talk.say("the last [MASK]");
  talk.hush();
  const Result result = talk.finish();
  EXPECT_EQ(result.status, 0) << result.err;
  EXPECT_EQ(result.json_lines().size(), 1u) << result.out;
}

TEST(CliStream, LinesTypedOnATerminalAreAnswered) {
  Talk talk({"tokenize", "--file", "-"}, Talk::On::terminal);
  talk.say("hello\n");
  EXPECT_NE(talk.hear("[SEP]").find("[CLS]"), std::string::npos);
  talk.say("\x04");  // the end of the input
  EXPECT_EQ(talk.finish().status, 0);
}

/// `count` lines, of which line `bad` is `text`.
std::string lines_with(size_t count, size_t bad, const std::string& text) {
  std::string lines;
  for (size_t i = 1; i <= count; ++i) lines += (i == bad ? text : "the king of [MASK]") + "\n";
  return lines;
}

TEST(CliStream, ABadLineCostsItselfAlone) {
  const std::string file = (scratch("stream") / "lines.txt").string();
  write_file(file, lines_with(12000, 10001, "The king has no mask"));
  const Result result = lathe({"fill-mask", "--model", plan_of("mlm-tied"), "-k", "1", "--json", "--file", file});
  EXPECT_EQ(result.status, 1);
  EXPECT_NE(result.err.find(file + ", line 10001 (\"The king has no mask\"): "), std::string::npos) << result.err;
  EXPECT_EQ(std::count(result.err.begin(), result.err.end(), '\n'), 1) << result.err;
  const json lines = result.json_lines();
  ASSERT_EQ(lines.size(), 12000u);
  for (size_t i = 0; i < lines.size(); ++i) EXPECT_EQ(lines[i].is_null(), i == 10000) << i;
}

TEST(CliStream, InvalidUtf8CostsItsLine) {
  for (const std::vector<std::string>& command : {std::vector<std::string>{"tokenize"},
                                                  {"classify", "--model", plan_of("sequence")},
                                                  {"tag", "--model", plan_of("token")}}) {
    std::vector<std::string> words = command;
    words.push_back("--json");
    const Result result = lathe(words, {.input = "the king\nbad \xff\xfe\nthe door\n"});
    EXPECT_EQ(result.status, 1) << command[0];
    const json lines = result.json_lines();
    ASSERT_EQ(lines.size(), 3u) << command[0] << result.out;
    EXPECT_FALSE(lines[0].is_null());
    EXPECT_TRUE(lines[1].is_null());
    EXPECT_FALSE(lines[2].is_null());
    EXPECT_NE(result.err.find("line 2 (\"bad \xef\xbf\xbd\xef\xbf\xbd\")"), std::string::npos) << result.err;
    EXPECT_NE(result.err.find("--replace-invalid"), std::string::npos) << result.err;
    words.back() = "--replace-invalid";
    EXPECT_EQ(lathe(words, {.input = "the king\nbad \xff\xfe\n"}).status, 0);
  }
}

TEST(CliStream, TheVectorOfABadLineIsNaN) {
  const std::string folder = LATHE_SOURCE_DIR "/tests/goldens/embed/cls";
  const Result result = lathe({"embed", "--model", folder}, {.input = "the king\nbad \xff\nthe door\n"});
  EXPECT_EQ(result.status, 1);
  EXPECT_NE(result.err.find("line 2"), std::string::npos) << result.err;
  EXPECT_NE(result.out.find("'shape': (3, 32)"), std::string::npos);
  std::vector<float> values(96);
  ASSERT_GE(result.out.size(), values.size() * sizeof(float));
  std::memcpy(values.data(), result.out.data() + result.out.size() - values.size() * sizeof(float),
              values.size() * sizeof(float));
  for (size_t i = 0; i < values.size(); ++i) EXPECT_EQ(std::isnan(values[i]), i / 32 == 1) << i;
  const json lines = lathe({"embed", "--model", folder, "--json"}, {.input = "the king\nbad \xff\n"}).json_lines();
  EXPECT_EQ(lines[0].size(), 32u);
  EXPECT_TRUE(lines[1].is_null());
}

TEST(CliStream, TablesHaveOneShape) {
  const std::string sequence = plan_of("sequence");
  const std::string one = lathe({"classify", "--model", sequence, "the king"}).out;
  const std::string two = lathe({"classify", "--model", sequence, "the king", "a door"}).out;
  EXPECT_EQ(two.substr(0, one.size()), one);
  EXPECT_EQ(one.find("the king"), two.find("a door") - one.size()) << two;
  const std::string tags = lathe({"tag", "--model", plan_of("token"), "the king"}).out;
  EXPECT_EQ(lathe({"tag", "--model", plan_of("token"), "the king", "a door"}).out.substr(0, tags.size()), tags);
  EXPECT_TRUE(tags.starts_with("the king\n  ")) << tags;
  const Result refused = lathe({"classify", "--model", sequence}, {.input = "the king\nbad \xff\nthe king\n"});
  EXPECT_EQ(std::count(refused.out.begin(), refused.out.end(), '\n'), 3) << refused.out;
  EXPECT_NE(refused.out.find("(refused: "), std::string::npos) << refused.out;
}

TEST(CliStream, ProgressShowsOnATerminal) {
  const std::string file = (scratch("stream") / "progress.npy").string();
  const std::vector<std::string> words = {
      "embed", "--model", LATHE_SOURCE_DIR "/tests/goldens/embed/cls", "--file", "-", "--output", file};
  // It shows from a second after the model is there on; how long that takes is the machine's.
  const auto say_for_two_seconds = [](Talk& talk) {
    for (int i = 0; i < 20; ++i) talk.say("the king\n"), usleep(100000);
  };
  Talk talk(words, Talk::On::terminal);
  std::string shown;
  for (int i = 0; i < 10 && shown.find("texts/s") == std::string::npos; ++i) {
    say_for_two_seconds(talk);
    shown += talk.hear("texts/s");
  }
  EXPECT_NE(shown.find("embedding: "), std::string::npos) << shown;
  EXPECT_NE(shown.find(" texts  "), std::string::npos) << shown;
  talk.say("\x04");
  EXPECT_EQ(talk.finish().status, 0);
  std::vector<std::string> quiet = words;
  quiet.push_back("--quiet");
  Talk silent(quiet, Talk::On::terminal);
  say_for_two_seconds(silent);
  silent.say("\x04");
  EXPECT_EQ(silent.finish().out.find("texts/s"), std::string::npos);
}

TEST(CliStream, AnInterruptEndsBySignalWithWhatWasDone) {
  Talk talk({"fill-mask", "--model", plan_of("mlm-tied"), "-k", "1", "--json"}, Talk::On::pipes);
  talk.say("the king of [MASK]\n");
  const std::string line = talk.hear("\n");
  EXPECT_TRUE(line.ends_with("]\n")) << line;
  talk.signal(SIGINT);
  const Result result = talk.finish();
  EXPECT_EQ(result.status, 128 + SIGINT);
  EXPECT_EQ(result.err.find("error"), std::string::npos) << result.err;
}

/// What is answered when the interrupt comes is written; that it comes before the answer is a matter of luck.
TEST(CliStream, AnInterruptedEmbedWritesItsVectors) {
  const std::string file = (scratch("stream") / "vectors.npy").string();
  bool answered = false;
  for (int attempt = 0; attempt < 20 && !answered; ++attempt) {
    Talk talk({"embed", "--model", LATHE_SOURCE_DIR "/tests/goldens/embed/cls", "--output", file}, Talk::On::pipes);
    talk.say("the king\nthe door\n");
    talk.wait_until_read();
    talk.signal(SIGTERM);
    EXPECT_EQ(talk.finish().status, 128 + SIGTERM);
    const std::string vectors = read_file(file);
    answered = vectors.find("'shape': (2, 32)") != std::string::npos;
    EXPECT_TRUE(answered || vectors.find("'shape': (0, 32)") != std::string::npos) << vectors.substr(0, 128);
  }
  EXPECT_TRUE(answered);
}

TEST(CliStream, AnInterruptedBenchPrintsWhatItMeasured) {
  Talk talk({"bench", plan_of("base"), "--shapes", "1x8", "--seconds", "600", "--verbose"}, Talk::On::terminal);
  talk.hear("bench: round");
  talk.signal(SIGINT);
  const Result result = talk.finish();
  EXPECT_EQ(result.status, 128 + SIGINT);
  EXPECT_NE(result.out.find("interrupted after "), std::string::npos) << result.out;
  EXPECT_NE(result.out.find("median ms"), std::string::npos) << result.out;
}

}  // namespace
