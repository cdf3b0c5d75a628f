#pragma once
#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

/// What each source fuzz_<name>.cpp defines. Any bytes must pass; a defect shows as a crash, an abort, an exception or
/// a hang. driver.cpp runs a target on mutated seeds in the tests, libFuzzer for as long as it takes.
extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size);

namespace lathe::fuzz {

/// Valid inputs, the same on every call, that reach deep; mutation starts from them.
std::vector<std::string> seeds();

}  // namespace lathe::fuzz
