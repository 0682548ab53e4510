/** `agent-runner notify`: sends a signal to a peer, to start a turn now. It carries no text. */
import { exitCode, usageError } from '#blackboard/system/errors.ts';
import { printableLine } from '#blackboard/text/printable.ts';
import type { Declaration } from '#runner/cli/declare.ts';
import type { GlobalOptions } from '#runner/cli/terminal/global-options.ts';
import { here } from '#runner/cli/terminal/here.ts';
import type { Notify } from '#runner/results/signals.ts';
import { printJson } from '#runner/text/printing.ts';
import { showWaiting } from '#runner/text/waiting.ts';
import { verbContext } from '#runner/verbs/context.ts';

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

export interface NotifyOptions {
  agent?: string;
  sessionId?: string;
  all?: boolean;
  type: string;
  path?: string;
  wait?: string;
}

export async function run(global: GlobalOptions, peer: string | undefined, options: NotifyOptions): Promise<number> {
  const { notify } = await import('#runner/verbs/notify.ts');
  const told = await showingWait(
    global.json,
    notify(await verbContext(global.root, process.env), {
      peer,
      agent: options.agent,
      sessionId: options.sessionId,
      all: options.all || undefined,
      type: options.type,
      path: options.path,
      cwd: here(),
      waitMs: readWait(options.wait),
    }),
  );
  if (global.json) printJson(options.all ? told : told[0]);
  else for (const each of told) tell(each);
  if (told.some(({ result }) => result === 'refused')) return exitCode.refused;
  // Of all peers, those that do not run are no failure of those that do.
  const isReached = told.some(({ result }) => result === 'confirmed' || result === 'queued');
  return isReached ? exitCode.ok : exitCode.notRunning;
}

async function showingWait<T>(json: boolean | undefined, work: Promise<T>): Promise<T> {
  using _shown = showWaiting('waiting for a turn to start', { json });
  return await work;
}

function readWait(text: string | undefined): number {
  if (text === undefined) return 0;
  const seconds = Number(text);
  if (!(seconds >= 0 && seconds <= 86_400)) throw usageError(`--wait: expected seconds, got ${JSON.stringify(text)}`);
  return seconds * 1000;
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
