/** `agent-runner notify`: sends a signal to a peer, to start a turn now. It carries no text. */
import { exitCode } from '#blackboard/system/errors.ts';
import { printableLine } from '#blackboard/text/printable.ts';
import type { Call, Declaration } from '#runner/cli/declare.ts';
import { here, seconds } from '#runner/cli/terminal/typed.ts';
import type { Notify } from '#runner/results/signals.ts';
import { printJson } from '#runner/text/printing.ts';
import { whileWaiting } from '#runner/text/waiting.ts';
import type { NotifyInput } from '#runner/verbs/notify.ts';

export const command: Declaration = {
  words: 'notify',
  heading: 'Signals',
  about: 'start a turn of a peer now; carries no text. Exit 0 confirmed or queued, 69 unavailable, 77 refused',
  arguments: [
    { name: '[peer]', about: 'an agent or a session, by its name or by (an end of) its id', completes: 'peer' },
  ],
  options: [
    { flags: '--agent <name>', about: 'an agent', completes: 'agent' },
    { flags: '--session-id <uuid>', about: 'an interactive session, as list --json names it' },
    { flags: '--all', about: 'everybody who can be notified' },
    { flags: '--type <type>', about: 'wake or file_changed', fallback: 'wake', completes: ['wake', 'file_changed'] },
    { flags: '--path <file>', about: 'the file that has changed; it must lie where the peer works', completes: 'file' },
    { flags: '--wait <seconds>', about: 'wait for the proof that a turn has started' },
  ],
  json: true,
  examples: ['agent-runner notify reviewer', 'agent-runner notify --all --type wake --wait 5'],
  exits: { 64: 'wrong options', 66: 'no such peer', 69: 'unavailable (nobody serves it)', 77: 'refused' },
};

type Options = Omit<NotifyInput, 'peer' | 'cwd' | 'waitMs'> & { wait?: string };

export async function run(call: Call, peer: string | undefined, { wait, ...options }: Options): Promise<number> {
  const { notify } = await import('#runner/verbs/notify.ts');
  const context = await call.context();
  const waitMs = wait === undefined ? 0 : seconds('--wait', wait);
  const told = await whileWaiting('waiting for a turn to start', call, () =>
    notify(context, { ...options, peer, cwd: here(), waitMs }),
  );
  if (call.json) printJson(options.all ? told : told[0]);
  else for (const each of told) tell(each);
  if (told.some(({ result }) => result === 'refused')) return exitCode.refused;
  // Of all peers, those that do not run are no failure of those that do.
  const isReached = told.some(({ result }) => result === 'confirmed' || result === 'queued');
  return isReached ? exitCode.ok : exitCode.notRunning;
}

function tell({ peer, ...told }: Notify): void {
  switch (told.result) {
    case 'confirmed':
      process.stdout.write(`${peer}: confirmed: turn ${told.turn} has started\n`);
      return;
    case 'queued':
      process.stdout.write(`${peer}: queued: seen in this turn or the next\n`);
      return;
    case 'unavailable':
      process.stderr.write(`${peer}: unavailable: ${printableLine(told.reason ?? '')}\n`);
      return;
    case 'refused': {
      const again = told.retryAt ? `; try again at ${told.retryAt}` : '';
      process.stderr.write(`${peer}: refused (${told.code}): ${printableLine(told.reason ?? '')}${again}\n`);
    }
  }
}
