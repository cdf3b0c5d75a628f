#!/usr/bin/env bash
# Times Lathe and the peers in one run a model and thread count; writes docs/performance.md's tables and the plot.
#   scripts/bench.sh [RESULT.json]...   results of bench/peers.py from other machines stand behind this one's
# The peers come from the Python registry into .venv (once). SECONDS_EACH: time of one table
# (default 120). MODELS, THREADS: some alone ("base vit", "1").
set -euo pipefail
cd "$(dirname "$0")/.."
python=${PEERS_PYTHON:-.venv/bin/python}
if [ ! -x "$python" ]; then
  command -v python3 >/dev/null && python3 -c 'import venv' || { echo "bench: install python3-venv first" >&2; exit 1; }
  python3 -m venv .venv
  .venv/bin/pip install -q torch torchvision transformers onnx onnxscript onnxruntime openvino ctranslate2
fi
cmake -S . -B build -DLATHE_BUILD_BENCH=ON >/dev/null
cmake --build build --target lathe_cli lathe_ceiling -j "$(nproc)"
mkdir -p .cache/results
results=()
for threads in ${THREADS:-1 2}; do
  [ "$threads" -le "$(nproc)" ] || continue
  for model in ${MODELS:-base minilm bert distilbert roberta mpnet deberta modernbert vit resnet50 mobilenet tagger}; do
    "$python" bench/peers.py "$model" --threads "$threads" --seconds "${SECONDS_EACH:-120}" ${CACHE:+--cache "$CACHE"} \
      --out ".cache/results/$model-$threads.json"
    results+=(".cache/results/$model-$threads.json")
  done
done
python3 bench/table.py "${results[@]}" "$@" --markdown docs/performance.md --svg docs/performance.svg
