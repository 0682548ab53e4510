/**
 * The page's HTTP: who is let in, the routes, the streams, the page's files. A request and its answer are data here; the socket is in
 * server.ts.
 */
import { type Context, Hono } from 'hono';
import { bodyLimit } from 'hono/body-limit';
import { HTTPException } from 'hono/http-exception';
import { streamSSE } from 'hono/streaming';
import { systemClock } from '#blackboard/system/clock.ts';
import { exitCode, isRunnerError, reasonOf, usageError } from '#blackboard/system/errors.ts';
import { limits } from '#blackboard/system/limits.ts';
import { printable } from '#blackboard/text/printable.ts';
import { asOperator } from '#runner/agents/caller.ts';
import { endSessions, listSessions, openSession, type PageSession, sessionOf } from '#runner/dashboard/access.ts';
import type { Archive } from '#runner/dashboard/archive.ts';
import type { FleetFeed } from '#runner/dashboard/fleet-feed.ts';
import { originOf, type RequestHead, SAFE_HEADERS, type Served, whyNot } from '#runner/dashboard/guard.ts';
import type { MetricsSource } from '#runner/dashboard/metrics.ts';
import type { PageFile } from '#runner/dashboard/page-files.ts';
import { followPeer } from '#runner/dashboard/peer-feed.ts';
import { callRoute, ROUTES } from '#runner/dashboard/routes.ts';
import { keepUploads } from '#runner/dashboard/uploads.ts';
import type { VerbContext } from '#runner/verbs/context.ts';

export interface AppOptions extends VerbContext {
  /** The addresses that are ours. */
  served: Served;
  /** By the path of its address. */
  pages: ReadonlyMap<string, PageFile>;
  feed: FleetFeed;
  archive: Archive;
  metrics: Pick<MetricsSource, 'read'>;
  version: string;
  host: string;
  /** Nothing is changed from the page. */
  readOnly: boolean;
  /** What failed for no fault of the page. */
  onError(error: unknown): void;
  nowMs?(): number;
}

type Variables = { session: PageSession; head: RequestHead };
type Call = Context<{ Variables: Variables }>;

export function createApp(options: AppOptions): Hono<{ Variables: Variables }> {
  const { files, root, served, readOnly, nowMs = Date.now } = options;
  const context: VerbContext = { root, files, env: asOperator(root, options.env) as NodeJS.ProcessEnv };
  const app = new Hono<{ Variables: Variables }>();
  let streams = 0;

  app.use(async (call, next) => {
    for (const [name, value] of Object.entries(SAFE_HEADERS)) call.header(name, value);
    const head = headOf(call);
    const refusal = whyNot(head, served);
    if (refusal !== null) return call.json({ error: { code: 'refused', message: refusal } }, 403);
    call.set('head', head);
    return next();
  });

  app.get('*', async (call, next) => {
    const page = options.pages.get(call.req.path);
    if (!page) return next();
    const { type, body, etag } = page;
    const headers = { 'content-type': type, etag, 'cache-control': 'no-cache' };
    if (call.req.header('if-none-match') === etag) return call.body(null, 304, headers);
    return call.body(body, 200, headers);
  });

  app.get('/metrics', async call => {
    const session = await sessionFor(call);
    if (!session) return call.json({ error: NO_SESSION }, 401);
    return call.body(await options.metrics.read(), 200, { 'content-type': 'text/plain; version=0.0.4; charset=utf-8' });
  });

  app.use('/api/*', bodyLimit({ maxSize: limits.pageRequestBytesMax, onError: tooLarge }), async (call, next) => {
    call.header('cache-control', 'no-store');
    return next();
  });

  app.post('/api/session', async call => {
    const { word } = await bodyOf(call);
    const origin = originOf(call.get('head'), served);
    const { token, untilMs } = await openSession(files, root, { word: String(word), origin }, nowMs());
    return call.json({ token, untilAt: new Date(untilMs).toISOString() });
  });

  app.use('/api/*', async (call, next) => {
    const session = await sessionFor(call);
    if (!session || session.only) return call.json({ error: NO_SESSION }, 401);
    call.set('session', session);
    return next();
  });

  app.get('/api/session', call =>
    call.json({
      version: options.version,
      host: options.host,
      root,
      readOnly,
      untilAt: new Date(call.get('session').untilMs).toISOString(),
    }),
  );
  app.delete('/api/session', async call => {
    const { id } = call.get('session');
    await endSessions(files, root, nowMs(), each => each.id === id);
    return call.body(null, 204);
  });

  app.get('/api/fleet', call =>
    stream(call, async (write, over) => {
      options.feed.follow(over, news => {
        void write('fleet', news);
        options.archive.hint();
      });
      options.archive.follow(over, () => void write('work', {}));
    }),
  );
  app.get('/api/peers/:name/lines', call => {
    const name = call.req.param('name');
    const since = Date.parse(call.req.query('since') ?? '');
    const sinceMs = Number.isNaN(since) ? 0 : since;
    return stream(call, (write, signal) =>
      followPeer(context, options.feed, { name, sinceMs, signal }, lines => void write('lines', lines)),
    );
  });

  app.post('/api/verbs/:verb', async call => {
    const verb = call.req.param('verb');
    const route = Object.hasOwn(ROUTES, verb) ? ROUTES[verb] : undefined;
    if (!route) return call.json({ error: { code: 'no-such', message: 'the page has no such verb' } }, 404);
    if (readOnly && !route.reads)
      return call.json(
        { error: { code: 'refused', message: 'this page only shows: it was started with --read-only' } },
        403,
      );
    const { given, sent } = await callOf(call);
    if (sent.length > 0 && !route.takesFiles) throw usageError(`${verb} takes no files`);
    await using uploads = await keepUploads(sent);
    const signal = call.req.raw.signal;
    return call.json(
      (await callRoute(verb, route, {
        context,
        archive: options.archive,
        came: given,
        files: uploads.paths,
        signal,
      })) ?? null,
    );
  });

  app.notFound(call => call.json({ error: { code: 'no-such', message: 'there is nothing at this address' } }, 404));
  app.onError((error, call) => {
    if (error instanceof HTTPException) return error.getResponse();
    const { status, ...said } = saidOf(error);
    if (status === 500) options.onError(error);
    return call.json({ error: said }, status);
  });
  return app;

  function sessionFor(call: Call): Promise<PageSession | null> {
    const token = /^Bearer (\S+)$/.exec(call.req.header('authorization') ?? '')?.[1] ?? '';
    return sessionOf(files, root, { token, origin: originOf(call.get('head'), served) }, nowMs());
  }

  /** Server-sent events, read by fetch: a request of the browser's own EventSource carries no credential of ours. */
  function stream(call: Call, run: (write: Write, over: AbortSignal) => Promise<void>): Response {
    if (streams >= limits.pageStreamsMax)
      return call.json(
        { error: { code: 'temporary', message: `expected at most ${limits.pageStreamsMax} open pages` } },
        503,
      );
    streams++;
    const over = new AbortController();
    return streamSSE(call, async out => {
      out.onAbort(() => over.abort());
      const { id } = call.get('session');
      let unread = 0;
      const write = async (event: string, data: unknown): Promise<void> => {
        // A page that does not read comes back, and asks for what it has not got.
        if (++unread > limits.pageUnreadMax) over.abort();
        await out.writeSSE({ event, data: JSON.stringify(data) });
        unread--;
      };
      try {
        // Its first bytes: the page knows that it is connected.
        await write('open', { version: options.version });
        const running = run(write, over.signal).catch(error => write('error', saidOf(error)));
        await beat(write, id, over.signal);
        over.abort();
        await running;
      } finally {
        over.abort();
        streams--;
      }
    });
  }

  /** Until the session or the stream is over. */
  async function beat(write: Write, id: string, over: AbortSignal): Promise<void> {
    for (;;) {
      await systemClock.sleep(limits.pageBeatMs, over);
      if (over.aborted) return;
      if (!(await isOpen(id))) return write('error', { code: 'no-session', message: 'this session has ended' });
      await write('beat', {});
    }
  }

  async function isOpen(id: string): Promise<boolean> {
    return (await listSessions(files, root, nowMs())).some(each => each.id === id);
  }
}

const NO_SESSION = {
  code: 'no-session',
  message: 'this page is not opened yet, or its time is over',
  hint: 'A new link: agent-runner dashboard link',
};

/** Sends one event of a stream. */
type Write = (event: string, data: unknown) => Promise<void>;

const lower = (text: string | undefined): string | null => text?.toLowerCase() ?? null;

const headOf = (call: Call): RequestHead => ({
  method: call.req.method,
  host: lower(call.req.header('host')),
  origin: lower(call.req.header('origin')),
  site: lower(call.req.header('sec-fetch-site')),
  isFile: !call.req.path.startsWith('/api/'),
});

const tooLarge = (call: Context): Response =>
  call.json(
    { error: { code: 'usage', message: `expected at most ${limits.pageRequestBytesMax} bytes with all files` } },
    413,
  );

/** The JSON object that came. Throws 64 for anything else. */
async function bodyOf(call: Call): Promise<Record<string, unknown>> {
  const came: unknown = await call.req.json().catch(() => null);
  if (typeof came === 'object' && came !== null && !Array.isArray(came)) return came as Record<string, unknown>;
  throw usageError('expected a JSON object');
}

/** JSON, or a form whose field `given` is JSON, with files. */
async function callOf(call: Call): Promise<{ given: unknown; sent: File[] }> {
  if (!call.req.header('content-type')?.startsWith('multipart/form-data'))
    return { given: await bodyOf(call), sent: [] };
  const form = await call.req.formData().catch(() => {
    throw usageError('expected a whole form');
  });
  const given = form.get('given');
  try {
    return {
      given: JSON.parse(typeof given === 'string' ? given : ''),
      sent: form.getAll('files').filter(each => typeof each !== 'string'),
    };
  } catch {
    throw usageError('expected the field "given" of the form to be JSON');
  }
}

const STATUS: Readonly<Record<number, 400 | 403 | 404 | 409 | 422 | 503>> = {
  [exitCode.no]: 409,
  [exitCode.usage]: 400,
  [exitCode.badData]: 422,
  [exitCode.noSuch]: 404,
  [exitCode.notRunning]: 503,
  [exitCode.cannotCreate]: 503,
  [exitCode.temporary]: 503,
  [exitCode.refused]: 403,
  [exitCode.configuration]: 422,
};

function saidOf(error: unknown) {
  if (!isRunnerError(error))
    return { status: 500 as const, code: 'bug', message: printable(reasonOf(error)), hint: null };
  const { code, exit, message, hint = null } = error;
  return { status: STATUS[exit] ?? (500 as const), code, message: printable(message), hint: hint && printable(hint) };
}
