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

void run_fill(const ops::Op& op, const lathe::cpu::CopyKernel& kernel, const Launch& launch, Team& team);
void run_range(const ops::Op& op, const lathe::cpu::CopyKernel& kernel, const Launch& launch, Team& team);
void run_reverse_sequence(const ops::Op& op, const lathe::cpu::CopyKernel& kernel, const Launch& launch, Team& team);
void run_pad(const ops::Op& op, const lathe::cpu::CopyKernel& kernel, const Launch& launch, Team& team);

}  // namespace lathe::backends::cpu
