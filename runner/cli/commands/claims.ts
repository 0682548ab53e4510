/** `agent-runner claims`: who works on what. */
import { thingText } from '#blackboard/claims/claim.ts';
import { printableLine } from '#blackboard/text/printable.ts';
import type { Call, Declaration } from '#runner/cli/declare.ts';
import { terminalColumns } from '#runner/text/columns.ts';
import { instantText, table } from '#runner/text/terminal.ts';

export const command: Declaration = {
  words: 'claims',
  heading: 'The board, and your own sessions',
  about: 'who works on what',
  json: true,
  examples: ['agent-runner claims', 'agent-runner claims --json'],
};

export async function run(call: Call): Promise<void> {
  const { claims } = await import('#runner/verbs/claims.ts');
  const standing = await claims(await call.context());
  const nowMs = Date.now();
  const rows = () =>
    standing.map(({ what, by, isOwn, since, until }) => [
      printableLine(thingText(what)),
      `${printableLine(by)}${isOwn ? ' (you)' : ''}`,
      instantText(Date.parse(since), nowMs),
      instantText(Date.parse(until), nowMs),
    ]);
  const columns = [
    { head: 'WHAT', shrinks: true, keepsEnd: true },
    { head: 'BY', shrinks: true, leaves: 1 },
    { head: 'SINCE', leaves: 2 },
    { head: 'UNTIL' },
  ];
  call.show(standing, () =>
    standing.length === 0 ? 'Nothing is claimed.\n' : table(columns, rows(), terminalColumns()),
  );
}
