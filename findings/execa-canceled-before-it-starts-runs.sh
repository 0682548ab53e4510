#!/bin/sh
# execa 9.6.1: a `cancelSignal` that is aborted already does not keep the program from being started; it is started, then ended. A short one
# has done its work by then: the result says `isCanceled` and the file is written all the same, in most of ten runs. fetch() with such
# a signal does nothing. Ask `signal.aborted` before the call. Seen on Linux, Node 20.20, 2026-11-30.
set -eu
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
cd "$dir"
npm init -y >/dev/null
npm install --silent --no-audit --no-fund execa@9.6.1
cat >run.mjs <<'JS'
import { existsSync, rmSync } from 'node:fs';
import { execa } from 'execa';
let canceled = 0;
let started = 0;
let written = 0;
for (let run = 0; run < 10; run++) {
  rmSync('file', { force: true });
  const program = execa('sh', ['-c', 'echo done >file'], { cancelSignal: AbortSignal.abort(), reject: false });
  if (program.pid !== undefined) started++;
  if ((await program).isCanceled) canceled++;
  if (existsSync('file')) written++;
}
console.error(`the file was written in ${written} of 10 runs`);
console.log(`canceled: ${canceled}, started: ${started}, the file was written: ${written > 0 ? 'yes' : 'never'}`);
JS
node run.mjs | tee seen
echo 'canceled: 10, started: 10, the file was written: yes' >expected
diff expected seen
echo "as found: execa 9.6.1, Node $(node --version)"
