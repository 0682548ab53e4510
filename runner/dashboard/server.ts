/** Serves the page: where, how long, and the record by which `dashboard link` finds it. */
import { readFile } from 'node:fs/promises';
import { createServer as createPlain } from 'node:http';
import { createServer as createSecure } from 'node:https';
import { type AddressInfo, isIP } from 'node:net';
import { hostname } from 'node:os';
import { getRequestListener } from '@hono/node-server';
import { rootLayout } from '#blackboard/layout.ts';
import {
  cannotCreateError,
  configurationError,
  errnoOf,
  noSuchError,
  notRunningError,
  temporaryError,
  usageError,
} from '#blackboard/system/errors.ts';
import type { Files } from '#blackboard/system/files.ts';
import { isAlive, type ProcessIdentity, selfIdentity } from '#blackboard/system/process-identity.ts';
import { readRecord, replaceFile } from '#blackboard/system/record.ts';
import { refuseAgents, requirePerson } from '#runner/agents/person.ts';
import { makeLink, metricsToken } from '#runner/dashboard/access.ts';
import { createApp } from '#runner/dashboard/app.ts';
import { createArchive } from '#runner/dashboard/archive.ts';
import { createFleetFeed } from '#runner/dashboard/fleet-feed.ts';
import type { Served } from '#runner/dashboard/guard.ts';
import { createMetrics } from '#runner/dashboard/metrics.ts';
import { readPageFiles } from '#runner/dashboard/page-files.ts';
import type { DashboardToken } from '#runner/results/agents.ts';
import type { VerbContext } from '#runner/verbs/context.ts';
import { packageVersion, pageDirectory } from '#runner/version.ts';

export interface DashboardOrder {
  /** An address of this machine; loopback unless somebody says otherwise. */
  host: string;
  /** 0: any that is free. */
  port: number;
  /** The address under which browsers reach it, `https://box.example:8443`; null: the one that it listens at. */
  url: string | null;
  /** Paths of PEM files; null: no TLS. */
  tls: { cert: string; key: string } | null;
  /** Beyond loopback without TLS: everybody on the way can read and change everything. */
  allowsPlain: boolean;
  readOnly: boolean;
  onError(error: unknown): void;
}

export interface Dashboard extends AsyncDisposable {
  /** Its origin: `http://127.0.0.1:7433`. */
  origin: string;
}

/** Who serves the page of a root. */
interface ServerRecord {
  origin: string;
  process: ProcessIdentity;
}

/**
 * Throws 64 beyond loopback without TLS and for a wrong address, 69 where the page of this root is served already or the port is taken,
 * 77 where an agent calls, 78 for TLS files that do not work.
 */
export async function openDashboard(context: VerbContext, order: DashboardOrder): Promise<Dashboard> {
  const { files, root, env } = context;
  await refuseAgents(files, root, env, 'dashboard');
  checkAddress(order);
  const other = await servedAt(files, root);
  if (other !== null)
    throw temporaryError(
      `the page of this root is served already, at ${other}`,
      'Open it: agent-runner dashboard link',
    );
  const pages = await readPageFiles(pageDirectory);
  const feed = createFleetFeed(context, order.onError);
  const archive = createArchive(context, order.onError);
  const metrics = createMetrics(context);
  const scheme = order.tls ? 'https' : 'http';
  const served: Served & { hosts: Set<string> } = { scheme, hosts: new Set() };
  const { readOnly, onError } = order;
  const app = createApp({
    ...context,
    served,
    pages,
    feed,
    archive,
    metrics,
    version: packageVersion(),
    host: hostname(),
    readOnly,
    onError,
  });
  const listener = getRequestListener(app.fetch);
  const server = order.tls ? createSecure(await tlsFiles(order.tls), listener) : createPlain(listener);
  await new Promise<void>((resolve, reject) => {
    server.once('error', error => reject(portError(error, order)));
    server.listen(order.port, order.host, resolve);
  });
  const { port } = server.address() as AddressInfo;
  const origin = order.url ?? `${scheme}://${isIP(order.host) === 6 ? `[${order.host}]` : order.host}:${port}`;
  served.hosts.add(new URL(origin).host);
  const record = rootLayout(root).pageServer;
  await files.makeDirectory(rootLayout(root).dashboard);
  await replaceFile(files, record, `${JSON.stringify({ origin, process: selfIdentity() } satisfies ServerRecord)}\n`);
  return {
    origin,
    async [Symbol.asyncDispose]() {
      await files.remove(record);
      await feed[Symbol.asyncDispose]();
      await archive[Symbol.asyncDispose]();
      metrics[Symbol.dispose]();
      const closed = new Promise(resolve => server.close(resolve));
      server.closeAllConnections();
      await closed;
    },
  };
}

/** Where the page of this root is served. Throws 69 if it is not. */
export async function servedOrigin({ files, root }: VerbContext): Promise<string> {
  const origin = await servedAt(files, root);
  if (origin === null) throw notRunningError('no page of this root is served', 'Serve it: agent-runner dashboard');
  return origin;
}

/** Writes a word for /metrics into a new file (0600), which Prometheus takes as `credentials_file`. Throws 73 if the file is there. */
export async function writeMetricsToken(context: VerbContext, { path }: { path: string }): Promise<DashboardToken> {
  const { files, root, env } = context;
  await requirePerson(files, root, env, 'dashboard link');
  const origin = await servedOrigin(context);
  const token = await metricsToken(files, root, origin, Date.now());
  if ((await files.create(path, `${token}\n`)) === 'exists')
    throw cannotCreateError(`${path} is there already`, 'Choose another name.');
  return { path, origin };
}

/** A link that opens the page once. What follows the # is sent to no server. Throws 77 unless a person calls. */
export async function newLink({ files, root, env }: VerbContext, origin: string, nowMs: number): Promise<string> {
  await requirePerson(files, root, env, 'dashboard link');
  return `${origin}/#${await makeLink(files, root, origin, nowMs)}`;
}

/** The same in a file of ours, which a browser is told to open: a link in an argv is seen by all. Returns its path. */
export async function newLinkFile(context: VerbContext, origin: string, nowMs: number): Promise<string> {
  const { files, root } = context;
  const { pageOpener } = rootLayout(root);
  await replaceFile(files, pageOpener, openerHtml(await newLink(context, origin, nowMs)));
  return pageOpener;
}

/** `link` is made of an origin and base64url. */
const openerHtml = (link: string): string =>
  `<!doctype html><meta charset="utf-8"><meta name="referrer" content="no-referrer"><meta http-equiv="refresh" content="0;url=${link}"><title>agent-runner</title>\n`;

async function servedAt(files: Files, root: string): Promise<string | null> {
  const record = await readRecord<ServerRecord>(files, rootLayout(root).pageServer).catch(() => null);
  return record && (await isAlive(record.process)) ? record.origin : null;
}

const isLoopback = (host: string): boolean => host === '::1' || host === 'localhost' || /^127(\.\d+){3}$/.test(host);

function checkAddress({ host, url, tls, allowsPlain }: DashboardOrder): void {
  if (!isLoopback(host) && tls === null && !allowsPlain)
    throw usageError(
      `${host} is beyond this machine, and there is no TLS`,
      'Give --tls-cert and --tls-key, or --insecure where something else (a VPN, a proxy with TLS) protects the way.',
    );
  if (url === null) {
    if (['0.0.0.0', '::'].includes(host))
      throw usageError(`${host} is no address that a browser opens`, 'Give --url, as https://box.example:8443');
    return;
  }
  const parsed = URL.canParse(url) ? new URL(url) : null;
  if (parsed?.origin !== url || !/^https?:$/.test(parsed.protocol))
    throw usageError(
      `expected --url to be an origin, as https://box.example:8443, got ${JSON.stringify(url.slice(0, 80))}`,
    );
}

async function tlsFiles({ cert, key }: { cert: string; key: string }): Promise<{ cert: Buffer; key: Buffer }> {
  const read = (path: string) =>
    readFile(path).catch(error => {
      throw noSuchError(`${path} cannot be read: ${errnoOf(error)}`);
    });
  return { cert: await read(cert), key: await read(key) };
}

function portError(error: unknown, { host, port }: DashboardOrder): unknown {
  if (errnoOf(error) === 'EADDRINUSE')
    return notRunningError(
      `port ${port} of ${host} is taken by another program`,
      'Choose another with --port, or 0 for any that is free.',
    );
  if (errnoOf(error) === 'EACCES')
    return configurationError(`port ${port} may not be used by this user`, 'Choose one above 1023.');
  if (errnoOf(error) === 'EADDRNOTAVAIL' || errnoOf(error) === 'ENOTFOUND')
    return usageError(`${host} is no address of this machine`);
  return error;
}
