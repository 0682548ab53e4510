#!/bin/sh
# @nats-io/kv 3.4.0: watch() first gives what the bucket holds, with `isUpdate: false`, then what changes, with `isUpdate: true`; but
# the last of the old values says true as well. With one key in the bucket, its old value looks like a change that has just been
# made. Who has to tell them apart can compare `revision` with the bucket's last one before the watch. Needs nats-server on the PATH
# (`apt-get install nats-server`). Seen with nats-server 2.9.10 of Debian 12, Node 20.20, 2026-11-30.
set -eu
command -v nats-server >/dev/null || { echo "needs nats-server: apt-get install nats-server" >&2; exit 2; }
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
cd "$dir"
npm init -y >/dev/null
npm install --silent --no-audit --no-fund @nats-io/transport-node@3.4.0 @nats-io/jetstream@3.4.0 @nats-io/kv@3.4.0
cat >run.mjs <<'JS'
import { spawn } from 'node:child_process';
import { Kvm } from '@nats-io/kv';
import { connect } from '@nats-io/transport-node';
const server = spawn('nats-server', ['-a', '127.0.0.1', '-p', '-1', '-js', '-sd', 'data'], { stdio: ['ignore', 'ignore', 'pipe'] });
const port = await new Promise(found => {
  let log = '';
  server.stderr.on('data', data => {
    const [, listening] = /client connections on 127\.0\.0\.1:(\d+)/.exec((log += data)) ?? [];
    if (listening) found(listening);
  });
});
const connection = await connect({ servers: `127.0.0.1:${port}` });
console.error(`nats-server ${connection.info.version}, Node ${process.version}`);
for (const count of [1, 3]) {
  const bucket = await new Kvm(connection).create(`with-${count}`);
  for (let n = 1; n <= count; n++) await bucket.put(`old-${n}`, '');
  const seen = [];
  for await (const { key, isUpdate } of await bucket.watch()) {
    seen.push(`${key} ${isUpdate}`);
    if (key === 'new') break;
    if (seen.length === count) await bucket.put('new', '');
  }
  console.log(`${count} in the bucket: ${seen.join(', ')}`);
}
await connection.close();
server.kill();
JS
node run.mjs | tee seen
cat >expected <<'TEXT'
1 in the bucket: old-1 true, new true
3 in the bucket: old-1 false, old-2 false, old-3 true, new true
TEXT
diff expected seen
