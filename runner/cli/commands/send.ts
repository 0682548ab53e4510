/** `agent-runner send`: delivers a message and prints its id. */

import { requireRoot, rootPath } from '#blackboard/root.ts';
import { exitCode } from '#blackboard/system/errors.ts';
import { createSyncFiles } from '#blackboard/system/sync-files.ts';
import { ageText } from '#blackboard/text/age.ts';
import type { Declaration } from '#runner/cli/declare.ts';
import type { GlobalOptions } from '#runner/cli/terminal/global-options.ts';
import { type Addressed, addressLetter, deliverLetter, type Letter, readWords } from '#runner/messages/outgoing.ts';
import { textAfterFile } from '#runner/messages/text-after-file.ts';
import { wakeSession } from '#runner/messages/wake-session.ts';
import { printJson } from '#runner/text/printing.ts';

export const command: Declaration = {
  words: 'send',
  heading: 'Messages',
  about: 'send a message; prints its id',
  arguments: [
    { name: '<peer>', completes: 'peer' },
    { name: '[text]', about: 'the message; "-" reads it from stdin' },
  ],
  options: [
    { flags: '--file <path...>', about: 'attach a file', completes: 'file' },
    {
      flags: '--kind <kind>',
      about: 'request, question, status, done or note',
      fallback: 'request',
      completes: ['request', 'question', 'status', 'done', 'note'],
    },
    { flags: '--thread <name>', about: 'messages of one thread may share a turn' },
    { flags: '--subject <text>', about: 'shown in lists and to the agent' },
    { flags: '--priority <level>', about: 'high, normal or low', completes: ['high', 'normal', 'low'] },
    { flags: '--id <key>', about: 'idempotency key: the same key is one message, however often it is sent' },
    { flags: '--from <peer>', about: 'send in the name of this peer', completes: 'peer' },
    { flags: '--wait <seconds>', about: 'wait for the reply and print it' },
    { flags: '--no-wake', about: 'a session that is idle is left so, and hears of it at its next prompt' },
    { flags: '--not-before <when>', about: 'held until then: 18:30, "tomorrow 09:00", +2h, 2026-11-21T09:00' },
    { flags: '--expires <when>', about: 'dead (and you are told) if it is not begun by then' },
  ],
  json: true,
  examples: [
    'agent-runner send reviewer "review the last commit"',
    'agent-runner send reviewer --file report.pdf --id weekly-47 "read this"',
  ],
  exits: {
    64: 'nothing to send, or a wrong option',
    65: 'the --id was used before with other words or files',
    66: 'no such peer or file',
    75: "the peer's queue is full",
    77: 'too many hops, or a file that this turn may not send; with --wait those of `ask`',
  },
  allowsExcess: true,
};

export interface SendOptions {
  file?: string[];
  kind: string;
  thread?: string;
  subject?: string;
  priority?: string;
  id?: string;
  from?: string;
  wait?: string;
  notBefore?: string;
  expires?: string;
  /** false: an idle session is not woken for it. */
  wake?: boolean;
}

export async function run(
  global: GlobalOptions,
  peer: string,
  text: string | undefined,
  options: SendOptions,
): Promise<number> {
  const files = createSyncFiles();
  const root = await requireRoot(rootPath(global.root, process.env));
  const { kind, thread, subject, priority, from, notBefore, expires } = options;
  const letter: Letter = {
    to: peer,
    ...(await textAfterFile(text, options.file ?? [], process.argv)),
    kind,
    thread,
    subject,
    priority,
    from,
    key: options.id,
    notBefore,
    expires,
    wake: options.wake,
  };
  const json = global.json === true;
  const addressed = await addressLetter(files, root, process.env, letter, Date.now());
  const { stdin } = process;
  if (options.wait !== undefined) {
    // Waiting reads messages, and reading them needs YAML: only who waits loads it.
    const { parseSeconds, sendAndWait } = await import('#runner/messages/asking.ts');
    const timeoutMs = parseSeconds('--wait', options.wait);
    return sendAndWait({ files, root, letter, addressed, timeoutMs, json, stdin, isWaking: options.wake !== false });
  }
  const delivery = await deliverLetter(files, letter, addressed, await readWords(letter, stdin));
  if (delivery === 'duplicate') process.stderr.write(`agent-runner: already sent: ${addressed.id}\n`);
  else if (addressed.notBeforeMs !== null) process.stderr.write(`agent-runner: held until ${localText(addressed)}\n`);
  if (json) printJson({ id: addressed.id, to: addressed.to, delivery, ...held(addressed) });
  else process.stdout.write(`${addressed.id}\n`);
  if (options.wake !== false) await wakeSession(root, addressed);
  // A person who has forgotten `start` would wait for nothing; a program knows what it does.
  if (process.stderr.isTTY) {
    const { whyUnattended } = await import('#runner/status/unattended.ts');
    const why = await whyUnattended(files, root, addressed.to, Date.now());
    if (why) process.stderr.write(`agent-runner: the message waits: ${why}\n`);
  }
  return exitCode.ok;
}

const held = ({ notBeforeMs }: Addressed) =>
  notBeforeMs === null ? {} : { notBefore: new Date(notBeforeMs).toISOString() };

/** What a person's "18:30" was taken for. */
const localText = ({ notBeforeMs, atMs }: Addressed): string =>
  `${new Date(notBeforeMs!).toString().slice(0, 33)} (in ${ageText(notBeforeMs! - atMs)})`;
