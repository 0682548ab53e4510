/** The page's HTTP without a socket: a root, the app, a session of the page, and requests as its browser makes them. */

import { makeLink } from '#runner/dashboard/access.ts';
import { createApp } from '#runner/dashboard/app.ts';
import { type Archive, createArchive } from '#runner/dashboard/archive.ts';
import { createFleetFeed, type FleetFeed } from '#runner/dashboard/fleet-feed.ts';
import { createMetrics } from '#runner/dashboard/metrics.ts';
import { type VerbRoot, verbRoot } from '../verbs/verb-root.ts';

/** What came as JSON. */
// biome-ignore lint/suspicious/noExplicitAny: each test knows what it asked for.
export type Json = any;

export const ORIGIN = 'http://127.0.0.1:7433';

export interface PageServer extends AsyncDisposable {
  place: VerbRoot;
  feed: FleetFeed;
  archive: Archive;
  /** What failed for no fault of the page. */
  errors: unknown[];
  /** As the page's own browser sends it, with its session; `headers` replace those. */
  ask(method: string, path: string, body?: unknown, headers?: Record<string, string | undefined>): Promise<Response>;
  /** One verb's answer: its status, and what it says. */
  verb(name: string, given?: unknown): Promise<{ status: number; said: Json }>;
  /** Events of a stream, as they come, until `until` is true of one. */
  events(
    path: string,
    until: (event: string, data: Json) => boolean,
    act?: () => Promise<unknown>,
  ): Promise<[string, Json][]>;
}

export async function pageServer(options: { readOnly?: boolean; env?: NodeJS.ProcessEnv } = {}): Promise<PageServer> {
  const place = await verbRoot();
  const context = { ...place.context, env: { ...place.context.env, ...options.env } };
  const { files, root } = context;
  const errors: unknown[] = [];
  const onError = (error: unknown) => errors.push(error);
  const feed = createFleetFeed(context, onError);
  const archive = createArchive(context, onError);
  const metrics = createMetrics(context);
  const page = { type: 'text/html', body: new Uint8Array(Buffer.from('<!doctype html>')), etag: '"1"' };
  const app = createApp({
    ...context,
    ...{ feed, archive, metrics, onError, version: '1.2.3', host: 'box', readOnly: options.readOnly ?? false },
    served: { scheme: 'http', hosts: new Set(['127.0.0.1:7433']) },
    pages: new Map([['/', page]]),
  });
  const ask: PageServer['ask'] = async (method, path, body, headers = {}) => {
    const isForm = body instanceof FormData;
    const all = {
      host: '127.0.0.1:7433',
      'sec-fetch-site': 'same-origin',
      ...(method === 'GET' ? {} : { origin: ORIGIN }),
      ...(isForm || body === undefined ? {} : { 'content-type': 'application/json' }),
      ...(token === '' ? {} : { authorization: `Bearer ${token}` }),
      ...headers,
    };
    const sent = Object.entries(all).filter((pair): pair is [string, string] => pair[1] !== undefined);
    return app.request(`${ORIGIN}${path}`, {
      method,
      headers: sent,
      ...(body === undefined ? {} : { body: isForm || typeof body === 'string' ? body : JSON.stringify(body) }),
    });
  };
  let token = '';
  const word = await makeLink(files, root, ORIGIN, Date.now());
  token = ((await (await ask('POST', '/api/session', { word })).json()) as { token: string }).token;
  return {
    ...{ place, feed, archive, errors, ask },
    async verb(name, given = {}) {
      const answer = await ask('POST', `/api/verbs/${encodeURIComponent(name)}`, given);
      return { status: answer.status, said: await answer.json() };
    },
    async events(path, until, act) {
      const answer = await ask('GET', path);
      const reader = answer.body!.pipeThrough(new TextDecoderStream()).getReader();
      const heard: [string, Json][] = [];
      let rest = '';
      for (;;) {
        const { done, value } = await reader.read();
        if (done) return heard;
        const blocks = (rest + value).split('\n\n');
        rest = blocks.pop()!;
        for (const block of blocks) {
          const event = /^event: (.*)$/m.exec(block)![1]!;
          const data = JSON.parse(/^data: (.*)$/m.exec(block)![1]!);
          heard.push([event, data]);
          if (event === 'open') await act?.();
          if (until(event, data)) {
            await reader.cancel();
            return heard;
          }
        }
      }
    },
    async [Symbol.asyncDispose]() {
      await feed[Symbol.asyncDispose]();
      await archive[Symbol.asyncDispose]();
      metrics[Symbol.dispose]();
      await place[Symbol.asyncDispose]();
    },
  };
}
