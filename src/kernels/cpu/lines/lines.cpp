#include "kernels/cpu/lines/lines.h"

namespace lathe::cpu {

#define LATHE_LINES(isa)                                                   \
  void softmax_lines_##isa(const SoftmaxLines& args, Team& team) noexcept; \
  void arg_lines_##isa(const ArgLines& args, Team& team) noexcept;         \
  void cumulate_lines_##isa(const CumulateLines& args, Team& team) noexcept;
#include "kernels/cpu/lines/kernels.inc"
#undef LATHE_LINES

std::span<const LinesKernel> lines_kernels() {
  static constexpr LinesKernel kernels[] = {
#define LATHE_LINES(isa) {"lines." #isa, Isa::isa, softmax_lines_##isa, arg_lines_##isa, cumulate_lines_##isa},
#include "kernels/cpu/lines/kernels.inc"
#undef LATHE_LINES
  };
  return kernels;
}

}  // namespace lathe::cpu
