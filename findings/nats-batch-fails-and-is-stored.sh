#!/bin/sh
# @nats-io/jetstream 3.4.0 with nats-server 2.9.10, which knows no atomic batches: startBatch() gives no error that names the version,
# as other things do that the server is too old for; commit() fails with "batch didn't contain number of published messages", and all
# messages of the batch are stored. Whoever sends a failed batch again has them twice. Needs nats-server on the PATH (`apt-get install
# nats-server`). Seen on Debian 12, Node 20.20, 2026-11-30.
set -eu
command -v nats-server >/dev/null || { echo "needs nats-server: apt-get install nats-server" >&2; exit 2; }
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
cd "$dir"
npm init -y >/dev/null
npm install --silent --no-audit --no-fund @nats-io/transport-node@3.4.0 @nats-io/jetstream@3.4.0
cat >run.mjs <<'JS'
import { spawn } from 'node:child_process';
import { jetstream, jetstreamManager } from '@nats-io/jetstream';
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
const manager = await jetstreamManager(connection);
await manager.streams.add({ name: 'work', subjects: ['work'] });
const refused = await manager.consumers.add('work', { durable_name: 'two', filter_subjects: ['a', 'b'] }).catch(error => error.message);
console.log(`filter_subjects: ${refused}`);
try {
  const batch = await jetstream(connection).startBatch('work', 'first');
  batch.add('work', 'second');
  await batch.commit('work', 'third');
} catch (error) {
  console.log(`batch: ${error.message}`);
}
console.log(`stored: ${(await manager.streams.info('work')).state.messages}`);
await connection.close();
server.kill();
JS
node run.mjs | tee seen
cat >expected <<'TEXT'
filter_subjects: 'filter_subjects' requires server 2.10.0
batch: batch didn't contain number of published messages
stored: 3
TEXT
diff expected seen
