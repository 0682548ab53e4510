#!/bin/sh
# @nats-io/jetstream 3.4.0 with nats-server 2.9.10: `nak(ms)` with a delay that is no whole number of nanoseconds, as every back-off
# with a random part is, gives the message again at once: nanos() does not round, and the server drops the delay that it cannot read.
# Neither side says a word. The same nanos() in `ack_wait` is refused ("invalid JSON"). Math.round() the milliseconds.
# Needs nats-server on the PATH (`apt-get install nats-server`). Seen on Debian 12, Node 20.20, 2026-11-30.
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
import { connect, nanos } from '@nats-io/transport-node';
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
await manager.consumers.add('work', { durable_name: 'worker', ack_policy: 'explicit' });
const consumer = await jetstream(connection).consumers.get('work', 'worker');
for (const delay of [2000, 2000 * 1.1, 2000 + 1 / 3]) {
  await jetstream(connection).publish('work', 'job');
  (await consumer.next()).nak(delay);
  const began = Date.now();
  const again = await consumer.next({ expires: 10_000 });
  console.log(`nak(${delay}): ${Date.now() - began < 1000 ? 'at once' : 'after the delay'}`);
  again.ack();
}
const refused = await manager.consumers.add('work', { durable_name: 'other', ack_policy: 'explicit', ack_wait: nanos(2000 + 1 / 3) }).catch(error => error.message);
console.log(`ack_wait of the last: ${refused.name ?? refused}`);
await connection.close();
server.kill();
JS
node run.mjs | tee seen
cat >expected <<'TEXT'
nak(2000): after the delay
nak(2200): after the delay
nak(2000.3333333333333): at once
ack_wait of the last: invalid JSON
TEXT
diff expected seen
