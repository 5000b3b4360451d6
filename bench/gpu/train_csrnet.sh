#!/usr/bin/env bash
# Train CSRNet on a GPU in calls of minutes; each leaves a checkpoint with which the next goes on.
#
#   CRUSHWATCH_DATA=<data sets> bash bench/gpu/train_csrnet.sh begin     the front end's features, then both starts compared
#   CRUSHWATCH_DATA=<data sets> bash bench/gpu/train_csrnet.sh go-on     the run itself; as often as it takes
#   CRUSHWATCH_DATA=<data sets> bash bench/gpu/train_csrnet.sh finish    export, verify, split; then compact learns from it
#   bash bench/gpu/train_csrnet.sh rehearse                              all of it in a minute or two, tiny, on a processor
#
# Environment: MINUTES (begin: of each start's run, 2; go-on: of this call, 8.5; finish: of compact's lesson, 4),
# FEATURES (minutes of the front end's lesson, 3), SCHEDULE (minutes of the whole run, 17; the same in every call),
# PYTHON (python3), CRUSHWATCH_RUNS (runs), RESULTS (where what is to be kept goes; CRUSHWATCH_RUNS/results).
set -euo pipefail
cd "$(dirname "$0")/../.."
python=${PYTHON:-python3}
export CRUSHWATCH_RUNS=${CRUSHWATCH_RUNS:-runs} PYTHONUNBUFFERED=1
results=${RESULTS:-$CRUSHWATCH_RUNS/results}
configs=${CONFIGS:-crushwatch/models}
mkdir -p "$CRUSHWATCH_RUNS" "$results"

kept() { # run, checkpoint: its weights in FP16 and what made them, in parts; `init` and `crushwatch export` take it
    "$python" -m bench.gpu.slim "$CRUSHWATCH_RUNS/$1/$2.pt" "$results/$1.pt"
    in_parts "$1.pt"
}
in_parts() { # bench.gpu.parts join makes it again
    "$python" -m bench.gpu.parts split "$results/$1" --mib 15
    rm "$results/$1"
}
train() { "$python" -m crushwatch.density train "$configs/$1.yaml" --out "$CRUSHWATCH_RUNS/${2:-$1}" "${@:3}"; }
evaluated() { tail -n 1 <(grep '"score"' "$CRUSHWATCH_RUNS/$1/log.jsonl") || true; }

begin() {
    "$python" -c 'import torch; print(torch.__version__, torch.cuda.get_device_name() if torch.cuda.is_available() else "no GPU")'
    train csrnet-front csrnet-front --minutes "${FEATURES:-3}"
    kept csrnet-front last
    for start in csrnet-from-features csrnet-plain; do
        train "${start%-from-features}" "$start" --minutes "${MINUTES:-2}"
        echo "$start after ${MINUTES:-2} min: $(evaluated "$start")" | tee -a "$results/starts.txt"
        cp "$CRUSHWATCH_RUNS/$start/log.jsonl" "$results/$start.jsonl"
    done
}

go_on() {
    train csrnet csrnet --minutes "${SCHEDULE:-17}" --for-minutes "${MINUTES:-8.5}"
    cp "$CRUSHWATCH_RUNS/csrnet/log.jsonl" "$results/csrnet.jsonl"
    kept csrnet best
    evaluated csrnet
}

exported() { # run, file: folded, verified against torch on real pictures, FP16 weights, in parts
    "$python" -m crushwatch.density export "$CRUSHWATCH_RUNS/$1/best.pt" "$results/$2.onnx" --pictures "$pictures"
    in_parts "$2.onnx"
}

finish() {
    exported csrnet csrnet || echo "csrnet is not exported; compact learns from it all the same"
    train compact-from-csrnet compact-from-csrnet --minutes "${MINUTES:-4}"
    cp "$CRUSHWATCH_RUNS/compact-from-csrnet/log.jsonl" "$results/compact-from-csrnet.jsonl"
    exported compact-from-csrnet compact
    evaluated compact-from-csrnet
    ls -l "$results"
}

rehearse() {
    CRUSHWATCH_RUNS=$(mktemp -d)
    export CRUSHWATCH_TINY=$CRUSHWATCH_RUNS/pictures
    results=$CRUSHWATCH_RUNS/results configs=bench/gpu/tiny pictures=$CRUSHWATCH_TINY/images
    mkdir -p "$results"
    trap 'rm -rf "$CRUSHWATCH_RUNS"' EXIT
    "$python" -m bench.gpu.tiny_pictures "$CRUSHWATCH_TINY"
    export FEATURES=0.1 SCHEDULE=0.2
    MINUTES=0.1 begin
    MINUTES=0.1 go_on
    MINUTES=1 go_on
    MINUTES=0.1 finish
    "$python" -m bench.gpu.parts join "$results/csrnet.onnx"
}

pictures=${PICTURES:-${CRUSHWATCH_DATA:-}/shanghaitech/part_B/train_data/images}
case "${1:-}" in
    begin | finish | rehearse) "$1" ;;
    go-on) go_on ;;
    *) sed -n '2,13p' "$0" && exit 2 ;;
esac
