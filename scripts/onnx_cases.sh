#!/usr/bin/env bash
# Writes the test cases of the onnx package, and links those that Debian packages, for lathe_onnx_cases.
#   scripts/onnx_cases.sh [FOLDER]    default: build/onnx-cases
# The package is installed into a virtual environment beside them: its version is fixed, so that what passes is.
set -euo pipefail
out=${1:-build/onnx-cases}
version=1.23.2
[ -f "$out/version" ] && [ "$(cat "$out/version")" = "$version" ] && exit 0
venv=$out.venv
python3 -m venv "$venv"
"$venv/bin/pip" install --quiet --disable-pip-version-check "onnx==$version" numpy ml_dtypes
"$venv/bin/python" "$(dirname "$0")/../tests/onnx/make_cases.py" "$out" 2>/dev/null
rm -rf "$venv"
debian=/usr/share/libonnx-testdata/data/node
[ -d "$debian" ] && ln -sfn "$debian" "$out/debian"
exit 0
