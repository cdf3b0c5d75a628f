#!/usr/bin/env bash
# Checks (or with --fix: mends) the formatting of all C++ sources.
set -euo pipefail
cd "$(dirname "$0")/.."
mapfile -t files < <(git ls-files -co --exclude-standard -- '*.h' '*.cpp')
if [ "${1:-}" = "--fix" ]; then clang-format -i "${files[@]}"; exit; fi
clang-format --dry-run -Werror "${files[@]}" || { echo "run: make format" >&2; exit 1; }
echo "format: ${#files[@]} files"
