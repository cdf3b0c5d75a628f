#!/usr/bin/env bash
# Runs each fuzz target for SECONDS (default 60): scripts/fuzz.sh [SECONDS [TARGET]...]
# It starts from generated seeds, fuzz/seeds/<name> and the corpus of earlier runs. A finding is a file crash-*, timeout-*
# or oom-* in the build folder, and fails the command; fuzz/smoke_<name> --replay FILE runs it again. Keep a small one in
# fuzz/seeds/<name>: the tests replay it from then on.
# LATHE_BUILD_PREFIX (default: build) begins the name of the build folder; JOBS is the number of compilers at once.
set -euo pipefail
cd "$(dirname "$0")/.."
root=$PWD
seconds=${1:-60}
targets=("${@:2}")
folder=${LATHE_BUILD_PREFIX:-build}-fuzz
scripts/setup.sh --fuzz
scripts/onnx_cases.sh "$folder/onnx-cases"
export LATHE_ONNX_CASES=$root/$folder/onnx-cases/node
cmake -S . -B "$folder" -G Ninja -DCMAKE_CXX_COMPILER=clang++ -DLATHE_BUILD_FUZZ=ON -DLATHE_BUILD_TESTS=OFF \
  -DLATHE_BUILD_CLI=OFF -DLATHE_WERROR=OFF -DCMAKE_BUILD_TYPE=RelWithDebInfo -DLATHE_SANITIZE=fuzzer-no-link,address,undefined >/dev/null
cmake --build "$folder" -j "${JOBS:-$(nproc)}"
cd "$folder"
export UBSAN_OPTIONS=halt_on_error=1:print_stacktrace=1 LATHE_THREADS=1
if [ ${#targets[@]} -eq 0 ]; then
  for source in "$root"/fuzz/fuzz_*.cpp; do targets+=("$(basename "$source" .cpp)"); done
fi
for target in "${targets[@]}"; do
  name=${target#fuzz_}
  mkdir -p "corpus/$name"
  "fuzz/smoke_$name" --write-seeds "seeds/$name"
  kept=()
  if [ -d "$root/fuzz/seeds/$name" ]; then kept=("$root/fuzz/seeds/$name"); fi
  echo "$name: $seconds s"
  # The default weighing of seeds (entropic) takes four fifths of the time where an input covers this much.
  "fuzz/fuzz_$name" -max_total_time="$seconds" -rss_limit_mb=4096 -timeout=10 -entropic=0 -print_final_stats=1 -verbosity=0 \
    "corpus/$name" "seeds/$name" "${kept[@]}" 2>&1 | grep -v '^stat::\(average\|new_units\|slowest\)\|^"\|^######'
done
