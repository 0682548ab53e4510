// The server on a real socket: where it listens, what it refuses to, who finds it.
import { existsSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { rootLayout } from '#blackboard/layout.ts';
import { asOperator } from '#runner/agents/caller.ts';
import {
  type Dashboard,
  type DashboardOrder,
  newLink,
  newLinkFile,
  openDashboard,
  servedOrigin,
  writeMetricsToken,
} from '#runner/dashboard/server.ts';
import type { VerbContext } from '#runner/verbs/context.ts';
import { jsonViolations } from '#test/support/json-output.ts';
import { type VerbRoot, verbRoot } from '../verbs/verb-root.ts';

let place: VerbRoot;
let person: VerbContext;
beforeEach(async () => {
  place = await verbRoot();
  const { root, env } = place.context;
  person = { ...place.context, env: asOperator(root, env) as NodeJS.ProcessEnv };
});
afterEach(() => place[Symbol.asyncDispose]());

const open = (more: Partial<DashboardOrder> = {}, context = place.context): Promise<Dashboard> =>
  openDashboard(context, {
    ...{ host: '127.0.0.1', port: 0, url: null, tls: null, allowsPlain: false, readOnly: false, onError() {} },
    ...more,
  });

test('it answers where it says, is found by its root, and leaves nothing when it ends', async () => {
  const page = await open();
  expect(page.origin).toMatch(/^http:\/\/127\.0\.0\.1:\d+$/);
  expect((await fetch(`${page.origin}/`)).headers.get('content-security-policy')).toContain("default-src 'none'");
  expect((await fetch(`${page.origin}/api/session`)).status).toBe(401);
  expect(await servedOrigin(place.context)).toBe(page.origin);
  await page[Symbol.asyncDispose]();
  await expect(fetch(page.origin)).rejects.toThrow();
  await expect(servedOrigin(place.context)).rejects.toMatchObject({ exit: 69 });
});

test('one page of a root is served at a time; a port that is taken is said', async () => {
  await using page = await open();
  await expect(open()).rejects.toMatchObject({ exit: 75, message: expect.stringContaining(page.origin) });
  await using other = await verbRoot();
  const port = Number(new URL(page.origin).port);
  await expect(open({ port }, other.context)).rejects.toMatchObject({
    exit: 69,
    message: expect.stringContaining(`${port}`),
  });
  expect(existsSync(rootLayout(other.context.root).pageServer)).toBe(false);
});

test.each<[string, Partial<DashboardOrder>, RegExp]>([
  ['beyond loopback without TLS', { host: '192.0.2.1' }, /no TLS/],
  [
    'everywhere without an address for browsers',
    { host: '0.0.0.0', allowsPlain: true },
    /no address that a browser opens/,
  ],
  ['an address with a path', { url: 'https://box.example/agents' }, /origin/],
  ['an address of another kind', { url: 'ftp://box.example' }, /origin/],
  ['no address', { url: 'box' }, /origin/],
  ['an address of another machine', { host: '192.0.2.1', allowsPlain: true }, /no address of this machine/],
])('refused: %s', async (_, order, why) => {
  await expect(open(order)).rejects.toMatchObject({ exit: 64, message: expect.stringMatching(why) });
});

test('TLS files that are not there are named', async () => {
  const tls = { cert: join(place.home, 'cert.pem'), key: join(place.home, 'key.pem') };
  await expect(open({ tls })).rejects.toMatchObject({ exit: 66, message: expect.stringContaining('cert.pem') });
});

test('a link is for a person; in its file only its user can read it', async () => {
  await using page = await open();
  await expect(newLink(place.context, page.origin, Date.now())).rejects.toMatchObject({ exit: 77 });
  const path = await newLinkFile(person, page.origin, Date.now());
  expect(statSync(path).mode & 0o777).toBe(0o600);
  const [, word] = /url=http:[^#"]+#([A-Za-z0-9_-]{43})"/.exec(readFileSync(path, 'utf8')) ?? [];
  const headers = { origin: page.origin, 'content-type': 'application/json' };
  const opened = await fetch(`${page.origin}/api/session`, { method: 'POST', headers, body: JSON.stringify({ word }) });
  expect(opened.status).toBe(200);
  expect(existsSync(path)).toBe(false);
});

test('a word for /metrics goes into a new file, for its user alone', async () => {
  await using _page = await open();
  const path = join(place.home, 'token');
  const written = await writeMetricsToken(person, { path });
  expect(jsonViolations('dashboard token', written)).toEqual([]);
  expect(statSync(path).mode & 0o777).toBe(0o600);
  const before = readFileSync(path, 'utf8');
  await expect(writeMetricsToken(person, { path })).rejects.toMatchObject({ exit: 73 });
  expect(readFileSync(path, 'utf8')).toBe(before);
  await expect(writeMetricsToken(place.context, { path: `${path}2` })).rejects.toMatchObject({ exit: 77 });
});
