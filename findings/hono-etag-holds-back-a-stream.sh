#!/bin/sh
# hono 4.13.19: the middleware etag(), put before all routes of a page, reads a response of streamSSE() to its end before it sends the first
# byte: the browser gets all events at once when the stream is over, and of a stream that never ends it gets none. compress() tells
# text/event-stream from other responses and lets it through. Give etag() the paths of files alone. Seen with @hono/node-server 2.1.9,
# Node 20.20, 2026-11-30.
set -eu
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
cd "$dir"
npm init -y >/dev/null
npm install --silent --no-audit --no-fund hono@4.13.19 @hono/node-server@2.1.9
cat >run.mjs <<'JS'
import { serve } from '@hono/node-server';
import { Hono } from 'hono';
import { compress } from 'hono/compress';
import { etag } from 'hono/etag';
import { streamSSE } from 'hono/streaming';
const app = new Hono();
app.use('/compress/*', compress());
app.use('/etag/*', etag());
let isWritten = false;
const events = context =>
  streamSSE(context, async stream => {
    isWritten = false;
    for (const data of ['one', 'two', 'three']) {
      await stream.writeSSE({ data });
      await stream.sleep(300);
    }
    isWritten = true;
  });
for (const path of ['/plain/events', '/compress/events', '/etag/events']) app.get(path, events);
const server = serve({ fetch: app.fetch, hostname: '127.0.0.1', port: 0 }, async ({ port }) => {
  for (const name of ['plain', 'compress', 'etag']) {
    const response = await fetch(`http://127.0.0.1:${port}/${name}/events`);
    const reader = response.body.getReader();
    await reader.read();
    console.log(`${name}: the first bytes come ${isWritten ? 'when the last event is written' : 'at once'}`);
    while (!(await reader.read()).done);
  }
  server.close();
  server.closeAllConnections();
});
JS
node run.mjs | tee seen
cat >expected <<'TEXT'
plain: the first bytes come at once
compress: the first bytes come at once
etag: the first bytes come when the last event is written
TEXT
diff expected seen
echo "as found: hono 4.13.19, Node $(node --version)"
