// Features of processors, which come in any combination, and the instruction sets that are named after some of them.
#include "base/cpu.h"

#include <gtest/gtest.h>

namespace lathe {
namespace {
using enum Feature;

constexpr Isa kIsas[] = {Isa::avx2, Isa::avx512, Isa::avx512_bf16, Isa::amx_bf16};

TEST(BaseCpu, FeaturesAreASet) {
  Features set = {avx512, amx_int8};
  EXPECT_TRUE(set.has(avx512) && set.has(amx_int8) && !set.has(avx_vnni));
  EXPECT_TRUE(set.contains({}) && set.contains({amx_int8}) && !set.contains({amx_int8, avx_vnni}));
  EXPECT_EQ((set & Features{avx_vnni, avx512}), Features{avx512});
  EXPECT_EQ(set.names(), (std::vector<std::string>{"avx512", "amx_int8"}));
  set.add(avx_vnni);
  EXPECT_EQ(set, (Features{amx_int8, avx_vnni, avx512}));
  for (size_t i = 0; i < kFeatures; ++i) EXPECT_FALSE(to_string(static_cast<Feature>(i)).empty()) << i;
}

TEST(BaseCpu, NamesOfMachinesOffTheLine) {
  EXPECT_EQ(name_of(Features{}), Isa::avx2);
  EXPECT_EQ(name_of(Features{avx_vnni, amx_int8, amx_bf16, avx512_bf16}), Isa::avx2);
  EXPECT_EQ(name_of(Features{avx512, amx_bf16}), Isa::avx512);
  EXPECT_EQ(name_of(Features{avx512, avx512_bf16, avx512_fp16, amx_int8}), Isa::avx512_bf16);
  EXPECT_EQ(name_of(Features{avx512, avx512_bf16, amx_bf16}), Isa::amx_bf16);
  EXPECT_EQ(name_of(std::vector<std::string>{"avx512", "avx512_vnni"}), "avx512");
  EXPECT_EQ(name_of(std::vector<std::string>{"avx512", "avx9000"}), "avx512 avx9000");
  EXPECT_EQ(name_of(std::vector<std::string>{}), "avx2");
}

TEST(BaseCpu, EachInstructionSetIsCalledByItsName) {
  for (Isa isa : kIsas) {
    EXPECT_EQ(name_of(needs_of(isa)), isa);
    EXPECT_EQ(name_of(features_up_to(isa)), isa);
    EXPECT_TRUE(features_up_to(isa).contains(needs_of(isa)));
  }
}

TEST(BaseCpu, WhatTheMachineLacksIsNeverActive) {
  const Features before = set_active_features(features_up_to(Isa::amx_bf16));
  EXPECT_EQ(active_features(), machine_features());
  set_active_features({});
  EXPECT_EQ(active_features(), Features{});
  set_active_features(before);
  EXPECT_EQ(active_features(), before);
  const std::vector<Isa> available = available_isas();
  EXPECT_EQ(available.front(), Isa::avx2);
  EXPECT_EQ(available.back(), name_of(machine_features()));
}

}  // namespace
}  // namespace lathe
