// The demo's model server with what tests ask of it: a record of its requests, and another script from now on.
import type { ModelRequest } from '#runner/demo/model-server/model-request.ts';
import type { Script } from '#runner/demo/model-server/reply.ts';
import { type RecordedRequest, startModelServer as start } from '#runner/demo/model-server/server.ts';

export type { RecordedRequest };

export type ModelServer = AsyncDisposable & {
  /** For `ANTHROPIC_BASE_URL`. */
  url: string;
  port: number;
  /** Every request, side requests included, oldest first; the newest `recordedMax` are kept. */
  requests: RecordedRequest[];
  /** The requests of the main conversation only. */
  turns(): RecordedRequest[];
  /** Resolves once a main request for which `wanted` holds has come, also one that came before the call. */
  seen(wanted?: (request: ModelRequest) => boolean): Promise<ModelRequest>;
  /** From now on another script answers. */
  use(script: Script): void;
  /** Drops open connections and stops listening. */
  close(): Promise<void>;
};

/** Starts the server; port 0 takes a free one. Rejects with EADDRINUSE if the port is taken. */
export async function startModelServer(
  script: Script,
  { port = 0, recordedMax = 1_000 }: { port?: number; recordedMax?: number } = {},
): Promise<ModelServer> {
  let current = script;
  const requests: RecordedRequest[] = [];
  const parsed: ModelRequest[] = [];
  const waiters = new Set<(request: ModelRequest) => void>();
  const asked: Script = request => {
    parsed.push(request);
    if (parsed.length > recordedMax) parsed.shift();
    for (const tell of waiters) tell(request);
    return current(request);
  };
  const server = await start(asked, {
    port,
    onRequest(request) {
      requests.push(request);
      if (requests.length > recordedMax) requests.shift();
    },
  });
  const close = async () => server[Symbol.asyncDispose]();
  return {
    url: server.url,
    port: server.port,
    requests,
    turns: () => requests.filter(request => request.side === null),
    seen: (wanted = () => true) => {
      const before = parsed.find(wanted);
      if (before !== undefined) return Promise.resolve(before);
      return new Promise(resolve => {
        const tell = (request: ModelRequest) => {
          if (!wanted(request)) return;
          waiters.delete(tell);
          resolve(request);
        };
        waiters.add(tell);
      });
    },
    use: next => {
      current = next;
    },
    close,
    [Symbol.asyncDispose]: close,
  };
}
