#!/usr/bin/env bash
# Builds and runs the whole suite under address + undefined and under thread sanitizers.
#   scripts/sanitize.sh [address,undefined | thread]...   default: both
# LATHE_BUILD_PREFIX (default: build) begins the names of the build folders; JOBS is the number of jobs at once.
set -euo pipefail
cd "$(dirname "$0")/.."
jobs=${JOBS:-$(nproc)}
kinds=("$@")
[ ${#kinds[@]} -gt 0 ] || kinds=(address,undefined thread)
# Sanitizers' memory layouts break where the kernel places mappings at more than 28 random bits.
bits=$(cat /proc/sys/vm/mmap_rnd_bits 2>/dev/null || echo 28)
run=()
if [ "$bits" -gt 28 ] && setarch "$(uname -m)" -R true 2>/dev/null; then run=(setarch "$(uname -m)" -R); fi
for kind in "${kinds[@]}"; do
  folder=${LATHE_BUILD_PREFIX:-build}-${kind%%,*}
  SECONDS=0
  # Instrumented code hides from GCC that the standard library's regex initializes what it reads: no warning is an error.
  cmake -S . -B "$folder" -G Ninja -DLATHE_SANITIZE="$kind" -DLATHE_WERROR=OFF -DCMAKE_BUILD_TYPE=RelWithDebInfo >/dev/null
  cmake --build "$folder" -j "$jobs"
  echo "$kind: built in $SECONDS s"
  SECONDS=0
  # No detect_stack_use_after_return: GCC 12 clears arrays in its frames with aligned 64-byte stores, but the frames lie at
  # multiples of 32 bytes (seen in pack_pairs_transposed).
  # die_after_fork=0: a child of a process with threads starts threads of its own, and is tested to.
  TSAN_OPTIONS="die_after_fork=0 halt_on_error=1 second_deadlock_stack=1 suppressions=$PWD/scripts/tsan.supp" \
    ASAN_OPTIONS="detect_leaks=1 strict_string_checks=1" \
    UBSAN_OPTIONS="halt_on_error=1 print_stacktrace=1" \
    "${run[@]}" ctest --test-dir "$folder" --output-on-failure -j "$jobs"
  echo "$kind: passed in $SECONDS s"
done
