// What subcommands print and write.
#include <gtest/gtest.h>

#include <cmath>
#include <cstring>

#include "cli/child.h"

namespace {
using namespace cli_testing;
using nlohmann::json;

TEST(CliCommands, FillMaskWithTheBuiltInModel) {
  const Result result = lathe({"fill-mask", "The capital of France, [mask], contains the Eiffel Tower."});
  ASSERT_EQ(result.status, 0) << result.err;
  EXPECT_EQ(result.err, "");
  EXPECT_EQ(std::count(result.out.begin(), result.out.end(), '\n'), 10);
  EXPECT_NE(
      result.out.substr(0, result.out.find('\n')).find("  the capital of france, paris, contains the eiffel tower."),
      std::string::npos)
      << result.out;
}

TEST(CliCommands, FillMaskJsonShapes) {
  const std::string mlm = plan_of("mlm-tied");
  const json one = lathe({"fill-mask", "--model", mlm, "--json", "--top-k", "3", "the [MASK]"}).json();
  ASSERT_EQ(one.size(), 3u);
  for (const char* key : {"score", "token", "token_str", "sequence"}) EXPECT_TRUE(one[0].contains(key)) << key;
  // A line of JSON a text, for one as for many.
  const Result two = lathe({"fill-mask", "--model", mlm, "--json", "--top-k", "3", "the [MASK]", "a [MASK]"});
  ASSERT_EQ(two.json_lines().size(), 2u) << two.out;
  EXPECT_EQ(two.json_lines()[0], one);
  for (const char* line : {"the [MASK]", "the [MASK]\n", "the [MASK]\r\n"})
    EXPECT_EQ(lathe({"fill-mask", "--model", mlm, "--json", "--top-k", "3"}, {.input = line}).json(), one);
}

TEST(CliCommands, TokenizeJson) {
  const Result result = lathe({"tokenize", "--json"}, {.input = "Hello, wörld!\n\n"});
  ASSERT_EQ(result.status, 0) << result.err;
  const size_t end = result.out.find('\n');
  const json first = json::parse(result.out.substr(0, end)), second = json::parse(result.out.substr(end + 1));
  EXPECT_EQ(first["tokens"], json({"[CLS]", "hello", ",", "world", "!", "[SEP]"}));
  EXPECT_EQ(first["offsets"], json({{0, 0}, {0, 5}, {5, 6}, {7, 12}, {12, 13}, {0, 0}}));
  EXPECT_EQ(first["ids"].size(), 6u);
  EXPECT_EQ(second["tokens"], json({"[CLS]", "[SEP]"}));
  const json pair = lathe({"tokenize", "--json", "a", "--pair", "b c"}).json();
  EXPECT_EQ(pair["type_ids"], json({0, 0, 0, 1, 1, 1}));
  EXPECT_EQ(lathe({"tokenize", "--json", "--pair", "b c"}, {.input = "a\n"}).json(), pair);
  expect_error(lathe({"tokenize", "--json-input", "--pair", "b"}, {.input = "\"a\"\n"}), "usage", "--pair", 2);
  const json empty = lathe({"tokenize", "--json", "a", "--pair", ""}).json();
  EXPECT_EQ(empty["tokens"], json({"[CLS]", "a", "[SEP]", "[SEP]"}));
  EXPECT_EQ(lathe({"tokenize", "--json", "--json-input"}, {.input = "[\"a\", \"\"]\n"}).json(), empty);
}

/// The f32 values of a version-1 npy.
std::vector<float> npy_values(const std::string& npy, const std::string& shape) {
  EXPECT_TRUE(npy.starts_with("\x93NUMPY"));
  EXPECT_NE(npy.find("'shape': " + shape), std::string::npos) << npy.substr(0, 128);
  const size_t data = 10 + static_cast<unsigned char>(npy[8]) + 256u * static_cast<unsigned char>(npy[9]);
  std::vector<float> values((npy.size() - data) / sizeof(float));
  std::memcpy(values.data(), npy.data() + data, values.size() * sizeof(float));
  return values;
}

TEST(CliCommands, EmbedWritesOneArray) {
  const std::string folder = LATHE_SOURCE_DIR "/tests/goldens/embed/mean-normalized";
  const std::string lines = "the king\nParis is the capital of France.\n\n";
  const Result result = lathe({"embed", "--model", folder}, {.input = lines});
  ASSERT_EQ(result.status, 0) << result.err;
  const std::vector<float> values = npy_values(result.out, "(3, 32)");
  ASSERT_EQ(values.size(), 96u);
  for (size_t i = 0; i < 3; ++i) {
    float sum = 0;
    for (size_t j = 0; j < 32; ++j) sum += values[i * 32 + j] * values[i * 32 + j];
    EXPECT_NEAR(sum, 1, 1e-5);
  }
  const std::string file = (scratch("embed") / "v.npy").string();
  EXPECT_EQ(lathe({"embed", "--model", folder, "--output", file}, {.input = lines}).status, 0);
  EXPECT_EQ(read_file(file), result.out);
  const json list = lathe({"embed", "--model", folder, "--json"}, {.input = lines}).json_lines();
  ASSERT_EQ(list.size(), 3u);
  EXPECT_EQ(list[1][31].get<float>(), values[63]);
}

/// The f32 tensor `name` of a safetensors file.
std::vector<float> safetensors_values(const std::string& path, const char* name) {
  const std::string file = read_file(path);
  uint64_t header = 0;
  std::memcpy(&header, file.data(), sizeof header);
  const json range = json::parse(file.substr(8, header)).at(name).at("data_offsets");
  std::vector<float> values((range[1].get<size_t>() - range[0].get<size_t>()) / sizeof(float));
  std::memcpy(values.data(), file.data() + 8 + header + range[0].get<size_t>(), values.size() * sizeof(float));
  return values;
}

TEST(CliCommands, EmbedEqualsSentenceTransformers) {
  for (const char* name : {"mean-normalized", "cls", "max-normalized", "mean-sqrt-len", "mean-new-format"}) {
    const std::string folder = LATHE_SOURCE_DIR "/tests/goldens/embed/" + std::string(name);
    std::string lines;
    for (const json& text : read_json(folder + "/texts.json")) lines += text.dump() + "\n";
    const Result result = lathe({"embed", "--model", folder, "--json", "--json-input"}, {.input = lines});
    ASSERT_EQ(result.status, 0) << result.err;
    const std::vector<float> expected = safetensors_values(folder + "/golden.safetensors", "embeddings");
    const json actual = result.json_lines();
    double error = 0, norm = 0;
    for (size_t i = 0; i < expected.size(); ++i) {
      const double x = actual.at(i / 32).at(i % 32), r = static_cast<double>(expected[i]);
      error += (x - r) * (x - r), norm += r * r;
    }
    EXPECT_LE(std::sqrt(error / norm), 2e-6) << name;
  }
}

TEST(CliCommands, EmbedAveragesWhereTheFolderNamesNoPooling) {
  const Result result = lathe({"embed", "--model", model("mlm-tied"), "--json", "the king"});
  ASSERT_EQ(result.status, 0) << result.err;
  EXPECT_EQ(result.json().size(), 32u);
  EXPECT_NE(result.err.find("mean over tokens"), std::string::npos) << result.err;
}

TEST(CliCommands, EmbedTakesPromptsPoolingLengthAndWidth) {
  const std::string folder = LATHE_SOURCE_DIR "/tests/goldens/embed/mean-normalized";
  const std::string prompted = (scratch("prompted") / "model").string();
  std::filesystem::copy(folder, prompted, std::filesystem::copy_options::recursive);
  write_file(prompted + "/config_sentence_transformers.json", R"({"prompts": {"query": "the old king: "}})");
  const auto vectors = [](const std::string& model, std::vector<std::string> words) {
    words.insert(words.begin(), {"embed", "--model", model, "--json"});
    const Result result = lathe(words);
    EXPECT_EQ(result.status, 0) << result.err;
    return result.json_lines();
  };
  const auto length = [](const json& vector) {
    double sum = 0;
    for (const json& x : vector) sum += x.get<double>() * x.get<double>();
    return std::sqrt(sum);
  };
  const json plain = vectors(folder, {"a door"}), query = vectors(folder, {"the old king: a door"});
  EXPECT_NE(plain, query);
  EXPECT_EQ(vectors(prompted, {"--prompt", "query", "a door"}), query);
  EXPECT_EQ(vectors(folder, {"--prompt-text", "the old king: ", "a door"}), query);
  EXPECT_EQ(vectors(prompted, {"--prompt-text", "", "a door"}), plain);
  expect_error(lathe({"embed", "--model", prompted, "--json", "--prompt", "quary", "a"}), "not_found", "query");
  expect_error(lathe({"embed", "--model", prompted, "--json", "--prompt", "query", "--prompt-text", "x", "a"}), "usage",
               "exclude each other", 2);
  EXPECT_NEAR(length(plain[0]), 1, 1e-5);
  EXPECT_GT(std::fabs(length(vectors(folder, {"--no-normalize", "a door"})[0]) - 1), 1e-3);
  const json first = vectors(folder, {"--dimensions", "8", "a door"});
  ASSERT_EQ(first[0].size(), 8u);
  for (size_t i = 0; i < 8; ++i) EXPECT_EQ(first[0][i], plain[0][i]);
  EXPECT_NEAR(length(vectors(folder, {"--dimensions", "8", "--normalize", "a door"})[0]), 1, 1e-5);
  EXPECT_NE(vectors(folder, {"--pooling", "cls", "a door"}), plain);
  EXPECT_EQ(vectors(folder, {"--pooling", "mean", "a door"}), plain);
}

TEST(CliCommands, BuildAndInspect) {
  const std::string plan = (scratch("build") / "m.plan").string();
  const Result built = lathe({"build", model("mlm-tied"), "-o", plan, "--json", "--max-seq", "32"});
  ASSERT_EQ(built.status, 0) << built.err;
  EXPECT_EQ(built.json()["architecture"], "BertForMaskedLM");
  EXPECT_GT(built.json()["passes"]["fuse_layer_norm"], 0);
  EXPECT_TRUE(built.json()["file_bytes"].is_number_integer()) << built.out;
  EXPECT_EQ(built.json()["file_bytes"], std::filesystem::file_size(plan));

  const Result table = lathe({"inspect", plan, "--memory", "2x8"});
  ASSERT_EQ(table.status, 0) << table.err;
  for (const char* word : {"BertForMaskedLM", "weights", "arena", "linear", "attention", "logits", "fuse_layer_norm"})
    EXPECT_NE(table.out.find(word), std::string::npos) << word << "\n" << table.out;
  const json all = lathe({"inspect", plan, "--json"}).json();
  EXPECT_GT(all["steps"].size(), 5u);
  EXPECT_TRUE(all["memory"].contains("weight_bytes"));
}

TEST(CliCommands, BuildIntoADevice) {
  const Result built = lathe({"build", model("mlm-tied"), "-o", "/dev/null", "--json"});
  ASSERT_EQ(built.status, 0) << built.err;
  EXPECT_TRUE(built.json()["file_bytes"].is_null()) << built.out;
  EXPECT_EQ(lathe({"build", model("mlm-tied"), "-o", "/dev/null"}).status, 0);
}

TEST(CliCommands, SameBuildSameBytes) {
  const std::filesystem::path folder = scratch("bytes");
  for (const char* name : {"a.plan", "b.plan"})
    ASSERT_EQ(lathe({"build", model("sequence"), "-o", (folder / name).string()}).status, 0);
  EXPECT_EQ(read_file(folder / "a.plan"), read_file(folder / "b.plan"));
}

TEST(CliCommands, RunTensors) {
  const std::string golden = model("base") + "/golden.safetensors";
  const std::filesystem::path folder = scratch("run");
  const std::string out = (folder / "out.npz").string(), one = (folder / "one.npy").string();
  const Result all = lathe({"run", model("base"), "--input", "input_ids=" + golden, "--input",
                            "attention_mask=" + golden, "--input", "token_type_ids=" + golden, "--output", out});
  ASSERT_EQ(all.status, 0) << all.err;
  EXPECT_NE(all.out.find("last_hidden_state"), std::string::npos);
  EXPECT_GT(std::filesystem::file_size(out), 1000u);
  const Result single = lathe(
      {"run", plan_of("base"), "--input", "input_ids=" + golden, "--request", "last_hidden_state", "--output", one});
  ASSERT_EQ(single.status, 0) << single.err;
  npy_values(read_file(one), "(6, 12, 32)");
  expect_error(lathe({"run", model("base"), "--input", "nothing=" + golden}), "not_found", "nothing");
  expect_error(lathe({"run", model("base"), "--input", "input_ids=" + golden, "--output", "x.txt"}), "invalid_argument",
               "x.txt");
}

TEST(CliCommands, BenchReportsCases) {
  const std::string lengths = (scratch("bench") / "mixed.txt").string();
  write_file(lengths, "3\n7\n\n5\n");
  const Result result = lathe({"bench", plan_of("mlm-tied"), "--shapes", "1x8,2x4", "--lengths", lengths, "--threads",
                               "1", "--rounds", "5", "--json"});
  ASSERT_EQ(result.status, 0) << result.err;
  const json cases = result.json()["cases"];
  ASSERT_EQ(cases.size(), 3u);
  const char* names[] = {"1x8", "2x4", "mixed"};
  for (size_t i = 0; i < 3; ++i) {
    EXPECT_EQ(cases[i]["name"], names[i]);
    EXPECT_GT(cases[i]["median_ms"], 0);
    EXPECT_LE(cases[i]["min_ms"], cases[i]["median_ms"]);
    EXPECT_LE(cases[i]["median_ms"], cases[i]["p99_ms"]);
    EXPECT_GT(cases[i]["texts_per_s"], 0);
    EXPECT_GT(cases[i]["share_of_peak"], 0);
    EXPECT_LT(cases[i]["share_of_peak"], 2);
  }
  EXPECT_EQ(cases[2]["tokens"], 15);
}

/// The familiar form: a layer, what it reads, what it gives.
TEST(CliCommands, InspectShowsLayers) {
  const std::string digits = LATHE_SOURCE_DIR "/examples/digits/digits.onnx";
  const Result text = lathe({"inspect", digits, "--layers"});
  ASSERT_EQ(text.status, 0) << text.err;
  EXPECT_NE(text.out.find("---- 1 input ----\n{image [dtype=f32, shape=(n, 1, 8, 8)]}\n"), std::string::npos)
      << text.out;
  const json layers = lathe({"inspect", digits, "--layers", "--json"}).json();
  EXPECT_EQ(layers["outputs"][0]["name"], "probabilities");
  ASSERT_GT(layers["layers"].size(), 3u);
  for (const json& layer : layers["layers"]) {
    const std::string head = layer["name"].get<std::string>() + " [Op: " + layer["attributes"].get<std::string>() + "]";
    EXPECT_NE(text.out.find(head), std::string::npos) << head;
    EXPECT_FALSE(layer["outputs"].empty());
  }
  EXPECT_EQ(lathe({"inspect", model("base"), "--layers"}).status, 0);
  expect_error(lathe({"inspect", plan_of("base"), "--layers"}), "invalid_argument", "a plan has steps, no layers");
}

/// Inputs that are no texts: sizes of one row where none are said, by their number of dimensions, by name.
TEST(CliCommands, BenchOfAnyInputs) {
  const std::string digits = LATHE_SOURCE_DIR "/examples/digits/digits.onnx";
  const json one = lathe({"bench", digits, "--rounds", "1", "--json"}).json()["cases"];
  ASSERT_EQ(one.size(), 1u);
  EXPECT_EQ(one[0]["rows"], 1);
  const json named =
      lathe({"bench", digits, "--rounds", "1", "--json", "--shapes", "3x1x8x8,image=2x1x8x8"}).json()["cases"];
  ASSERT_EQ(named.size(), 2u);
  EXPECT_EQ(named[0]["rows"], 3);
  EXPECT_EQ(named[1]["rows"], 2);
  EXPECT_GT(named[1]["share_of_peak"], 0);
  expect_error(lathe({"bench", digits, "--shapes", "3x1x8x9"}), "shape_mismatch", "3x1x8x9 does not fit");
  expect_error(lathe({"bench", digits, "--shapes", "3x8"}), "shape_mismatch", "no input has 2 dimensions");
  expect_error(lathe({"bench", digits, "--shapes", "x=3x8"}), "not_found", "the inputs are image");
  expect_error(lathe({"bench", digits, "--shapes", "image=3x"}), "usage", "'image=3x' is no shape", 2);
}

/// Ids of i64 lie in each table, whatever its size; padding is hidden by the mask.
TEST(CliCommands, BenchOfAnExportedEncoder) {
  const std::string lengths = (scratch("bench-onnx") / "mixed.txt").string();
  write_file(lengths, "3\n9\n5\n");
  const std::string bert = LATHE_SOURCE_DIR "/tests/goldens/exports/bert.sdpa.trace.14.onnx";
  for (const bool drop : {false, true}) {
    std::vector<std::string> words = {"bench",    bert,  "--rounds",  "1",    "--json",
                                      "--shapes", "2x8", "--lengths", lengths};
    if (drop) words.emplace_back("--drop-padding");
    const Result result = lathe(words);
    ASSERT_EQ(result.status, 0) << result.err;
    const json cases = result.json()["cases"];
    ASSERT_EQ(cases.size(), 2u);
    EXPECT_EQ(cases[1]["texts"], 3);
    EXPECT_EQ(cases[1]["tokens"], 17);
    EXPECT_GT(cases[1]["gflop"], 0);
  }
}

TEST(CliCommands, BenchInteractive) {
  const Result result =
      lathe({"bench", model("base"), "--shapes", "1x8,2x4", "--interactive"}, {.input = "run 2x4\nrun 1x8\nquit\n"});
  ASSERT_EQ(result.status, 0) << result.err;
  double first = 0, second = 0;
  ASSERT_EQ(std::sscanf(result.out.c_str(), "2x4 %lf\n1x8 %lf\n", &first, &second), 2) << result.out;
  EXPECT_GT(first, 0);
  EXPECT_GT(second, 0);
}

TEST(CliCommands, BenchProfileNamesSteps) {
  const Result result = lathe({"bench", plan_of("base"), "--shapes", "1x8", "--rounds", "2", "--profile"});
  ASSERT_EQ(result.status, 0) << result.err;
  EXPECT_NE(result.out.find("attention"), std::string::npos) << result.out;
}

TEST(CliCommands, InfoAndKnobs) {
  const json info = lathe({"info", "--json"}).json();
  EXPECT_GT(info["cores"], 0);
  EXPECT_GT(info["peaks"][0]["fp32_gflops"], 1);
  EXPECT_GT(info["peaks"][0]["read_gbps"], 0.1);
  const Result forced = lathe({"info", "--quick"}, {.environment = {{"LATHE_ISA", "avx2"}}});
  EXPECT_NE(forced.out.find("avx2"), std::string::npos) << forced.out;
  const json knobs = lathe({"knobs", "--json"}, {.environment = {{"LATHE_ISA", "avx2"}}}).json();
  bool found = false;
  for (const json& knob : knobs) found = found || (knob["name"] == "LATHE_ISA" && knob["value"] == "avx2");
  EXPECT_TRUE(found) << knobs;
}

}  // namespace
