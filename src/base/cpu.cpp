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

struct Detected {
  bool avx2 = false;
  Features features;
};

Detected detect() {
  Registers one = cpuid(1), seven = cpuid(7), seven1 = cpuid(7, 1);
  auto bit = [](unsigned word, int i) { return ((word >> i) & 1u) != 0; };
  bool osxsave = bit(one.c, 27);
  uint64_t state = osxsave ? xcr0() : 0;
  bool ymm = (state & 0x6) == 0x6, zmm = (state & 0xe6) == 0xe6, tiles = (state & 0x60000) == 0x60000;
  Detected found;
  found.avx2 = ymm && bit(seven.b, 5) && bit(one.c, 12) && bit(one.c, 29) && bit(seven.b, 8);
  const bool avx512 = found.avx2 && zmm && bit(seven.b, 16) && bit(seven.b, 30) && bit(seven.b, 17) && bit(seven.b, 31);
  const bool amx = tiles && bit(seven.d, 24) && request_amx();
  const std::pair<bool, Feature> features[] = {
      {found.avx2 && bit(seven1.a, 4), Feature::avx_vnni}, {avx512, Feature::avx512},
      {avx512 && bit(seven.c, 11), Feature::avx512_vnni},  {avx512 && bit(seven1.a, 5), Feature::avx512_bf16},
      {avx512 && bit(seven.d, 23), Feature::avx512_fp16},  {amx && bit(seven.d, 22), Feature::amx_bf16},
      {amx && bit(seven.d, 25), Feature::amx_int8}};
  for (const auto& [present, feature] : features)
    if (present) found.features.add(feature);
  return found;
}

const Detected& detected() {
  static const Detected found = detect();
  return found;
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
  info.l1d_bytes = cache_bytes(1, "Data");
  info.l2_bytes = cache_bytes(2, "Unified");
  info.l3_bytes = cache_bytes(3, "Unified");
  info.cores = usable_cores();
  return info;
}

constexpr Isa kIsas[] = {Isa::avx2, Isa::avx512, Isa::avx512_bf16, Isa::amx_bf16};

Features initial_features() {
  std::string wanted = isa_knob.value();
  if (wanted.empty()) return machine_features();
  for (Isa isa : kIsas)
    if (to_string(isa) == wanted) return machine_features() & features_up_to(isa);
  fail(ErrorCode::invalid_argument, "LATHE_ISA", "set avx2, avx512, avx512_bf16 or amx_bf16",
       "'{}' is no instruction set", wanted);
}

std::atomic<Features>& active() {
  static std::atomic<Features> features{initial_features()};
  return features;
}

}  // namespace

std::string_view to_string(Feature feature) {
  constexpr std::string_view names[kFeatures] = {"avx_vnni",    "avx512",   "avx512_vnni", "avx512_bf16",
                                                 "avx512_fp16", "amx_bf16", "amx_int8"};
  return names[static_cast<size_t>(feature)];
}

std::string_view to_string(Isa isa) {
  constexpr std::string_view names[] = {"avx2", "avx512", "avx512_bf16", "amx_bf16"};
  return names[static_cast<size_t>(isa)];
}

std::vector<std::string> Features::names() const {
  std::vector<std::string> list;
  for (size_t i = 0; i < kFeatures; ++i)
    if (has(static_cast<Feature>(i))) list.emplace_back(to_string(static_cast<Feature>(i)));
  return list;
}

Isa name_of(Features features) {
  Isa last = Isa::avx2;
  for (Isa isa : kIsas)
    if (features.contains(needs_of(isa))) last = isa;
  return last;
}

std::string name_of(const std::vector<std::string>& features) {
  Features known;
  for (const std::string& name : features) {
    const Features before = known;
    for (size_t i = 0; i < kFeatures; ++i)
      if (to_string(static_cast<Feature>(i)) == name) known.add(static_cast<Feature>(i));
    if (known == before) return fmt::format("{}", fmt::join(features, " "));
  }
  return std::string(to_string(name_of(known)));
}

Features machine_features() {
  if (!detected().avx2)
    fail(ErrorCode::unsupported_machine, cpu_info().brand, "run on a processor of 2013 or newer",
         "this processor lacks AVX2, FMA, F16C or BMI2, which Lathe needs");
  return detected().features;
}

Features features_up_to(Isa isa) {
  using enum Feature;
  switch (isa) {
    case Isa::avx2: return {avx_vnni};
    case Isa::avx512: return {avx_vnni, avx512, avx512_vnni, avx512_fp16};
    case Isa::avx512_bf16: return {avx_vnni, avx512, avx512_vnni, avx512_fp16, avx512_bf16};
    case Isa::amx_bf16: return {avx_vnni, avx512, avx512_vnni, avx512_fp16, avx512_bf16, amx_bf16, amx_int8};
  }
  return {};
}

Features active_features() { return active().load(std::memory_order_relaxed); }

Features set_active_features(Features features) { return active().exchange(features & machine_features()); }

std::vector<Isa> available_isas() {
  std::vector<Isa> isas;
  for (Isa isa : kIsas)
    if (machine_features().contains(needs_of(isa))) isas.push_back(isa);
  return isas;
}

const CpuInfo& cpu_info() {
  static const CpuInfo info = detect_info();
  return info;
}

}  // namespace lathe
