#pragma once
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace lathe {

/// Instruction-set levels in rising order; each contains the one before. AVX2 (with FMA, F16C, BMI2) is the floor.
enum class Isa : uint8_t {
  avx2 = 0,
  avx512 = 1,       ///< F, BW, DQ, VL
  avx512_bf16 = 2,  ///< + AVX512_BF16
  amx_bf16 = 3,     ///< + AMX-TILE and AMX-BF16, with the kernel's permission to use the tiles
};

std::string_view to_string(Isa isa);  // "avx2", "avx512", "avx512_bf16", "amx_bf16"

/// The highest level of this processor. Throws Error(unsupported_machine) below AVX2.
Isa machine_isa();
/// machine_isa(), or the lower level that the knob LATHE_ISA names.
Isa active_isa();
/// For tests: what active_isa() answers from now on (never above machine_isa()); the previous value is returned.
Isa set_active_isa(Isa isa);
/// avx2 .. machine_isa(), lowest first.
std::vector<Isa> available_isas();

struct CpuInfo {
  std::string vendor, brand;
  std::vector<std::string> features;  ///< of those that Lathe knows, in a fixed order
  int64_t l1d_bytes = 0, l2_bytes = 0, l3_bytes = 0;
  int cores = 1;  ///< processors this process may use: affinity mask and cgroup quota
};
const CpuInfo& cpu_info();

}  // namespace lathe
