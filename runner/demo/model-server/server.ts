// The loopback model server: HTTP in, a script's reply out. The only file here with effects. Binds to 127.0.0.1 only, and
// never opens a connection itself.
import { randomUUID } from 'node:crypto';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { setTimeout as pause } from 'node:timers/promises';
import type { ModelBody, ModelRequest } from '#runner/demo/model-server/model-request.ts';
import { parseModelRequest } from '#runner/demo/model-server/model-request.ts';
import type { MessageReply, Reply, Script } from '#runner/demo/model-server/reply.ts';
import type { SideRequest } from '#runner/demo/model-server/side-request.ts';
import { sideReply, sideRequestOf } from '#runner/demo/model-server/side-request.ts';
import { encodeEvent, messageBody, messageEvents } from '#runner/demo/model-server/sse.ts';

/** One request as it came in. `side`: its kind if it was a side request, null if the script answered it. */
export type RecordedRequest = {
  at: number;
  method: string;
  path: string;
  headers: Record<string, string>;
  body: ModelBody;
  side: SideRequest | null;
};

export type ModelServer = AsyncDisposable & {
  /** For `ANTHROPIC_BASE_URL`. */
  url: string;
  port: number;
};

/** A prompt may hold a 300 KB message several times over; a body above this is no request of the CLI. */
const bodyMaxBytes = 64 * 1024 * 1024;

/** Starts the server; port 0 takes a free one. Rejects with EADDRINUSE if the port is taken. `onRequest`: for tests. */
export async function startModelServer(
  script: Script,
  { port = 0, onRequest }: { port?: number; onRequest?(request: RecordedRequest): void } = {},
): Promise<ModelServer> {
  let turnCount = 0;
  const closing = new AbortController();

  async function answer(incoming: IncomingMessage, outgoing: ServerResponse): Promise<void> {
    const path = (incoming.url ?? '/').split('?')[0] ?? '/';
    const headers = flat(incoming.headers);
    const body = await readBody(incoming);
    const side = sideRequestOf(incoming.method ?? 'GET', path, body);
    onRequest?.({ at: Date.now(), method: incoming.method ?? 'GET', path, headers, body, side });
    if (side !== null) return answerSide(side, body, outgoing, closing.signal);
    const request = parseModelRequest(body, headers, turnCount++);
    await perform(await script(request), request, outgoing, closing.signal);
  }

  const server = createServer((incoming, outgoing) => {
    answer(incoming, outgoing).catch((error: unknown) => {
      // A script that throws must show in the CLI's output, and a client that left is no fault.
      if (outgoing.destroyed || closing.signal.aborted) return;
      if (!outgoing.headersSent) outgoing.writeHead(400, { 'content-type': 'application/json' });
      outgoing.end(errorBody('invalid_request_error', `model server: ${error}`));
    });
  });
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, '127.0.0.1', () => resolve());
  });
  const bound = (server.address() as AddressInfo).port;

  return {
    url: `http://127.0.0.1:${bound}`,
    port: bound,
    async [Symbol.asyncDispose]() {
      closing.abort();
      server.closeAllConnections();
      if (server.listening) await new Promise<void>(resolve => server.close(() => resolve()));
    },
  };
}

async function answerSide(side: SideRequest, body: ModelBody, outgoing: ServerResponse, signal: AbortSignal) {
  if (side === 'not-messages' || side === 'count-tokens') {
    outgoing.writeHead(200, { 'content-type': 'application/json' });
    outgoing.end(side === 'count-tokens' ? '{"input_tokens":10}' : '{}');
  } else {
    await sendMessage(sideReply(side, body), parseModelRequest(body, {}, 0), outgoing, signal);
  }
}

async function perform(reply: Reply, request: ModelRequest, outgoing: ServerResponse, signal: AbortSignal) {
  if (reply.kind === 'hang') return;
  if (reply.delayMs) await pause(reply.delayMs, undefined, { signal });
  if (reply.kind === 'drop') {
    outgoing.destroy();
  } else if (reply.kind === 'error') {
    outgoing.writeHead(reply.status, { 'content-type': 'application/json', ...reply.headers });
    outgoing.end(errorBody(reply.type, reply.message));
  } else {
    await sendMessage(reply, request, outgoing, signal);
  }
}

async function sendMessage(reply: MessageReply, request: ModelRequest, outgoing: ServerResponse, signal: AbortSignal) {
  const model = request.body.model ?? 'claude-test';
  const id = `${request.index}_${randomUUID().slice(0, 8)}`;
  if (request.body.stream !== true) {
    outgoing.writeHead(200, { 'content-type': 'application/json' });
    const whole = JSON.stringify(messageBody(reply, model, id));
    if (reply.cutAfterDeltas === undefined) outgoing.end(whole);
    else outgoing.write(whole.slice(0, whole.length / 2), () => outgoing.destroy());
    return;
  }
  outgoing.writeHead(200, { 'content-type': 'text/event-stream', 'request-id': `req_${id}` });
  let deltas = 0;
  for (const event of messageEvents(reply, model, id)) {
    if (outgoing.destroyed) return;
    await new Promise(resolve => outgoing.write(encodeEvent(event), resolve));
    if (event.isDelta && ++deltas === reply.cutAfterDeltas) {
      outgoing.destroy();
      return;
    }
    if (reply.chunkDelayMs) await pause(reply.chunkDelayMs, undefined, { signal });
  }
  outgoing.end();
}

async function readBody(incoming: IncomingMessage): Promise<ModelBody> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of incoming) {
    size += chunk.length;
    if (size > bodyMaxBytes) throw new Error(`a body of at most ${bodyMaxBytes} bytes was expected`);
    chunks.push(chunk);
  }
  const words = Buffer.concat(chunks).toString('utf8');
  return words === '' ? {} : (JSON.parse(words) as ModelBody);
}

function errorBody(type: string, message: string): string {
  return JSON.stringify({ type: 'error', error: { type, message }, request_id: null });
}

function flat(headers: IncomingMessage['headers']): Record<string, string> {
  return Object.fromEntries(Object.entries(headers).map(([name, value]) => [name, [value].flat().join(', ')]));
}
