#!/usr/bin/env bash
# What a machine without the internet needs beside the checkout, in parts for transfers that limit sizes: wheels (for
# Python 3.12 on x86-64 Linux; torch with CUDA and the usual packages are there already) and the pictures.
#
#   CRUSHWATCH_DATA=<data sets> bash bench/gpu/luggage.sh pack [MIB]    into runs/luggage/part.00 and on, each of so many
#                                                                       MiB that it and the checkout are 62 together
#   bash bench/gpu/luggage.sh unpack                                    there, when all parts lie in runs/luggage
#   . runs/luggage/environment                                          there, before each command
set -euo pipefail
cd "$(dirname "$0")/../.."
python=${PYTHON:-python3}
luggage=runs/luggage
UNUSED=(--exclude=pMapN.mat --exclude=perspective_roi.mat)
DATA=(shanghaitech beijing_brt pets2009_s2l1 negatives mall)
RENDERED=(runs/rendered runs/rendered_validation)
PLATFORMS=(manylinux_2_28_x86_64 manylinux_2_17_x86_64 manylinux2014_x86_64)

wheels() { "$python" -m pip download --quiet --only-binary=:all: --python-version 3.12 \
    "${PLATFORMS[@]/#/--platform=}" --dest "$luggage/wheels" "$@"; }

room() { # MiB for a part beside the checkout, whose files each take a block more in an archive
    git ls-files -z --cached --others --exclude-standard | du --files0-from=- --apparent-size -ck --block-size=1K |
        awk 'END { print int(62 - $1 / 1024 - NR / 1024) }'
}

pack() {
    for folder in "${RENDERED[@]}"; do
        [ -d "$folder" ] || { echo "$folder is missing: see bench/render_training_frames.py" >&2 && exit 1; }
    done
    rm -rf "$luggage" && mkdir -p "$luggage"
    wheels pydantic # with what it needs in just the version that it needs
    wheels --no-deps av structlog shapely redis prometheus-client openvino hypothesis sortedcontainers
    tar cz "${UNUSED[@]}" -C "$luggage" wheels -C "$CRUSHWATCH_DATA" "${DATA[@]}" -C "$PWD" "${RENDERED[@]}" |
        split --numeric-suffixes --bytes="${1:-$(room)}M" - "$luggage/part."
    rm -r "$luggage/wheels"
    (cd "$luggage" && sha256sum part.* >sums && ls -l)
}

unpack() {
    (cd "$luggage" && sha256sum --quiet --check sums)
    mkdir -p "$luggage/data"
    cat "$luggage"/part.* | tar xz -C "$luggage/data"
    rm -rf "$luggage/site" "${RENDERED[@]}" "$luggage"/part.*
    for folder in "${RENDERED[@]}"; do mv "$luggage/data/$folder" "$folder"; done
    "$python" -m pip install --quiet --no-index --no-deps --no-compile --no-cache-dir \
        --target "$luggage/site" "$luggage"/data/wheels/*.whl
    printf 'export PYTHONPATH=%q CRUSHWATCH_DATA=%q\n' "$PWD/$luggage/site" "$PWD/$luggage/data" >"$luggage/environment"
    cat "$luggage/environment"
}

case "${1:-}" in
    pack | unpack) "$@" ;;
    *) sed -n '2,8p' "$0" && exit 2 ;;
esac
