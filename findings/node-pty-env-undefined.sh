#!/bin/sh
# @lydell/node-pty 1.1.0: `env` is typed to take undefined for a value, and child_process leaves such a name out; node-pty gives the
# program the text "undefined". So `{...process.env, NO_COLOR: undefined, TMUX: undefined}`, which is meant to take both away, turns
# colours off and makes the program believe that it runs in tmux. Leave the names out instead. Seen on Linux, Node 20.20, 2026-11-30.
set -eu
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
cd "$dir"
npm init -y >/dev/null
npm install --silent --no-audit --no-fund @lydell/node-pty@1.1.0
grep -n 'env?:.*undefined' node_modules/@lydell/node-pty/node-pty.d.ts
cat >run.cjs <<'JS'
const { execFileSync } = require('node:child_process');
const pty = require('@lydell/node-pty');
const program = ['sh', ['-c', 'echo "NO_COLOR is ${NO_COLOR-not there}"'], { env: { PATH: process.env.PATH, NO_COLOR: undefined } }];
console.log(`child_process: ${execFileSync(...program).toString().trim()}`);
let said = '';
const terminal = pty.spawn(...program);
terminal.onData(data => {
  said += data;
  if (said.endsWith('\n')) console.log(`node-pty: ${said.trim()}`);
});
JS
node run.cjs | tee seen
cat >expected <<'TEXT'
child_process: NO_COLOR is not there
node-pty: NO_COLOR is undefined
TEXT
diff expected seen
echo "as found: @lydell/node-pty 1.1.0, Node $(node --version)"
