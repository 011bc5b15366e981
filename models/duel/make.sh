#!/usr/bin/env bash
# Makes the model from nothing: environment, data, training, ONNX. `make.sh FOLDER` puts all of it into FOLDER, which is
# .verdigris/duel in the checkout if none is named; this folder is signed for, so nothing is written here.
set -euo pipefail
code="$(cd "$(dirname "$0")" && pwd)"
out="${1:-$code/../../.verdigris/duel}"
export PYTHONDONTWRITEBYTECODE=1
mkdir -p "$out"
python3 -m venv "$out/venv"
python="$out/venv/bin/python"
"$python" -m pip install --quiet --requirement "$code/requirements.txt"
"$python" "$code/data.py" --out "$out/data"     # only to look at the data, or to check its roots
"$python" "$code/train.py" --out "$out"         # duel.onnx, metrics.json: under four minutes on two cores
echo "now: verdigris certify $out/duel.onnx -o $out/duel.vdgn"
