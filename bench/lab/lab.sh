#!/bin/sh
# Builds a lab program of one source from a build's static libraries:
#   bench/lab/lab.sh LAB BUILD OUT   makes OUT/LAB of bench/lab/LAB.cpp: conv_lab, general_lab, matmul_lab, rnn_lab
set -e
cd "$(dirname "$0")/../.."
name=${1:?name of the program} build=${2:?folder of the build} out=${3:?folder to build in}
mkdir -p "$out"
${CXX:-g++} -std=c++20 -O3 -DNDEBUG -I src -I include -I bench/lab "bench/lab/$name.cpp" "$build/liblathe_kernels_cpu.a" \
  "$build/liblathe_base.a" -o "$out/$name" -lfmt -lpthread -ldl
