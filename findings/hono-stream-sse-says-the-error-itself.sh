#!/bin/sh
# hono 4.13.19: streamSSE() with an onError of one's own sends the client an `event: error` with the error's message after onError
# has run: an onError that writes such an event makes two of it, one that only logs does not keep the message from the client.
# Without an onError nothing is sent. Seen with @hono/node-server 2.1.9, Node 20.20, 2026-11-30.
set -eu
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
cd "$dir"
npm init -y >/dev/null
npm install --silent --no-audit --no-fund hono@4.13.19 @hono/node-server@2.1.9
cat >run.mjs <<'JS'
import { serve } from '@hono/node-server';
import { Hono } from 'hono';
import { streamSSE } from 'hono/streaming';
const handlers = {
  none: undefined,
  'only logs': async () => {},
  'writes an event': async (error, stream) => stream.writeSSE({ event: 'error', data: 'try again later' }),
};
console.error = () => {};
const app = new Hono();
app.get('/:name', context => streamSSE(context, async stream => {
  await stream.writeSSE({ data: 'first' });
  throw new Error('disk 7 is full');
}, handlers[context.req.param('name')]));
const server = serve({ fetch: app.fetch, hostname: '127.0.0.1', port: 0 }, async ({ port }) => {
  for (const name of Object.keys(handlers)) {
    const text = await (await fetch(`http://127.0.0.1:${port}/${encodeURIComponent(name)}`)).text();
    console.log(`${name}: ${JSON.stringify(text.split('\n').filter(line => line.startsWith('data: ')).map(line => line.slice(6)))}`);
  }
  server.close();
  server.closeAllConnections();
});
JS
node run.mjs | tee seen
cat >expected <<'TEXT'
none: ["first"]
only logs: ["first","disk 7 is full"]
writes an event: ["first","try again later","disk 7 is full"]
TEXT
diff expected seen
echo "as found: hono 4.13.19, Node $(node --version)"
