#!/usr/bin/env bash
# Train CSRNet on a GPU in calls of minutes; each leaves a checkpoint with which the next goes on.
#
#   CRUSHWATCH_DATA=<data sets> bash bench/gpu/train_csrnet.sh begin     the front end's features, then both starts compared
#   CRUSHWATCH_DATA=<data sets> bash bench/gpu/train_csrnet.sh go-on     the run itself; as often as it takes
#   CRUSHWATCH_DATA=<data sets> bash bench/gpu/train_csrnet.sh end       its last minutes: the schedule ends with them
#   CRUSHWATCH_DATA=<data sets> bash bench/gpu/train_csrnet.sh lesson    compact learns from it
#   CRUSHWATCH_DATA=<data sets> bash bench/gpu/train_csrnet.sh finish    export, verify, split; then that lesson
#   bash bench/gpu/train_csrnet.sh rehearse                              all of it in a minute or two, tiny, on a processor
#
# Environment: MINUTES (begin: of each start's run, 2; go-on: of this call, 8.5; end: of training, 4; lesson and finish:
# of compact's lesson, 4), FEATURES (minutes of the front end's lesson, 3), SCHEDULE (minutes of the whole run, 17; the
# same in every call), INIT (weights with which a new run starts, where the old one is lost), PYTHON (python3),
# CRUSHWATCH_RUNS (runs), RESULTS (where what is to be kept goes; CRUSHWATCH_RUNS/results).
set -euo pipefail
cd "$(dirname "$0")/../.."
python=${PYTHON:-python3}
export CRUSHWATCH_RUNS=${CRUSHWATCH_RUNS:-runs} PYTHONUNBUFFERED=1
results=${RESULTS:-$CRUSHWATCH_RUNS/results}
configs=${CONFIGS:-crushwatch/models}
mkdir -p "$CRUSHWATCH_RUNS" "$results"

kept() { # run: its best weights in FP16 and what made them, in parts; `init` and `crushwatch export` take it
    local weights=$CRUSHWATCH_RUNS/$1/best.pt
    [ -e "$weights" ] || weights=$CRUSHWATCH_RUNS/$1/last.pt # what measures nothing, or was stopped before it could
    "$python" -m bench.gpu.slim "$weights" "$results/$1.pt"
    in_parts "$1.pt"
}
in_parts() { # bench.gpu.parts join makes it again
    "$python" -m bench.gpu.parts split "$results/$1" --mib 15
    rm "$results/$1"
}
train() { # configuration, run, options
    local code=0
    "$python" -m crushwatch.density train "$configs/$1.yaml" --out "$CRUSHWATCH_RUNS/$2" "${@:3}" || code=$?
    cp "$CRUSHWATCH_RUNS/$2/log.jsonl" "$results/$2.jsonl" || true
    return $code
}
evaluated() { tail -n 1 <(grep '"score"' "$CRUSHWATCH_RUNS/$1/log.jsonl") || true; }

begin() {
    "$python" -c 'import torch; print(torch.__version__, torch.cuda.get_device_name() if torch.cuda.is_available() else "no GPU")'
    train csrnet-front csrnet-front --minutes "${FEATURES:-3}"
    kept csrnet-front
    for start in csrnet-from-features csrnet-plain; do
        train "${start%-from-features}" "$start" --minutes "${MINUTES:-2}"
        echo "$start after ${MINUTES:-2} min: $(evaluated "$start")" | tee -a "$results/starts.txt"
    done
}

main_run() { # options: CSRNet's own run; what it has come to is kept even where it is stopped
    local code=0 start=csrnet
    [ -e "$CRUSHWATCH_RUNS/csrnet-front/last.pt" ] || [ -n "${INIT:-}" ] || start=csrnet-plain # no features: all the same
    train "$start" csrnet ${INIT:+--init "$INIT"} "$@" || code=$?
    kept csrnet
    evaluated csrnet
    return $code
}

go_on() { main_run --minutes "${SCHEDULE:-17}" --for-minutes "${MINUTES:-8.5}"; }

end() { main_run --minutes "$(minutes_after csrnet "${MINUTES:-4}")"; }

minutes_after() { # run, minutes: how long it has learnt so far, and so much more
    "$python" - "$CRUSHWATCH_RUNS/$1/last.pt" "$2" <<'END'
import sys
from pathlib import Path
from crushwatch.density.checkpoint import checkpoint
path = Path(sys.argv[1])
print(float(sys.argv[2]) + (checkpoint(path)["elapsed_s"] / 60 if path.exists() else 0))
END
}

lesson() {
    train compact-from-csrnet compact-from-csrnet --minutes "${MINUTES:-4}"
    kept compact-from-csrnet
    evaluated compact-from-csrnet
}

exported() { # run, file: folded, verified against torch on real pictures, FP16 weights, in parts
    "$python" -m crushwatch.density export "$CRUSHWATCH_RUNS/$1/best.pt" "$results/$2.onnx" --pictures "$pictures"
    in_parts "$2.onnx"
}

finish() {
    exported csrnet csrnet || echo "csrnet is not exported; compact learns from it all the same"
    lesson
    exported compact-from-csrnet compact
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
    MINUTES=0.1 end
    MINUTES=0.1 finish
    "$python" -m bench.gpu.parts join "$results/csrnet.onnx"
    "$python" -m bench.gpu.parts join "$results/csrnet.pt"
    "$python" -m crushwatch.density export "$results/csrnet.pt" "$results/again.onnx" --pictures "$pictures"
}

pictures=${PICTURES:-${CRUSHWATCH_DATA:-}/shanghaitech/part_B/train_data/images}
case "${1:-}" in
    begin | end | lesson | finish | rehearse) "$1" ;;
    go-on) go_on ;;
    *) sed -n '2,17p' "$0" && exit 2 ;;
esac
