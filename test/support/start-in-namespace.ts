// Runs inside a network namespace: a model server of its own, then `agent-runner start --once`, then one line of JSON about both.
// argv: path of cli.js, the child's environment as JSON. Bundled by the test that uses it: Node 20 runs no TypeScript.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { connect } from 'node:net';
import { networkInterfaces } from 'node:os';
import { directives } from '#test/support/model/directives.ts';
import { startModelServer } from '#test/support/model/server.ts';

/** What it prints. */
export type NamespaceReport = {
  code: number | null;
  stderr: string;
  /** Names of the network interfaces there are. */
  interfaces: string[];
  /** Why an address outside cannot be reached; `connected` if it can. */
  outside: string;
  /** Requests of turns to the model. */
  requests: number;
};

const [cli = '', env = '{}'] = process.argv.slice(2);
const server = await startModelServer(directives());
const child = spawn(process.execPath, [cli, 'start', '--once'], {
  env: { ...JSON.parse(env), ANTHROPIC_BASE_URL: server.url },
  stdio: ['ignore', 'ignore', 'pipe'],
});
let stderr = '';
child.stderr.setEncoding('utf8').on('data', (piece: string) => {
  stderr += piece;
});
const [code] = await once(child, 'close');
// TEST-NET-1 (RFC 5737): nobody's address.
const socket = connect({ host: '192.0.2.1', port: 443 });
const outside = await new Promise<string>(resolve => {
  socket.once('connect', () => resolve('connected'));
  socket.once('error', (error: NodeJS.ErrnoException) => resolve(error.code ?? error.message));
});
socket.destroy();
const interfaces = Object.keys(networkInterfaces());
const report: NamespaceReport = { code, stderr, interfaces, outside, requests: server.turns().length };
process.stdout.write(`${JSON.stringify(report)}\n`);
await server.close();
