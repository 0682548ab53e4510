/** `agent-runner dashboard`: serves the page until it is told to end. */
import { once } from 'node:events';
import { resolve } from 'node:path';
import { usageError } from '#blackboard/system/errors.ts';
import type { Call, Declaration } from '#runner/cli/declare.ts';
import { openLink } from '#runner/cli/terminal/open-link.ts';
import type { DashboardOrder } from '#runner/dashboard/server.ts';

export const command: Declaration = {
  words: 'dashboard serve',
  about: 'serve the page of all agents and sessions, and print the link that opens it once',
  options: [
    { flags: '--port <number>', about: 'at 127.0.0.1 (default: 7433; 0: any that is free)' },
    { flags: '--open', about: 'open it in your browser' },
    { flags: '--read-only', about: 'the page shows, and changes nothing' },
    { flags: '--listen <address>', about: 'another address of this machine; beyond loopback it needs TLS' },
    { flags: '--url <origin>', about: 'where browsers reach it, if that is another address' },
    { flags: '--tls-cert <file>', about: 'PEM', completes: 'file' },
    { flags: '--tls-key <file>', about: 'PEM', completes: 'file' },
    { flags: '--insecure', about: 'beyond loopback without TLS: everybody on the way can read and change everything' },
  ],
  examples: ['agent-runner dashboard --open', 'agent-runner dashboard --port 8000 --read-only'],
  exits: {
    64: 'a wrong option, or an address beyond loopback without TLS',
    66: 'no such TLS file',
    69: 'the port is taken',
    75: 'the page of this root is served already',
    77: 'an agent or a session calls',
    78: 'this user may not use that port',
  },
  isDefault: true,
};

export interface DashboardOptions {
  port?: string | undefined;
  open?: boolean;
  readOnly?: boolean;
  listen?: string;
  url?: string;
  tlsCert?: string;
  tlsKey?: string;
  insecure?: boolean;
}

const PORT = 7433;

/** Throws 64. */
export function dashboardOrder(options: DashboardOptions): Omit<DashboardOrder, 'onError'> {
  const { listen = '127.0.0.1', url = null, tlsCert, tlsKey } = options;
  const port = options.port === undefined ? PORT : Number(options.port);
  if (!Number.isInteger(port) || port < 0 || port > 65_535)
    throw usageError(
      `expected --port to be a number from 0 to 65535, got ${JSON.stringify(options.port?.slice(0, 40))}`,
    );
  if ((tlsCert === undefined) !== (tlsKey === undefined)) throw usageError('--tls-cert and --tls-key go together');
  const tls = tlsCert === undefined || tlsKey === undefined ? null : { cert: resolve(tlsCert), key: resolve(tlsKey) };
  return { host: listen, port, url, tls, allowsPlain: options.insecure === true, readOnly: options.readOnly === true };
}

export async function run(call: Call, options: DashboardOptions): Promise<void> {
  const order = dashboardOrder(options);
  const context = await call.context();
  const { openDashboard } = await import('#runner/dashboard/server.ts');
  const over = new AbortController();
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.once(signal, () => over.abort());
  const onError = (error: unknown) => call.warn(String(error instanceof Error ? error.message : error));
  await using page = await openDashboard(context, { ...order, onError });
  await openLink(call, context, { origin: page.origin, opens: options.open === true, isServing: true });
  if (!over.signal.aborted) await once(over.signal, 'abort');
}
