/** `agent-runner dead list`: all dead letters, the newest last. */
import { nearestName } from '#blackboard/messages/peer-name.ts';
import { exitCode, isRunnerError } from '#blackboard/system/errors.ts';
import { shortId } from '#blackboard/system/short-id.ts';
import type { Call, Declaration } from '#runner/cli/declare.ts';
import { noSuchCommand } from '#runner/cli/terminal/help-of.ts';
import type { DeadList } from '#runner/results/messages.ts';
import { terminalColumns } from '#runner/text/columns.ts';
import { instantText, table } from '#runner/text/terminal.ts';

export const command: Declaration = {
  words: 'dead list',
  about: 'all dead letters',
  arguments: [{ name: '[peer]', completes: 'peer' }],
  json: true,
  examples: ['agent-runner dead list', 'agent-runner dead list reviewer --json'],
  exits: { 64: 'a word that is no peer and means another command', 66: 'no such peer' },
  isDefault: true,
};

export async function run(call: Call, typed: string | undefined): Promise<void> {
  const { deadList } = await import('#runner/verbs/dead-list.ts');
  const context = await call.context();
  const letters = await deadList(context, { peer: typed ?? null }).catch(error => {
    throw typed !== undefined && isMistyped(error, typed) ? noSuchCommand('dead', typed, SUBCOMMANDS) : error;
  });
  call.show(letters, () => (letters.length === 0 ? 'No dead letters.\n' : `${render(letters)}${NEXT}`));
}

const NEXT = '\nAll of one: agent-runner dead show <message>; once more: agent-runner dead requeue <message>\n';

/** What somebody may have meant who typed the name of no peer. */
const SUBCOMMANDS = ['list', 'show', 'requeue', 'purge'];

const isMistyped = (error: unknown, typed: string): boolean =>
  isRunnerError(error) && error.exit === exitCode.noSuch && nearestName(typed, SUBCOMMANDS) !== null;

function render(letters: DeadList): string {
  const nowMs = Date.now();
  return table(
    [
      { head: 'DIED', leaves: 2 },
      { head: 'PEER', shrinks: true, leaves: 1 },
      { head: 'MESSAGE' },
      { head: 'FROM', shrinks: true, leaves: 3 },
      { head: 'REASON', shrinks: true },
    ],
    letters.map(({ at, peer, id, from, droppedAs, reason }) => [
      instantText(Date.parse(at), nowMs),
      peer,
      shortId(id),
      from ?? '-',
      droppedAs === null ? reason : `${droppedAs}: ${reason}`,
    ]),
    terminalColumns(),
  );
}
