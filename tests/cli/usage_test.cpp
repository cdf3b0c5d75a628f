// Mistakes on the command line and in files: one line that says what was expected, and the right status.
#include <gtest/gtest.h>
#include <signal.h>

#include "cli/child.h"

namespace {
using namespace cli_testing;

constexpr int kUsage = 2;

TEST(CliUsage, HelpEverywhere) {
  const Result help = lathe({"--help"});
  EXPECT_EQ(help.status, 0);
  EXPECT_EQ(help.err, "");
  EXPECT_EQ(lathe({}).out, help.out);
  for (const char* command : {"fill-mask", "classify", "tag", "answer", "embed", "tokenize", "build", "export", "run",
                              "bench", "inspect", "info", "knobs"}) {
    EXPECT_NE(help.out.find(command), std::string::npos) << command;
    const Result one = lathe({command, "--help"});
    EXPECT_EQ(one.status, 0) << command;
    EXPECT_NE(one.out.find("--help"), std::string::npos) << command;
    EXPECT_EQ(one.err, "") << command;
  }
  EXPECT_TRUE(lathe({"--version"}).out.starts_with("lathe "));
}

TEST(CliUsage, NearestNameIsSuggested) {
  expect_error(lathe({"fil-mask", "x"}), "usage", "did you mean fill-mask?", kUsage);
  expect_error(lathe({"frobnicate"}), "usage", "there are fill-mask", kUsage);
  expect_error(lathe({"fill-mask", "--top-q", "3", "x"}), "usage", "did you mean --top-k?", kUsage);
  expect_error(lathe({"fill-mask", "--colour", "x"}), "usage", "has no option --colour", kUsage);
  expect_error(lathe({"fill-mask", "--precision", "fp33", "x"}), "usage", "fp33", kUsage);
  expect_error(lathe({"fill-mask", "--top-k", "many", "x"}), "usage", "many", kUsage);
  expect_error(lathe({"fill-mask", "--top-k", "0", "x"}), "usage", "--top-k", kUsage);
  expect_error(lathe({"bench", "--shapes", "1by16"}), "usage", "1by16", kUsage);
  expect_error(lathe({"bench", "--shapes", "100000x8"}), "usage", "each from 1 to 65536", kUsage);
  expect_error(lathe({"inspect", "--memory", "foo"}), "usage", "--memory: 'foo'", kUsage);
  expect_error(lathe({"build", model("base")}), "usage", "--output", kUsage);
  expect_error(lathe({"info", "something"}), "usage", "something", kUsage);
  expect_error(lathe({"--json", "fill-mask", "x"}), "usage", "after the subcommand: lathe fill-mask --json", kUsage);
}

/// Answers and files count more than what is said of them.
TEST(CliUsage, StandardErrorThatTakesNothing) {
  const std::string mlm = model("mlm-tied"), program = "exec timeout 60 '" LATHE_CLI_PATH "' ";
  for (const char* nowhere : {" 2>/dev/full", " 2>&-"}) {
    const Result lines = run({"sh", "-c", program + "fill-mask --model '" + mlm + "' -k 1 --json" + nowhere},
                             {.input = "a [MASK]\nnone\nb [MASK]\n"});
    EXPECT_EQ(lines.status, 1) << nowhere;
    EXPECT_EQ(lines.json_lines().size(), 3u) << lines.out;
    EXPECT_EQ(run({"sh", "-c", program + "frobnicate" + nowhere}).status, kUsage);
    const std::filesystem::path plan = scratch("no-stderr") / "m.plan";
    EXPECT_EQ(run({"sh", "-c", program + "build '" + mlm + "' -o '" + plan.string() + "'" + nowhere}).status, 0);
    EXPECT_EQ(lathe({"fill-mask", "--model", plan.string(), "a [MASK]"}).status, 0);
  }
}

TEST(CliUsage, PlansAreFiles) {
  const std::string fifo = (scratch("fifo") / "pipe").string();
  ASSERT_EQ(run({"mkfifo", fifo}).status, 0);
  expect_error(run({"timeout", "20", LATHE_CLI_PATH, "build", model("base"), "-o", fifo}), "invalid_argument",
               "no stream");
  expect_error(lathe({"build", model("base"), "-o", "-"}), "invalid_argument", "no stream");
}

TEST(CliUsage, MemoryOfABatchThatThePlanTakes) {
  EXPECT_NE(lathe({"inspect", plan_of("base"), "--memory", "2x8"}).out.find("for 2x8"), std::string::npos);
  expect_error(lathe({"inspect", plan_of("base"), "--memory", "2x6000"}), "out_of_range", "6000 tokens");
  const std::string plan = (scratch("short") / "m.plan").string();
  ASSERT_EQ(lathe({"build", model("base"), "-o", plan, "--max-seq", "9"}).status, 0);
  expect_error(lathe({"inspect", plan, "--memory", "2x10"}), "out_of_range", "the model takes 9");
  expect_error(lathe({"bench", plan, "--shapes", "2x10"}), "out_of_range", "the model takes 9");
}

TEST(CliUsage, MissingFiles) {
  expect_error(lathe({"fill-mask", "--model", model("mlm-tiedd"), "a [MASK]"}), "not_found", "did you mean");
  expect_error(lathe({"fill-mask", "--model", "/nowhere/at/all", "a [MASK]"}), "not_found", "expected a model folder");
  expect_error(lathe({"fill-mask", "--file", "/nowhere.txt"}), "not_found", "/nowhere.txt");
  expect_error(lathe({"run", model("base"), "--input", "input_ids=/nowhere.npy"}), "not_found", "/nowhere.npy");
  expect_error(lathe({"build", model("base"), "-o", "/nowhere/at/all.plan"}), "not_found", "/nowhere");
  expect_error(lathe({"fill-mask", "x [MASK]"}, {.environment = {{"LATHE_MODEL", "/gone"}}}), "not_found",
               "LATHE_MODEL");
}

TEST(CliUsage, TextsThatDoNotFit) {
  const std::string mlm = model("mlm-tied");
  expect_refusal(lathe({"fill-mask", "--model", mlm, "no mask here"}), "invalid_argument", "[MASK]");
  expect_refusal(lathe({"fill-mask", "--model", mlm, "bad \xff byte [MASK]"}), "invalid_argument", "UTF-8");
  expect_refusal(lathe({"fill-mask", "--model", mlm, "bad \xff byte [MASK]"}), "invalid_argument", "--replace-invalid");
  expect_refusal(lathe({"fill-mask", "--model", mlm, "--json", ""}), "invalid_argument", "mask");
  expect_refusal(lathe({"answer", "--model", model("question"), "who?", "--context", "  "}), "invalid_argument",
                 "empty");
  std::string words;
  for (int i = 0; i < 100; ++i) words += "king ";
  expect_refusal(lathe({"classify", "--model", model("sequence"), words}), "out_of_range", "102 tokens");
  const Result cut = lathe({"classify", "--model", model("sequence"), "--truncate", words, "a king", words});
  EXPECT_EQ(cut.status, 0);
  EXPECT_NE(cut.err.find("warning: 2 of 3 texts"), std::string::npos) << cut.err;
  EXPECT_EQ(lathe({"-q", "classify", "--model", model("sequence"), "--truncate", words}).err, "");
  EXPECT_EQ(lathe({"classify", "-q", "--model", model("sequence"), "--truncate", words}).err, "");
  EXPECT_EQ(lathe({"fill-mask", "--model", mlm, "--replace-invalid", "bad \xff byte [MASK]"}).status, 0);
}

TEST(CliUsage, TasksThatTheBuiltInModelCannotDo) {
  expect_error(lathe({"classify", "a"}), "usage", "name a model, one with labels for texts: --model DIR", kUsage);
  expect_error(lathe({"tag", "a"}), "usage", "name a model, one with labels for tokens", kUsage);
  expect_error(lathe({"answer", "a?", "--context", "b"}), "usage", "name a model, one that answers", kUsage);
  EXPECT_EQ(lathe({"classify", "a"}, {.environment = {{"LATHE_MODEL", model("sequence")}}}).status, 0);
}

TEST(CliUsage, PlansThatDoNotFitTheTask) {
  expect_error(lathe({"fill-mask", "--model", model("sequence"), "a [MASK]"}), "unsupported",
               "BertForSequenceClassification");
  expect_error(lathe({"tag", "--model", model("mlm-tied"), "a"}), "unsupported", "BertForMaskedLM");
  expect_error(lathe({"classify", "--model", model("token"), "a"}), "unsupported", "BertForTokenClassification");
  expect_error(lathe({"answer", "--model", model("sequence"), "a?", "--context", "b"}), "unsupported",
               "BertForQuestionAnswering");
  expect_error(lathe({"embed", "--model", plan_of("base"), "--json", "a"}), "unsupported", "tokenizer");
}

TEST(CliUsage, LinesOfStandardInput) {
  const Result bad = lathe({"tokenize", "--json", "--json-input"}, {.input = "\"good\"\n{}\n\"good\"\n"});
  EXPECT_EQ(bad.status, 1);
  EXPECT_NE(bad.err.find("standard input, line 2 (\"{}\")"), std::string::npos) << bad.err;
  EXPECT_EQ(bad.json_lines().size(), 3u);
  EXPECT_TRUE(bad.json_lines()[1].is_null());
  EXPECT_EQ(bad.json_lines()[0], bad.json_lines()[2]);
  const Result pairs =
      lathe({"fill-mask", "--model", model("mlm-tied"), "--json-input"}, {.input = "[\"a [MASK]\", \"b\"]\n"});
  expect_refusal(pairs, "invalid_argument", "pairs");
  // No text at all is no error.
  const Result none = lathe({"fill-mask", "--model", model("mlm-tied"), "--json"});
  EXPECT_EQ(none.status, 0);
  EXPECT_EQ(none.out, "");
}

TEST(CliUsage, FullDisk) {
  if (!std::filesystem::exists("/dev/full")) GTEST_SKIP() << "this system has no /dev/full";
  const Result text = lathe({"fill-mask", "--model", model("mlm-tied"), "a [MASK]"}, {.out_file = "/dev/full"});
  expect_error(text, "io", "standard output");
  expect_error(lathe({"--help"}, {.out_file = "/dev/full"}), "io", "standard output");
  expect_error(lathe({"build", model("mlm-tied"), "-o", "/dev/full"}), "io", "/dev/full");
}

TEST(CliUsage, ClosedPipe) {
  // A reader that is gone before the first write, and one that leaves while more is to come than a pipe holds: the end
  // of a filter, without a word.
  constexpr int kOfClosedPipe = 128 + SIGPIPE;
  const Result gone = lathe({"tokenize", "--json"}, {.input = "hello\n", .reads = 0});
  EXPECT_EQ(gone.status, kOfClosedPipe);
  EXPECT_EQ(gone.err, "");
  std::string lines;
  for (int i = 0; i < 30000; ++i) lines += "hello\n";
  const Result result = lathe({"tokenize", "--json"}, {.input = lines, .reads = 1});
  EXPECT_TRUE(result.out.starts_with("{\"ids\"")) << result.out.substr(0, 100);
  EXPECT_EQ(result.status, kOfClosedPipe);
  EXPECT_EQ(result.err, "");
}

TEST(CliUsage, AnInterruptLeavesNothingHalfWritten) {
  const std::filesystem::path folder = scratch("interrupt");
  for (const char* delay : {"0.02", "0.1", "0.15", "0.2", "0.3"}) {
    const std::filesystem::path plan = folder / "m.plan";
    run({"timeout", "-s", delay[2] == '1' ? "HUP" : "INT", delay, LATHE_CLI_PATH, "build",
         LATHE_SOURCE_DIR "/models/minilm-fill-mask", "-o", plan.string()});
    for (const auto& entry : std::filesystem::directory_iterator(folder)) {
      EXPECT_EQ(entry.path(), plan);
      EXPECT_EQ(lathe({"inspect", plan.string()}).status, 0) << "whole where it is there";
    }
    std::filesystem::remove(plan);
  }
}

TEST(CliUsage, APlanCutWhileInUseIsAnError) {
  const std::string plan = (scratch("cut") / "m.plan").string();
  for (const bool mapped : {true, false}) {
    ASSERT_EQ(lathe({"build", LATHE_SOURCE_DIR "/models/minilm-fill-mask", "-o", plan}).status, 0);
    std::vector<std::string> words = {"fill-mask", "--model", plan, "-k", "1"};
    if (!mapped) words.push_back("--no-map");
    Talk talk(words, Talk::On::pipes);
    talk.say("a [MASK]\n");
    talk.hear("\n");
    std::filesystem::resize_file(plan, 1000);
    talk.say("the capital of France is [MASK].\n");
    talk.hush();
    const Result result = talk.finish();
    EXPECT_EQ(result.status, mapped ? 1 : 0) << result.err;
    EXPECT_EQ(result.err.starts_with("lathe: error[io]: " + plan + ": "), mapped) << result.err;
    EXPECT_EQ(std::count(result.err.begin(), result.err.end(), '\n'), mapped ? 1 : 0) << result.err;
  }
}

TEST(CliUsage, ClosedDescriptors) {
  expect_error(run({"sh", "-c", "exec timeout 20 '" LATHE_CLI_PATH "' tokenize <&-"}), "io", "standard input");
  expect_error(run({"sh", "-c", "exec timeout 20 '" LATHE_CLI_PATH "' tokenize hello >&-"}), "io", "standard output");
  expect_error(lathe({"fill-mask", "--threads", "257", "a [MASK]"}), "usage", "256", kUsage);
}

TEST(CliUsage, AFileSizeLimitIsAnError) {
  const std::filesystem::path folder = scratch("limit");
  const std::string command = "ulimit -f 100; exec '" LATHE_CLI_PATH "' build '" LATHE_SOURCE_DIR
                              "/models/minilm-fill-mask' -o '" +
                              (folder / "m.plan").string() + "'";
  expect_error(run({"sh", "-c", command}), "io", "free some space");
  EXPECT_TRUE(std::filesystem::is_empty(folder));
}

TEST(CliUsage, SilentInAPipe) {
  const Result built = lathe({"build", model("base"), "-o", (scratch("silent") / "base.plan").string()});
  EXPECT_EQ(built.status, 0);
  EXPECT_EQ(built.err.find('\r'), std::string::npos);
  const Result verbose =
      lathe({"build", "--verbose", model("mlm-tied"), "-o", (scratch("silent") / "b.plan").string()});
  EXPECT_EQ(verbose.status, 0);
  EXPECT_NE(verbose.err.find("fuse_layer_norm"), std::string::npos) << "passes show in the log";
}

}  // namespace
