#pragma once
#include <string>

#include "backends/tactic.h"
#include "kernels/cpu/copy/copy.h"

namespace lathe::backends::cpu {

/// An op that only moves elements: how the copy kernels do it.
struct Move {
  using Run = void (*)(const ops::Op& op, const lathe::cpu::CopyKernel& kernel, const Launch& launch, Team& team);
  std::string_view op;
  Run run;
  Layout input, output;
  std::string (*reject)(const Question& question) = nullptr;
};

void run_pad(const ops::Op& op, const lathe::cpu::CopyKernel& kernel, const Launch& launch, Team& team);

/// The value of a dimension among the op's attributes, the index-th of Op::dims().
inline int64_t size_at(const Launch& launch, size_t index, const Dim& d) {
  return d.is_constant() ? d.constant() : launch.sizes[index];
}

}  // namespace lathe::backends::cpu
