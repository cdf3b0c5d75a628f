#pragma once
#include <cstddef>
#include <cstdint>
#include <initializer_list>
#include <string>
#include <string_view>
#include <vector>

namespace lathe {

/// What processors have beyond the floor, which is AVX2 with FMA, F16C and BMI2. They come in any combination: there
/// are processors with AVX-VNNI and no AVX-512, and with AMX for int8 alone.
enum class Feature : uint8_t {
  avx_vnni,
  avx512,  ///< F, BW, DQ, VL
  avx512_vnni,
  avx512_bf16,
  avx512_fp16,
  amx_bf16,  ///< with AMX-TILE and the system's permission to use the tiles, as amx_int8
  amx_int8,
};
inline constexpr size_t kFeatures = 7;
std::string_view to_string(Feature feature);  // "avx512_bf16"

/// A set of features.
class Features {
 public:
  constexpr Features() = default;
  constexpr Features(std::initializer_list<Feature> list) {
    for (Feature feature : list) add(feature);
  }
  constexpr void add(Feature feature) { bits_ |= bit(feature); }
  constexpr bool has(Feature feature) const { return (bits_ & bit(feature)) != 0; }
  constexpr bool contains(Features all) const { return (all.bits_ & ~bits_) == 0; }
  constexpr Features operator&(Features other) const {
    Features both;
    both.bits_ = bits_ & other.bits_;
    return both;
  }
  constexpr bool operator==(const Features&) const = default;
  /// The names, in the order of Feature.
  std::vector<std::string> names() const;

 private:
  static constexpr uint32_t bit(Feature feature) { return uint32_t{1} << static_cast<unsigned>(feature); }
  uint32_t bits_ = 0;
};

/// What a kernel's source is compiled for (the end of its name): an instruction set with a name, which people use for
/// machines as well. In the order of preference.
enum class Isa : uint8_t { avx2, avx512, avx512_bf16, amx_bf16 };
std::string_view to_string(Isa isa);  // "avx2", "avx512", "avx512_bf16", "amx_bf16"

/// The features that code compiled for it uses.
constexpr Features needs_of(Isa isa) {
  switch (isa) {
    case Isa::avx2: return {};
    case Isa::avx512: return {Feature::avx512};
    case Isa::avx512_bf16: return {Feature::avx512, Feature::avx512_bf16};
    case Isa::amx_bf16: return {Feature::avx512, Feature::avx512_bf16, Feature::amx_bf16};
  }
  return {};
}
/// What a machine with these features is called: the last that it runs.
Isa name_of(Features features);
/// The same of names (Features::names()), which may come from another version; all of them where one is unknown.
std::string name_of(const std::vector<std::string>& features);

/// What this processor has. Throws Error(unsupported_machine) below AVX2.
Features machine_features();
/// The same without what lies above the instruction set that the knob LATHE_ISA names.
Features active_features();
/// For tests: what active_features() answers from now on, as far as the machine has it; the previous ones.
Features set_active_features(Features features);
/// Those of a machine with nothing above `isa`.
Features features_up_to(Isa isa);
/// Those that this machine runs, in order.
std::vector<Isa> available_isas();

struct CpuInfo {
  std::string vendor, brand;
  int64_t l1d_bytes = 0, l2_bytes = 0, l3_bytes = 0;
  int cores = 1;  ///< processors this process may use: affinity mask and cgroup quota
};
const CpuInfo& cpu_info();

}  // namespace lathe
