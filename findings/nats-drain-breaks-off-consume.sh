#!/bin/sh
# @nats-io/jetstream 3.4.0: drain() of a connection lets a plain subscription see every message that has arrived. A loop over consume()
# is broken off in the middle, with the error "closed connection" or with none: what the client had fetched is seen by nobody until
# ack_wait is over, 30 seconds by default. Let close() of what consume() gave end the loop first. Needs nats-server
# on the PATH (`apt-get install nats-server`). Seen with nats-server 2.9.10 of Debian 12, Node 20.20, 2026-11-30.
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
const work = jetstream(connection);
await manager.streams.add({ name: 'work', subjects: ['work.>'] });
const wait = ms => new Promise(done => setTimeout(done, ms));
for (const way of ['drain', 'close, then drain']) {
  const [name] = way.split(',');
  await manager.consumers.add('work', { durable_name: name, ack_policy: 'explicit', filter_subject: `work.${name}` });
  for (let n = 0; n < 10; n++) await work.publish(`work.${name}`, `${n}`);
  const worker = await connect({ servers: `127.0.0.1:${port}` });
  const messages = await (await jetstream(worker).consumers.get('work', name)).consume();
  let isOver;
  try {
    for await (const message of messages) {
      await wait(20);
      message.ack();
      if (message.seq % 10 === 3) isOver = name === 'close' ? messages.close().then(() => worker.drain()) : worker.drain();
    }
  } catch (error) {
    console.error(`${way}: ${error.message}`);
  }
  await isOver;
  const { num_ack_pending, ack_floor } = await manager.consumers.info('work', name);
  console.log(`${way}: ${num_ack_pending > 0 ? 'some are' : 'none is'} fetched and not done, ${ack_floor.consumer_seq === 10 ? 'all' : 'not all'} are done`);
}
{
  const listener = await connect({ servers: `127.0.0.1:${port}` });
  const subscription = listener.subscribe('plain');
  await listener.flush();
  for (let n = 0; n < 10; n++) connection.publish('plain', `${n}`);
  await connection.flush();
  await listener.flush();
  let seen = 0;
  for await (const _ of subscription) {
    if (++seen === 3) listener.drain();
    await wait(20);
  }
  console.log(`a plain subscription: ${seen} of 10`);
}
await connection.close();
server.kill();
JS
node run.mjs | tee seen
cat >expected <<'TEXT'
drain: some are fetched and not done, not all are done
close, then drain: none is fetched and not done, all are done
a plain subscription: 10 of 10
TEXT
diff expected seen
