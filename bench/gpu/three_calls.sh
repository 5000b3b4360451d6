#!/usr/bin/env bash
# All that needs a GPU, in three calls of less than ten minutes each, on one machine that stays the same between them.
#
#   CRUSHWATCH_DATA=<data sets> RESULTS=<folder> bash bench/gpu/three_calls.sh 1    tests, speed, features, both starts
#   CRUSHWATCH_DATA=<data sets> RESULTS=<folder> bash bench/gpu/three_calls.sh 2    CSRNet's training
#   CRUSHWATCH_DATA=<data sets> RESULTS=<folder> bash bench/gpu/three_calls.sh 3    its end, export, compact, the worker
#   bash bench/gpu/three_calls.sh rehearse    the same on a processor, tiny; only the tests then say that they lack a GPU
#
# Every part has a limit and none stops the next. The machine needs torch with CUDA and what docs/gpu.md lists, no
# internet. What is to be kept lies in RESULTS, in files of at most 15 MiB.
set -uo pipefail
cd "$(dirname "$0")/../.."
python=${PYTHON:-python3}
export RESULTS=${RESULTS:-runs/results} PYTHONUNBUFFERED=1
mkdir -p "$RESULTS"

part() { # limit in seconds, name, command: its last lines shown, all of it kept
    local began=$SECONDS
    timeout --signal=INT --kill-after=15 "$1" "${@:3}" >"$RESULTS/$2.log" 2>&1
    echo "== $2: exit $? after $((SECONDS - began)) s"
    tail -n 25 "$RESULTS/$2.log"
}
minutes() { awk "BEGIN { print $1 * ${HASTE:-1} }"; } # HASTE: everything so many times as long
train() { SCHEDULE=$(minutes 13) bash bench/gpu/train_csrnet.sh "$@"; }
export -f train minutes

call() {
    case "$1" in
        1)
            part 100 tests env CRUSHWATCH_GPU=1 "$python" -m pytest -q -m gpu -rs -p no:cacheprovider tests/gpu
            part 150 speed "$python" -m bench.gpu ${BENCH:-} --part networks --row-s 0.3 --until-s 110 --book "$RESULTS/benchmarks.md"
            FEATURES=$(minutes 2) MINUTES=$(minutes 1.25) part 310 begin bash -c 'train begin'
            ;;
        2)
            MINUTES=$(minutes 9) part 580 training bash -c 'train go-on'
            ;;
        3)
            MINUTES=$(minutes 4.5) part 300 training-end bash -c 'train go-on'
            MINUTES=$(minutes 1.5) part 150 finish bash -c 'train finish'
            part 120 worker "$python" -m bench.gpu ${BENCH:-} --part worker --part usual --until-s 80 --book "$RESULTS/benchmarks-worker.md"
            ;;
    esac
}

case "${1:-}" in
    1 | 2 | 3) call "$1" ;;
    rehearse)
        CRUSHWATCH_RUNS=$(mktemp -d)
        trap 'rm -rf "$CRUSHWATCH_RUNS"' EXIT
        export CRUSHWATCH_RUNS CRUSHWATCH_TINY=$CRUSHWATCH_RUNS/pictures PICTURES=$CRUSHWATCH_RUNS/pictures/images
        export CONFIGS=bench/gpu/tiny BENCH="--device cpu --tiny" RESULTS=$CRUSHWATCH_RUNS/results HASTE=0.05
        mkdir -p "$RESULTS"
        "$python" -m bench.gpu.tiny_pictures "$CRUSHWATCH_TINY"
        for number in 1 2 3; do call "$number"; done
        ;;
    *) sed -n '2,13p' "$0" && exit 2 ;;
esac
