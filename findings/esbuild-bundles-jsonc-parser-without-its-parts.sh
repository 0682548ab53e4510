#!/bin/sh
# esbuild 0.28.2 and jsonc-parser 3.3.1: a bundle for Node is made without an error or a warning, and ends at its first line with
# "Cannot find module './impl/format'". The package's main file is UMD, whose require() is an argument of a function: esbuild does
# not see those calls. With the package's ES modules named by an alias, the same bundle works. Seen on Node 20.20, 2026-11-30.
set -eu
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
cd "$dir"
npm init -y >/dev/null
npm install --silent --no-audit --no-fund esbuild@0.28.2 jsonc-parser@3.3.1
cat >in.mjs <<'JS'
import { parse } from 'jsonc-parser';
console.log(JSON.stringify(parse('{"a": 1} // a comment')));
JS
bundle() {
  npx esbuild in.mjs --bundle --platform=node --format=cjs --log-level=warning --outfile="$1" $2 2>&1 && echo "made"
  mkdir -p apart && cp "$1" apart/
  node "apart/$1" 2>&1 | grep -oE "Cannot find module '[^']+'|^\{.*\}$" | head -1
}
{
  bundle plain.cjs ''
  bundle alias.cjs --alias:jsonc-parser=jsonc-parser/lib/esm/main.js
} | tee seen
cat >expected <<'TEXT'
made
Cannot find module './impl/format'
made
{"a":1}
TEXT
diff expected seen
echo "as found: esbuild 0.28.2, jsonc-parser 3.3.1, Node $(node --version)"
