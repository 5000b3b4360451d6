#!/usr/bin/env bash
# All that needs a GPU, in three calls of less than ten minutes each (25 together), on one machine that stays the same
# between them.
#
#   bash bench/gpu/three_calls.sh ready       what is missing, on any machine
#   RESULTS=<folder> bash bench/gpu/three_calls.sh 1    tests, speed, features, both starts
#   RESULTS=<folder> bash bench/gpu/three_calls.sh 2    CSRNet's training
#   RESULTS=<folder> bash bench/gpu/three_calls.sh 3    its end, export, compact, the worker
#   bash bench/gpu/three_calls.sh rehearse    the same on a processor, tiny; only the tests then say that they lack a GPU
#
# Environment: CRUSHWATCH_DATA (the data sets), PYTHON (python3), CRUSHWATCH_RUNS (runs). Every part has a limit and none
# stops the next; call 1 begins only where `ready` finds all. The machine needs torch with CUDA and what docs/gpu.md
# lists, no internet. What is to be kept lies in RESULTS: at most eight files of at most 15 MiB a call.
set -uo pipefail
shopt -s nullglob
cd "$(dirname "$0")/../.."
python=${PYTHON:-python3}
export PYTHON=$python CRUSHWATCH_RUNS=${CRUSHWATCH_RUNS:-runs} PYTHONUNBUFFERED=1
export RESULTS=${RESULTS:-$CRUSHWATCH_RUNS/results}
configs=${CONFIGS:-crushwatch/models}
mkdir -p "$RESULTS"

part() { # limit in seconds, name, command: its last lines shown, all of it kept; its exit code
    local began=$SECONDS code
    timeout --signal=INT --kill-after=15 "$1" "${@:3}" >"$RESULTS/$2.log" 2>&1
    code=$?
    echo "== $2: exit $code after $((SECONDS - began)) s"
    tail -n 25 "$RESULTS/$2.log"
    return $code
}
packed() { # the small files in one
    local small=("$RESULTS"/*.{log,md,txt,jsonl,json,sha256})
    tar czf "$RESULTS/notes-$1.tar.gz" -C "$RESULTS" --remove-files -- "${small[@]##*/}"
    ls -l "$RESULTS"
}
minutes() { "$PYTHON" -c "print($1 * ${HASTE:-1})"; } # HASTE: everything so many times as long
train() { SCHEDULE=$(minutes 11.5) bash bench/gpu/train_csrnet.sh "$@"; }
export -f train minutes

ready() { part "${1:-60}" ready "$python" -m bench.gpu.ready "$configs"/{csrnet-front,csrnet,csrnet-plain,compact-from-csrnet}.yaml; }

call() {
    case "$1" in
        1)
            ready 40 || return 1
            part 120 tests env CRUSHWATCH_GPU=1 "$python" -m pytest -q -m gpu -rs -p no:cacheprovider tests/gpu
            part 125 speed "$python" -m bench.gpu ${BENCH:-} --part networks --row-s 0.3 --until-s 100 --book "$RESULTS/benchmarks.md"
            FEATURES=$(minutes 1.5) MINUTES=$(minutes 1) part 300 begin bash -c 'train begin'
            ;;
        2)
            MINUTES=$(minutes 8.5) part 570 training bash -c 'train go-on'
            ;;
        3)
            MINUTES=$(minutes 3.5) part 260 training-end bash -c 'train go-on'
            MINUTES=$(minutes 1.25) part 180 finish bash -c 'train finish'
            part 140 worker "$python" -m bench.gpu ${BENCH:-} --part worker --part usual --until-s 95 --book "$RESULTS/benchmarks-worker.md"
            ;;
    esac
    packed "$1"
}

case "${1:-}" in
    1 | 2 | 3) call "$1" ;;
    ready) ready ;;
    rehearse)
        CRUSHWATCH_RUNS=$(mktemp -d)
        trap 'rm -rf "$CRUSHWATCH_RUNS"' EXIT
        export CRUSHWATCH_RUNS CRUSHWATCH_TINY=$CRUSHWATCH_RUNS/pictures PICTURES=$CRUSHWATCH_RUNS/pictures/images
        export CONFIGS=bench/gpu/tiny BENCH="--device cpu --tiny" HASTE=0.05
        configs=$CONFIGS
        "$python" -m bench.gpu.tiny_pictures "$CRUSHWATCH_TINY"
        for number in 1 2 3; do
            RESULTS=$CRUSHWATCH_RUNS/results-$number
            mkdir -p "$RESULTS"
            call "$number" || exit 1
        done
        ;;
    *) sed -n '2,15p' "$0" && exit 2 ;;
esac
