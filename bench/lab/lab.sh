#!/bin/sh
# Builds the lab program of convolutions from a build's static libraries:
#   bench/lab/conv_lab.sh BUILD OUT   makes OUT/conv_lab
set -e
cd "$(dirname "$0")/../.."
build=${1:?folder of the build} out=${2:?folder to build in}
mkdir -p "$out"
${CXX:-g++} -std=c++20 -O3 -DNDEBUG -I src -I include bench/lab/conv_lab.cpp "$build/liblathe_kernels_cpu.a" \
  "$build/liblathe_base.a" -o "$out/conv_lab" -lfmt -lpthread -ldl
