/** `agent-runner dashboard token`: a word for /metrics, into a file for Prometheus. */
import { resolve } from 'node:path';
import { quoted } from '#blackboard/text/shell-word.ts';
import type { Call, Declaration } from '#runner/cli/declare.ts';

export const command: Declaration = {
  words: 'dashboard token',
  about: 'write a word that opens /metrics, and nothing else, into a new file (0600)',
  arguments: [{ name: '<file>', completes: 'file' }],
  json: true,
  examples: ['agent-runner dashboard token ~/.prometheus-agents', 'agent-runner dashboard token token.txt --json'],
  exits: { 69: 'no page of this root is served', 73: 'the file is there already', 77: 'no person at a terminal calls' },
};

export async function run(call: Call, path: string): Promise<void> {
  const { writeMetricsToken } = await import('#runner/dashboard/server.ts');
  const written = await writeMetricsToken(await call.context(), { path: resolve(path) });
  call.show(
    written,
    ({ origin }) =>
      `Written, for 366 days. curl -H "Authorization: Bearer $(cat ${quoted(written.path)})" ${origin}/metrics\n`,
  );
}
