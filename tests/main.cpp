// Runs the tests at the level that LATHE_ISA names; exits with 77 (skipped) where the machine lacks it.
#include <gtest/gtest.h>

#include <cstdio>
#include <cstdlib>

#include "base/cpu.h"

int main(int argc, char** argv) {
  const char* wanted = std::getenv("LATHE_ISA");
  if (wanted && *wanted && lathe::to_string(lathe::name_of(lathe::active_features())) != wanted) {
    std::printf("skipped: this machine has %s, not %s\n",
                std::string(lathe::to_string(lathe::name_of(lathe::machine_features()))).c_str(), wanted);
    return 77;
  }
  testing::InitGoogleTest(&argc, argv);
  return RUN_ALL_TESTS();
}
