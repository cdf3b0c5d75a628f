#!/bin/sh
# Builds a lab program of one source from a build's static libraries:
#   bench/lab/lab.sh conv_lab BUILD OUT   makes OUT/conv_lab of bench/lab/conv_lab.cpp
set -e
cd "$(dirname "$0")/../.."
name=${1:?name of the program} build=${2:?folder of the build} out=${3:?folder to build in}
mkdir -p "$out"
${CXX:-g++} -std=c++20 -O3 -DNDEBUG -I src -I include -I bench/lab "bench/lab/$name.cpp" "$build/liblathe_kernels_cpu.a" \
  "$build/liblathe_base.a" -o "$out/$name" -lfmt -lpthread -ldl
