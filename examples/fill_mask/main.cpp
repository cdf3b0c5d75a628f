// Fills in the masks of texts.
//
//   fill_mask MODEL_FOLDER_OR_PLAN "Paris is the [MASK] of France." ...
#include <cstdio>
#include <string>
#include <vector>

#include "lathe/lathe.h"

int main(int argc, char** argv) {
  if (argc < 3) {
    std::fprintf(stderr, "usage: fill_mask MODEL TEXT...\n");
    return 2;
  }
  try {
    lathe::set_logger([](lathe::LogLevel, std::string_view line) {
      std::fprintf(stderr, "%.*s\n", static_cast<int>(line.size()), line.data());
    });
    const lathe::Plan plan = lathe::load_or_build(argv[1]);
    const lathe::FillMask fill(plan);
    const std::vector<std::string> texts(argv + 2, argv + argc);
    for (const auto& masks : fill(texts, 3))
      for (const auto& answers : masks)
        for (const lathe::FillMaskAnswer& answer : answers)
          std::printf("%.4f  %s\n", answer.score, answer.sequence.c_str());
  } catch (const lathe::Error& error) {
    std::fprintf(stderr, "error: %s\n", error.what());
    return 1;
  }
  return 0;
}
