#!/usr/bin/env bash
# What tests and development need, into the Python given.
set -euo pipefail
python=$1
pip() { "$python" -m pip install --quiet --disable-pip-version-check "$@"; }
pip --editable '.[dev]'
# Building a TensorRT engine needs no GPU with these two; their own dependencies (CUDA, gigabytes) do not belong here.
# Where there is a GPU, `make test-gpu` runs what they build: by CUDA's bindings, 8 MB, which find the driver's libraries.
if [ "$(uname -m)" = x86_64 ] && [ "$(uname -s)" = Linux ]; then
  pip --no-deps tensorrt-rtx-cu13-libs tensorrt-rtx-cu13-bindings
  pip cuda-bindings
fi
