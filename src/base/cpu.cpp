#include "base/cpu.h"

#include <cpuid.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <cstring>
#include <fstream>
#include <sstream>

#include "base/cores.h"
#include "base/error.h"
#include "base/knobs.h"

namespace lathe {
namespace {

const Knob isa_knob("LATHE_ISA", "highest instruction set to use: avx2, avx512, avx512_bf16 or amx_bf16", "");

struct Registers {
  unsigned a = 0, b = 0, c = 0, d = 0;
};

Registers cpuid(unsigned leaf, unsigned subleaf = 0) {
  Registers r;
  if (static_cast<unsigned>(__get_cpuid_max(leaf & 0x80000000u, nullptr)) >= leaf)
    __cpuid_count(leaf, subleaf, r.a, r.b, r.c, r.d);
  return r;
}

uint64_t xcr0() {
  unsigned low = 0, high = 0;
  __asm__ volatile("xgetbv" : "=a"(low), "=d"(high) : "c"(0));
  return (static_cast<uint64_t>(high) << 32) | low;
}

/// Linux hands out the tile registers on request (arch_prctl ARCH_REQ_XCOMP_PERM, feature 18: XTILEDATA).
bool request_amx() {
  constexpr long kReqXcompPerm = 0x1023, kXtiledata = 18;
  return syscall(SYS_arch_prctl, kReqXcompPerm, kXtiledata) == 0;
}

struct Features {
  bool avx2, avx512, vnni, bf16, fp16, amx_tile, amx_bf16, amx_int8, avx_vnni;
};

Features detect_features() {
  Registers one = cpuid(1), seven = cpuid(7), seven1 = cpuid(7, 1);
  auto bit = [](unsigned word, int i) { return ((word >> i) & 1u) != 0; };
  bool osxsave = bit(one.c, 27);
  uint64_t state = osxsave ? xcr0() : 0;
  bool ymm = (state & 0x6) == 0x6, zmm = (state & 0xe6) == 0xe6, tiles = (state & 0x60000) == 0x60000;
  Features f{};
  f.avx2 = ymm && bit(seven.b, 5) && bit(one.c, 12) && bit(one.c, 29) && bit(seven.b, 8);
  f.avx512 = f.avx2 && zmm && bit(seven.b, 16) && bit(seven.b, 30) && bit(seven.b, 17) && bit(seven.b, 31);
  f.vnni = f.avx512 && bit(seven.c, 11);
  f.bf16 = f.avx512 && bit(seven1.a, 5);
  f.fp16 = f.avx512 && bit(seven.d, 23);
  f.amx_tile = tiles && bit(seven.d, 24);
  f.amx_bf16 = f.amx_tile && bit(seven.d, 22);
  f.amx_int8 = f.amx_tile && bit(seven.d, 25);
  f.avx_vnni = f.avx2 && bit(seven1.a, 4);
  if (f.amx_tile && !request_amx()) f.amx_tile = f.amx_bf16 = f.amx_int8 = false;
  return f;
}

const Features& features() {
  static const Features f = detect_features();
  return f;
}

int64_t cache_bytes(int level, std::string_view kind) {
  for (int i = 0; i < 8; ++i) {
    std::string folder = "/sys/devices/system/cpu/cpu0/cache/index" + std::to_string(i) + "/";
    std::string type, size;
    int found = 0;
    std::ifstream(folder + "type") >> type;
    std::ifstream(folder + "size") >> size;
    std::ifstream(folder + "level") >> found;
    if (found != level || size.empty() || (type != kind && type != "Unified")) continue;
    int64_t bytes = std::atoll(size.c_str());
    return size.back() == 'K' ? bytes << 10 : size.back() == 'M' ? bytes << 20 : bytes;
  }
  return 0;
}

CpuInfo detect_info() {
  CpuInfo info;
  Registers r = cpuid(0);
  char vendor[13] = {};
  std::memcpy(vendor, &r.b, 4);
  std::memcpy(vendor + 4, &r.d, 4);
  std::memcpy(vendor + 8, &r.c, 4);
  info.vendor = vendor;
  char brand[49] = {};
  for (unsigned i = 0; i < 3; ++i) {
    Registers b = cpuid(0x80000002u + i);
    std::memcpy(brand + 16 * i, &b, 16);
  }
  std::istringstream words(brand);
  for (std::string word; words >> word;) info.brand += (info.brand.empty() ? "" : " ") + word;
  const Features& f = features();
  const std::pair<bool, const char*> names[] = {
      {f.avx2, "avx2"},        {f.avx_vnni, "avx_vnni"}, {f.avx512, "avx512"},     {f.vnni, "avx512_vnni"},
      {f.bf16, "avx512_bf16"}, {f.fp16, "avx512_fp16"},  {f.amx_bf16, "amx_bf16"}, {f.amx_int8, "amx_int8"},
  };
  for (auto [present, name] : names)
    if (present) info.features.emplace_back(name);
  info.l1d_bytes = cache_bytes(1, "Data");
  info.l2_bytes = cache_bytes(2, "Unified");
  info.l3_bytes = cache_bytes(3, "Unified");
  info.cores = usable_cores();
  return info;
}

Isa detect_isa() {
  const Features& f = features();
  if (!f.avx2)
    fail(ErrorCode::unsupported_machine, cpu_info().brand, "run on a processor of 2013 or newer",
         "this processor lacks AVX2, FMA, F16C or BMI2, which Lathe needs");
  if (!f.avx512) return Isa::avx2;
  if (!f.bf16) return Isa::avx512;
  return f.amx_bf16 ? Isa::amx_bf16 : Isa::avx512_bf16;
}

Isa initial_isa() {
  std::string wanted = isa_knob.value();
  if (wanted.empty()) return machine_isa();
  for (Isa isa : {Isa::avx2, Isa::avx512, Isa::avx512_bf16, Isa::amx_bf16})
    if (to_string(isa) == wanted) return std::min(isa, machine_isa());
  fail(ErrorCode::invalid_argument, "LATHE_ISA", "set avx2, avx512, avx512_bf16 or amx_bf16",
       "'{}' is no instruction set", wanted);
}

std::atomic<Isa>& active() {
  static std::atomic<Isa> isa{initial_isa()};
  return isa;
}

}  // namespace

std::string_view to_string(Isa isa) {
  constexpr std::string_view names[] = {"avx2", "avx512", "avx512_bf16", "amx_bf16"};
  return names[static_cast<size_t>(isa)];
}

Isa machine_isa() {
  static const Isa isa = detect_isa();
  return isa;
}

Isa active_isa() { return active().load(std::memory_order_relaxed); }

Isa set_active_isa(Isa isa) { return active().exchange(std::min(isa, machine_isa())); }

std::vector<Isa> available_isas() {
  std::vector<Isa> isas;
  for (int i = 0; i <= static_cast<int>(machine_isa()); ++i) isas.push_back(static_cast<Isa>(i));
  return isas;
}

const CpuInfo& cpu_info() {
  static const CpuInfo info = detect_info();
  return info;
}

}  // namespace lathe
