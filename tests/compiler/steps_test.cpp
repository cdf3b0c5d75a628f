// The steps of a zoo of folders and exports, stored as text: a fusion that stops firing shows here and not as slowness
// alone. LATHE_WRITE_STEPS=1 in the environment writes tests/goldens/steps.txt anew; read the difference before it is
// kept.
#include <fmt/ranges.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <map>
#include <regex>
#include <sstream>

#include "base/cpu.h"
#include "lathe/build.h"
#include "plan/plan.h"

namespace lathe {
namespace {
namespace fs = std::filesystem;

const fs::path kGoldens = LATHE_SOURCE_DIR "/tests/goldens";

/// "models/base fp32" -> a line a step: its name, its op, the types and shapes that it makes.
using Zoo = std::map<std::string, std::string>;

std::string steps_of(const plan::Plan& plan) {
  std::string text;
  for (const plan::Step& step : plan.steps) {
    text += step.name + " = " + step.op.str() + " ->";
    for (int t : step.outputs) text += " " + ops::to_string(plan.tensors[static_cast<size_t>(t)].type);
    text += "\n";
  }
  return text;
}

std::string steps_of_export(const std::string& path) {
  BuildOptions options;
  options.drop_padding = true;
  return steps_of(*build(path, options).data());
}

Zoo built() {
  Zoo zoo;
  for (const auto& entry : fs::directory_iterator(kGoldens / "exports"))
    if (entry.path().extension() == ".onnx")
      zoo["exports/" + entry.path().stem().string()] = steps_of_export(entry.path().string());
  for (const char* kind : {"models", "embed"})
    for (const auto& entry : fs::directory_iterator(kGoldens / kind)) {
      const std::string folder = std::string(kind) + "/" + entry.path().filename().string();
      for (Precision precision : {Precision::fp32, Precision::bf16}) {
        if (precision == Precision::bf16 && !active_features().has(Feature::avx512_bf16)) continue;
        BuildOptions options;
        options.precision = precision;
        if (folder == "models/base-no-pooler") options.outputs = {"last_hidden_state"};
        const Plan plan = build((kGoldens / folder).string(), options);
        zoo[folder + (precision == Precision::bf16 ? " bf16" : " fp32")] = steps_of(*plan.data());
      }
    }
  return zoo;
}

/// Sections "== name", then the lines.
Zoo stored() {
  Zoo zoo;
  std::ifstream file(kGoldens / "steps.txt");
  std::string line, name;
  while (std::getline(file, line))
    if (line.starts_with("== "))
      zoo[name = line.substr(3)];
    else
      zoo[name] += line + "\n";
  return zoo;
}

/// The steps from the embeddings on, sorted, without what the spelling decides: names, which way round W is stored,
/// whether ids count from the end, digits of a scale that f32 does not hold, the word for a length.
std::string encoder_of(const std::string& steps) {
  std::istringstream lines(steps.substr(steps.find(" = embedding(")));
  std::vector<std::string> steps_found;
  std::string line;
  while (std::getline(lines, line)) {
    line = line.substr(line.find(" = ") + 3);
    line = std::regex_replace(line, std::regex(", (transposed|from_end)=true"), "");
    line = std::regex_replace(line, std::regex("\\bsequence\\b"), "seq");
    steps_found.push_back(std::regex_replace(line, std::regex("(scale=0\\.\\d{6})\\d*"), "$1"));
  }
  std::sort(steps_found.begin(), steps_found.end());
  return fmt::format("{}\n", fmt::join(steps_found, "\n"));
}

TEST(CompilerSteps, OfEveryExportOfABertAreTheFolders) {
  BuildOptions options;
  options.outputs = {"last_hidden_state", "pooler_output"};
  const std::string folder = encoder_of(steps_of(*build((kGoldens / "exports" / "bert").string(), options).data()));
  int exports = 0;
  for (const auto& entry : fs::directory_iterator(kGoldens / "exports")) {
    const std::string name = entry.path().filename().string();
    if (!name.starts_with("bert.")) continue;
    EXPECT_EQ(encoder_of(steps_of_export(entry.path().string())), folder) << name;
    ++exports;
  }
  EXPECT_EQ(exports, 8);
}

TEST(CompilerSteps, OfTheZooAreThoseThatAreStored) {
  const Zoo now = built();
  if (const char* write = std::getenv("LATHE_WRITE_STEPS"); write && *write == '1') {
    std::ofstream file(kGoldens / "steps.txt");
    for (const auto& [name, steps] : now) file << "== " << name << "\n" << steps;
  }
  const Zoo before = stored();
  ASSERT_FALSE(before.empty());
  for (const auto& [name, steps] : now) {
    const auto found = before.find(name);
    ASSERT_NE(found, before.end()) << name << " has no stored steps: see the top of this file";
    EXPECT_EQ(steps, found->second) << name;
  }
  for (const auto& [name, steps] : before)
    EXPECT_TRUE(now.contains(name) || (name.ends_with(" bf16") && !active_features().has(Feature::avx512_bf16)))
        << name << " is stored and not built";
}

}  // namespace
}  // namespace lathe
