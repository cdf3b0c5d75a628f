#!/bin/sh
# Builds the product kernels' test and lab program with plain g++ lines, for a machine without the rest of the build:
#   bench/lab/gemm_lab.sh OUT   makes OUT/gemm_test (where GoogleTest is installed) and OUT/gemm_lab
set -e
cd "$(dirname "$0")/../.."
out=${1:?folder to build in}
mkdir -p "$out"
flags="-std=c++20 -O3 -DNDEBUG -I src -I include -I bench/lab -DFMT_HEADER_ONLY ${CXXFLAGS:-}"
avx2="-mavx2 -mfma -mf16c -mbmi2"
avx512="$avx2 -mavx512f -mavx512bw -mavx512dq -mavx512vl -mprefer-vector-width=512"
pids=
compile() { # flags, source
  ${CXX:-g++} $flags $1 -c "$2" -o "$out/$(basename "$2").o" &
  pids="$pids $!"
}
rm -f "$out"/*.o
for source in src/kernels/cpu/gemm/*.cpp bench/lab/gemm_*.cpp src/base/cpu.cpp src/base/seats.cpp \
  src/base/thread_pool.cpp src/base/knobs.cpp src/base/error.cpp src/base/types.cpp; do
  case $source in
    *_amx_bf16.cpp) compile "$avx512 -mavx512bf16 -mamx-tile -mamx-bf16" "$source" ;;
    *_avx512_bf16.cpp) compile "$avx512 -mavx512bf16" "$source" ;;
    *_avx512.cpp) compile "$avx512" "$source" ;;
    *_avx2.cpp) compile "$avx2" "$source" ;;
    *) compile "" "$source" ;;
  esac
done
for pid in $pids; do wait "$pid"; done
${CXX:-g++} "$out"/*.o -o "$out/gemm_lab" -lpthread -ldl ${LDFLAGS:-}
if [ -e /usr/include/gtest/gtest.h ]; then
  rm -f "$out/gemm_lab.cpp.o" "$out"/gemm_variants*.o
  ${CXX:-g++} $flags tests/kernels/gemm_test.cpp "$out"/*.o -o "$out/gemm_test" -lgtest -lgtest_main -lpthread -ldl ${LDFLAGS:-}
fi
