#!/usr/bin/env bash
# Makes the model from nothing: environment, data, training, ONNX. `make.sh FOLDER` puts all of it into FOLDER, which is
# .verdigris/atlas in the checkout if none is named; this folder is signed for, so nothing is written here.
set -euo pipefail
code="$(cd "$(dirname "$0")" && pwd)"
out="${1:-$code/../../.verdigris/atlas}"
export PYTHONDONTWRITEBYTECODE=1
mkdir -p "$out"
python3 -m venv "$out/venv"
python="$out/venv/bin/python"
"$python" -m pip install --quiet --requirement "$code/requirements.txt"
"$python" "$code/data.py" --out "$out/data"                       # a quarter of a minute, 300 MB
"$python" "$code/train.py" --data "$out/data" --out "$out"        # about an hour on two cores, half of it the float twin
"$python" "$code/export.py" --weights "$out/weights.json" --out "$out/atlas.onnx"
echo "now: verdigris certify $out/atlas.onnx -o $out/atlas.vdgn"
