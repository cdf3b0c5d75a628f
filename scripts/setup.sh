#!/usr/bin/env bash
# Installs the Debian or Ubuntu packages that are needed and missing. Quiet when none are.
#   scripts/setup.sh [--test] [--fuzz]    building alone; and what tests, formatting and fuzzing need
set -euo pipefail
packages=(g++ cmake ninja-build make nlohmann-json3-dev libfmt-dev libcli11-dev libutf8proc-dev libxxhash-dev zlib1g-dev libprotozero-dev)
for option in "$@"; do
  case $option in
    --test) packages+=(git python3 python3-venv clang-format libgtest-dev libgmock-dev)
            # Ubuntu has no package of ONNX's test data; its own loader makes most of them anew.
            apt-cache show libonnx-testdata >/dev/null 2>&1 && packages+=(libonnx-testdata) ;;
    --fuzz) packages+=(clang) ;;
    *) echo "setup: unknown option $option" >&2; exit 2 ;;
  esac
done
missing=()
for package in "${packages[@]}"; do
  dpkg-query -W -f='${Status}' "$package" 2>/dev/null | grep -q 'ok installed' || missing+=("$package")
done
[ ${#missing[@]} -eq 0 ] && exit 0
sudo=""
[ "$(id -u)" -eq 0 ] || sudo=sudo
command -v apt-get >/dev/null || { echo "setup: install these packages first: ${missing[*]}" >&2; exit 1; }
echo "setup: installing ${missing[*]}" >&2
$sudo apt-get update -qq
DEBIAN_FRONTEND=noninteractive $sudo apt-get install -y -qq --no-install-recommends "${missing[@]}" >/dev/null
