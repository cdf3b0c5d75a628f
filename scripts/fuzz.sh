#!/usr/bin/env bash
# Runs each fuzz target for SECONDS (default 60). Findings stay in build-fuzz/ and fail the command.
set -euo pipefail
cd "$(dirname "$0")/.."
seconds=${1:-60}
scripts/setup.sh --fuzz
cmake -S . -B build-fuzz -G Ninja -DCMAKE_CXX_COMPILER=clang++ -DLATHE_BUILD_FUZZ=ON -DLATHE_BUILD_TESTS=OFF \
  -DLATHE_BUILD_CLI=OFF -DCMAKE_BUILD_TYPE=RelWithDebInfo -DLATHE_SANITIZE=fuzzer-no-link,address,undefined >/dev/null
cmake --build build-fuzz -j "$(nproc)"
for target in build-fuzz/fuzz/fuzz_*; do
  [ -x "$target" ] && [ -f "$target" ] || continue
  name=$(basename "$target")
  echo "$name: $seconds s"
  mkdir -p "build-fuzz/corpus/$name"
  (cd build-fuzz && "fuzz/$name" -max_total_time="$seconds" -rss_limit_mb=4096 -timeout=10 -print_final_stats=0 \
     -verbosity=0 "corpus/$name" $( [ -d "../fuzz/seeds/${name#fuzz_}" ] && echo "../fuzz/seeds/${name#fuzz_}" ))
done
