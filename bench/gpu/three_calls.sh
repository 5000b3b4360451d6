#!/usr/bin/env bash
# All that needs a GPU, in three calls of less than ten minutes each, on one machine that stays the same between them.
#
#   bash bench/gpu/three_calls.sh ready       what is missing, on any machine
#   RESULTS=<folder> bash bench/gpu/three_calls.sh 1    features and both starts, the tests beside them; speed
#   RESULTS=<folder> bash bench/gpu/three_calls.sh 2    CSRNet's training
#   RESULTS=<folder> bash bench/gpu/three_calls.sh 3    its end, for as long as there is time; compact's lesson
#   bash bench/gpu/three_calls.sh rehearse    the same on a processor, tiny; only the tests then say that they lack a GPU
#
# Environment: LIMIT (585; seconds that this call may take: no part goes on longer, and the training of calls 2 and 3
# takes what the rest leaves), CRUSHWATCH_DATA (the data sets), PYTHON (python3), CRUSHWATCH_RUNS (runs), INIT (weights
# with which CSRNet starts anew, where a machine was lost). No part stops the next; call 1 begins only where `ready`
# finds all. The machine needs torch with CUDA and what docs/gpu.md lists, no internet. What is to be kept lies in
# RESULTS after every part: at most eight files of at most 15 MiB a call, 64 MiB together.
set -uo pipefail
shopt -s nullglob
cd "$(dirname "$0")/../.."
python=${PYTHON:-python3}
export PYTHON=$python CRUSHWATCH_RUNS=${CRUSHWATCH_RUNS:-runs} PYTHONUNBUFFERED=1
LIMIT=${LIMIT:-585}
PACKING=15 # seconds for what a part leaves behind when its time is up
configs=${CONFIGS:-crushwatch/models}
brought=${RESULTS:-$CRUSHWATCH_RUNS/results} # what comes back; parts write into RESULTS, a folder of the call's own

part() { # limit in seconds, name, command: its last lines shown, all of it kept; its exit code
    local began=$SECONDS limit=$1 left=$((LIMIT - PACKING - SECONDS)) code
    ((limit < left)) || limit=$left
    ((limit >= 5)) || { echo "== $2: no time left" | tee "$RESULTS/$2.log" && return 1; }
    timeout --signal=INT --kill-after=10 "$limit" "${@:3}" >"$RESULTS/$2.log" 2>&1
    code=$?
    echo "== $2: exit $code after $((SECONDS - began)) s"
    tail -n 25 "$RESULTS/$2.log"
    packed
    return $code
}
packed() { # the small files in one, and the weights; again after every part, so that whatever ends a call leaves the rest
    local small=("$RESULTS"/*.{log,md,txt,jsonl,json,sha256}) weights=("$RESULTS"/*.part*) draft
    draft=$(mktemp "$RESULTS/notes.XXXXXX")
    tar czf "$draft" -C "$RESULTS" -- "${small[@]##*/}"
    mv "$draft" "$brought/notes-$number.tar.gz"
    ((${#weights[@]} == 0)) || cp -u "${weights[@]}" "$brought"
}
minutes() { "$PYTHON" -c "print($1 * ${HASTE:-1})"; } # HASTE: everything so many times as long
rest() { minutes "max(0.5, ($LIMIT - $SECONDS - $1) / 60)"; } # what there is, less so many seconds
train() { SCHEDULE=$(minutes 13.5) bash bench/gpu/train_csrnet.sh "$@"; }
bench() { part "$1" "$2" "$python" -m bench.gpu ${BENCH:-} --book "$RESULTS/benchmarks-$2.md" "${@:3}"; }
export -f train minutes

ready() { part "$1" ready "$python" -m bench.gpu.ready "$configs"/{csrnet-front,csrnet,csrnet-plain,compact-from-csrnet}.yaml; }
tests() { # beside the training: most of their time is the processor's. The shell bids what runs beside it ignore INT
    trap - INT
    part 240 tests env CRUSHWATCH_GPU=1 PYTEST_DISABLE_PLUGIN_AUTOLOAD=1 "$python" -m pytest -v -m gpu -rs \
        -p pytest_timeout -p no:cacheprovider --durations=8 tests/gpu
}

call() {
    number=$1 SECONDS=0
    RESULTS=$(mktemp -d "$CRUSHWATCH_RUNS/call-$1.XXXXXX")
    export RESULTS
    case "$1" in
        1)
            ready 90 || (($? != 1)) || return 1 # where it is only slow, all goes on
            if nvidia-smi --query-gpu=compute_mode --format=csv,noheader 2>&1 | grep -q Exclusive; then
                tests # such a card takes one process at a time
            else
                tests &
            fi
            FEATURES=$(minutes 1.5) MINUTES=$(minutes 1) part 330 begin bash -c 'train begin'
            wait
            bench 145 networks --part networks --row-s 0.3 --until-s 115
            bench 130 worker --part worker --part usual --worker-s 3 --until-s 85
            ;;
        2)
            MINUTES=$(rest 75) part "$LIMIT" training bash -c 'train go-on'
            ;;
        3)
            MINUTES=$(rest 210) part $((LIMIT - 125)) training-end bash -c 'train end'
            MINUTES=$(minutes 1.25) part 150 lesson bash -c 'train lesson'
            ;;
    esac
    ls -l "$brought"
}

mkdir -p "$brought" "$CRUSHWATCH_RUNS"
case "${1:-}" in
    1 | 2 | 3) call "$1" ;;
    ready) "$python" -m bench.gpu.ready "$configs"/{csrnet-front,csrnet,csrnet-plain,compact-from-csrnet}.yaml ;;
    rehearse)
        CRUSHWATCH_RUNS=$(mktemp -d)
        trap 'rm -rf "$CRUSHWATCH_RUNS"' EXIT
        export CRUSHWATCH_RUNS CRUSHWATCH_TINY=$CRUSHWATCH_RUNS/pictures PICTURES=$CRUSHWATCH_RUNS/pictures/images
        export CONFIGS=bench/gpu/tiny BENCH="--device cpu --tiny" HASTE=0.05
        configs=$CONFIGS
        "$python" -m bench.gpu.tiny_pictures "$CRUSHWATCH_TINY"
        for number in 1 2 3; do
            brought=$CRUSHWATCH_RUNS/results-$number
            mkdir -p "$brought"
            call "$number" || exit 1
        done
        grep -q "sees no NVIDIA GPU" "$CRUSHWATCH_RUNS"/call-1.*/tests.log || { echo "tests/gpu does not begin here" && exit 1; }
        ;;
    *) sed -n '2,17p' "$0" && exit 2 ;;
esac
