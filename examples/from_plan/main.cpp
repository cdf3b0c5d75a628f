// Answers from a plan file (`lathe build MODEL -o FILE`) with the runtime library alone: from_plan FILE "a [MASK] text"
#include <exception>
#include <iostream>

#include "lathe/plan.h"
#include "lathe/tasks.h"

int main(int argc, char** argv) {
  if (argc != 3) {
    std::cerr << "usage: from_plan FILE TEXT\n";
    return 2;
  }
  try {
    const lathe::FillMask fill_mask(lathe::Plan::load(argv[1]));
    const auto results = fill_mask(std::vector<std::string>{argv[2]}, 1);
    std::cout << results[0][0][0].sequence << "\n";
  } catch (const std::exception& error) {
    std::cerr << error.what() << "\n";
    return 1;
  }
}
