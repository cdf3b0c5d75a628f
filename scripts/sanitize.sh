#!/usr/bin/env bash
# Builds and runs the whole suite under address + undefined and under thread sanitizers.
set -euo pipefail
cd "$(dirname "$0")/.."
for kind in address,undefined thread; do
  folder=build-${kind%%,*}
  cmake -S . -B "$folder" -G Ninja -DLATHE_SANITIZE=$kind -DCMAKE_BUILD_TYPE=RelWithDebInfo >/dev/null
  cmake --build "$folder" -j "$(nproc)"
  TSAN_OPTIONS="halt_on_error=1 suppressions=$PWD/scripts/tsan.supp" ASAN_OPTIONS=detect_leaks=1 UBSAN_OPTIONS=halt_on_error=1 \
    ctest --test-dir "$folder" --output-on-failure -j "$(nproc)"
done
