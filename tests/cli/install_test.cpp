// A small outside project against an installed tree: found by CMake, and by pkg-config.
#include <gtest/gtest.h>

#include "cli/child.h"

namespace {
using namespace cli_testing;

Result must(const std::vector<std::string>& command) {
  Result result = run(command);
  EXPECT_EQ(result.status, 0) << command[0] << " " << command[1] << "\n" << result.out << result.err;
  return result;
}

TEST(CliInstall, ExamplesBuildAndRunAgainstTheInstalledTree) {
  const std::string prefix = (scratch("install") / "prefix").string(), build = (scratch("install") / "build").string();
  must({"cmake", "--install", LATHE_BUILD_DIR, "--prefix", prefix});
  must({"cmake", "-S", LATHE_SOURCE_DIR "/examples", "-B", build, "-DCMAKE_PREFIX_PATH=" + prefix,
        "-DCMAKE_CXX_FLAGS=" LATHE_OUTSIDE_FLAGS});
  must({"cmake", "--build", build});

  for (const char* terms : {"LICENSE", "NOTICE"})
    EXPECT_EQ(read_file(prefix + "/share/doc/lathe/" + terms), read_file(std::string(LATHE_SOURCE_DIR "/") + terms));

  const Result fill = must({build + "/fill_mask/fill_mask", model("mlm-tied"), "Paris is the [MASK] of France."});
  EXPECT_TRUE(fill.out.starts_with("0.9509  paris is the! of france.\n")) << fill.out;
  const std::string plan = (scratch("install") / "base.plan").string();
  const Result raw = must({build + "/raw_tensors/raw_tensors", LATHE_SOURCE_DIR "/models/minilm-fill-mask", plan});
  EXPECT_TRUE(raw.out.starts_with("width 384, ")) << raw.out;

  const std::string examples = LATHE_SOURCE_DIR "/examples";
  EXPECT_EQ(must({build + "/digits/digits", examples + "/digits/digits.npz"}).out,
            "354 of 360 are right, 354 in PyTorch\n");
  must({build + "/lstm_gates/lstm_gates", examples + "/lstm_gates/lstm.npz"});
  const Result bert = must({build + "/bert_by_layers/bert_by_layers", model("base"), "", "2", "4"});
  EXPECT_NE(bert.out.find("3 layers agree\n"), std::string::npos) << bert.out;
  EXPECT_NE(bert.out.find("the same as the folder's"), std::string::npos) << bert.out;

  // A plan needs the runtime library alone.
  const std::string plan_file = (scratch("install") / "mlm.plan").string(), from_plan = build + "/from_plan/from_plan";
  must({prefix + "/bin/lathe", "build", model("mlm-tied"), "-o", plan_file, "-q"});
  EXPECT_EQ(must({from_plan, plan_file, "Paris is the [MASK] of France."}).out, "paris is the! of france.\n");
  const std::string needed = must({"ldd", from_plan}).out;
  EXPECT_NE(needed.find("liblathe_runtime.so.0"), std::string::npos) << needed;
  EXPECT_EQ(needed.find("liblathe.so"), std::string::npos) << needed;

  // The installed program finds the installed model.
  const Result installed = must({prefix + "/bin/lathe", "fill-mask", "--top-k", "1", "Paris is the [MASK] of France."});
  EXPECT_NE(installed.out.find("paris is the capital of france."), std::string::npos) << installed.out;
}

TEST(CliInstall, PkgConfigNamesWhatACompilerNeeds) {
  if (run({"pkg-config", "--version"}).status != 0) GTEST_SKIP() << "this system has no pkg-config";
  const std::filesystem::path folder = scratch("pkgconfig");
  const std::string prefix = (folder / "prefix").string(), program = (folder / "fill_mask").string();
  must({"cmake", "--install", LATHE_BUILD_DIR, "--prefix", prefix});
  must({"sh", "-c",
        "set -e\n"
        "export PKG_CONFIG_PATH=$(dirname $(find '" +
            prefix +
            "' -name lathe.pc))\n"
            "c++ '" LATHE_SOURCE_DIR "/examples/fill_mask/main.cpp' -o '" +
            program +
            "' $(pkg-config --define-prefix --cflags --libs lathe)"
            " " LATHE_OUTSIDE_FLAGS " -Wl,-rpath,$(pkg-config --define-prefix --variable=libdir lathe)"});
  const Result fill = must({program, model("mlm-tied"), "the old [MASK]"});
  EXPECT_TRUE(fill.out.starts_with("0.5052  the old!\n")) << fill.out;
  // Who runs plans alone links the runtime alone.
  const Result runtime = must({"sh", "-c",
                               "PKG_CONFIG_PATH=$(dirname $(find '" + prefix +
                                   "' -name lathe.pc)) pkg-config --define-prefix --libs-only-l lathe_runtime"});
  EXPECT_NE(runtime.out.find("-llathe_runtime"), std::string::npos) << runtime.out;
  EXPECT_EQ(runtime.out.find("-llathe "), std::string::npos) << runtime.out;
}

}  // namespace
