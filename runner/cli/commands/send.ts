/** `agent-runner send`: delivers a message and prints its id. */
import { isGroup } from '#blackboard/messages/peer-name.ts';
import { usageError } from '#blackboard/system/errors.ts';
import { ageText } from '#blackboard/text/age.ts';
import type { Call, Declaration, OptionDeclaration } from '#runner/cli/declare.ts';
import { FORCE_OPTION, SOCKET_OPTION, STASH_OPTION } from '#runner/cli/terminal/pane-options.ts';
import { here, seconds, textAfterFile, typedOrPiped, usd } from '#runner/cli/terminal/typed.ts';
import type { Send } from '#runner/results/messages.ts';
import { stderr } from '#runner/text/output.ts';
import { headLine } from '#runner/text/printing.ts';
import type { SendInput } from '#runner/verbs/send.ts';
import type { TypeOrder } from '#runner/verbs/send-by-tmux.ts';

/** Options of every message. */
export const LETTER_OPTIONS: readonly OptionDeclaration[] = [
  { flags: '--file <path...>', about: 'attach a file', completes: 'file' },
  {
    flags: '--kind <kind>',
    about:
      'request, question, status, done or note (default: what a text says that begins "question:", "status:", "done:" or "answer:"; else request)',
    completes: ['request', 'question', 'status', 'done', 'note'],
  },
  { flags: '--thread <name>', about: 'messages of one thread may share a turn' },
  { flags: '--subject <text>', about: 'shown in lists and to the agent' },
  { flags: '--priority <level>', about: 'high, normal or low', completes: ['high', 'normal', 'low'] },
  { flags: '--budget-usd <usd>', about: 'what it and all that it causes may cost; in a turn it can only lower that' },
  { flags: '--id <key>', about: 'idempotency key: the same key is one message, however often it is sent' },
  { flags: '--from <peer>', about: 'send in the name of this peer', completes: 'peer' },
];

/** How a text gets to a session. */
export const VIA_OPTIONS: readonly OptionDeclaration[] = [
  {
    flags: '--via <way>',
    about:
      'inbox (default), or tmux: typed into the pane of a session, proven by its transcript; only in a terminal of yours',
    completes: ['inbox', 'tmux'],
  },
  { flags: '--log-text', about: 'with --via tmux: the text itself into logs/panes.jsonl, too' },
  STASH_OPTION,
  FORCE_OPTION,
  SOCKET_OPTION,
];

export const command: Declaration = {
  words: 'send',
  heading: 'Messages',
  about: 'send a message; prints its id',
  arguments: [
    { name: '<peer>', about: 'its name, or the beginning of it; a group of config.yaml: @backend', completes: 'peer' },
    { name: '[text]', about: 'the message; "-" reads it from stdin' },
  ],
  options: [
    ...LETTER_OPTIONS,
    ...VIA_OPTIONS,
    { flags: '--wait <seconds>', about: 'wait for the reply and print it' },
    { flags: '--no-wake', about: 'a session that is idle is left so, and hears of it at its next prompt' },
    { flags: '--not-before <when>', about: 'held until then: 18:30, "tomorrow 09:00", +2h, 2026-11-21T09:00' },
    { flags: '--expires <when>', about: 'dead (and you are told) if it is not begun by then' },
  ],
  json: true,
  examples: [
    'agent-runner send reviewer "review the last commit"',
    'agent-runner send reviewer --file report.pdf --id weekly-47 "read this"',
    'agent-runner send work:1.0 --via tmux "go on with the second half"',
  ],
  exits: {
    64: 'nothing to send, a wrong option, or with --via tmux no text, or a pane too small to name one',
    65: 'the --id was used before with other words or files',
    66: 'no such peer or file',
    69: 'with --via tmux: no tmux',
    75: "the peer's queue is full; of a group: some did not get it; with --via tmux: its gate is closed now, or nothing proves that it was sent",
    77: 'too many hops, or a file that this turn may not send; with --wait those of `ask`; with --via tmux: no person calls',
  },
  allowsExcess: true,
};

export interface SendOptions {
  file?: string[];
  kind?: string;
  thread?: string;
  subject?: string;
  priority?: string;
  id?: string;
  from?: string;
  budgetUsd?: string;
  wait?: string;
  notBefore?: string;
  expires?: string;
  /** false: an idle session is not woken for it. */
  wake?: boolean;
  via?: string;
  force?: boolean;
  stash?: boolean;
  logText?: boolean;
  socket?: string;
}

export async function run(
  call: Call,
  peer: string,
  text: string | undefined,
  options: SendOptions,
): Promise<number | undefined> {
  const nowMs = Date.now();
  if (goesByTmux(options)) {
    const { sendByTmux } = await import('#runner/verbs/send-by-tmux.ts');
    call.show(
      await sendByTmux(await call.context(), typeOrder(peer, text, options)),
      ({ delivery }) => `${delivery}\n`,
    );
    return;
  }
  const input = await letterOf(peer, text, options);
  if (options.wait !== undefined) {
    if (isGroup(peer))
      throw usageError(
        `send waits for one peer, and ${peer.slice(0, 60)} is a group`,
        `Try: agent-runner ask ${peer.slice(0, 60)} "…"`,
      );
    const { askAndTell } = await import('#runner/cli/terminal/asking.ts');
    return askAndTell(call, { ...input, timeoutMs: seconds('--wait', options.wait) });
  }
  if (isGroup(peer)) return (await import('#runner/cli/terminal/tell-all.ts')).tellAll(call, { ...input, to: [peer] });
  const { send } = await import('#runner/verbs/send.ts');
  tellSent(call, await send(await call.context(), input), nowMs);
}

/** What is typed into a pane. */
export const typeOrder = (name: string, text: string | undefined, options: SendOptions): TypeOrder => ({
  ...{ name, socket: options.socket, force: options.force === true },
  ...{ stash: options.stash === true, logsText: options.logText === true },
  text: typedOrPiped(text),
});

/** Throws 64 for options that mean nothing there: a pane has no threads, files and priorities. */
export function goesByTmux({ via = 'inbox', ...options }: SendOptions): boolean {
  if (via !== 'inbox' && via !== 'tmux')
    throw usageError(`expected --via inbox or --via tmux, got ${JSON.stringify(via.slice(0, 60))}`);
  const meaningless = via === 'tmux' ? OF_INBOXES : OF_PANES;
  // commander says that `wake` is true where nobody has typed --no-wake.
  const wrong = meaningless.find(name => options[name] !== undefined && !(name === 'wake' && options.wake));
  if (wrong === undefined) return via === 'tmux';
  const flag = `--${wrong === 'wake' ? 'no-wake' : wrong.replace(/[A-Z]/g, letter => `-${letter.toLowerCase()}`)}`;
  throw usageError(via === 'tmux' ? `${flag} means nothing with --via tmux` : `${flag} is for --via tmux`);
}

const OF_PANES = ['force', 'stash', 'logText', 'socket'] as const;
const OF_INBOXES = [
  ...(['file', 'kind', 'thread', 'subject', 'priority', 'budgetUsd', 'id', 'from'] as const),
  ...(['wait', 'notBefore', 'expires', 'wake'] as const),
];

/** What is sent, from what was typed. */
export async function letterOf(to: string, text: string | undefined, options: SendOptions): Promise<SendInput> {
  const { kind, thread, subject, priority, from, id: key, notBefore, expires, wake } = options;
  const budgetUsd = options.budgetUsd === undefined ? undefined : usd('--budget-usd', options.budgetUsd);
  const said = await textAfterFile(text, options.file ?? [], process.argv);
  return {
    to,
    text: typedOrPiped(said.text),
    files: said.files,
    cwd: here(),
    ...{ kind, thread, subject, priority, from, key, notBefore, expires, wake, budgetUsd },
    // A person who has forgotten `start` would wait for nothing; a program knows what it does.
    explains: stderr.isTTY,
  };
}

/** `nowMs`: when the command was called. */
export function tellSent(call: Call, sent: Send, nowMs: number): void {
  const { id, delivery, notBefore, waits, reach } = sent;
  if (delivery === 'duplicate') call.warn(`already sent: ${id}`);
  else if (notBefore) call.warn(`held until ${localText(Date.parse(notBefore), nowMs)}`);
  call.show(sent, () => `${id}\n`);
  if (waits) call.warn(`the message waits: ${waits}`);
  else if (reach) call.warn(`it is read ${WHEN[reach.when]}: ${headLine(reach.proof, 300)}`);
}

const WHEN = { now: 'now', 'next-turn': 'with its next turn', back: 'when it is back' };

/** How a person's "18:30" was understood. */
const localText = (atMs: number, nowMs: number): string =>
  `${new Date(atMs).toString().slice(0, 33)} (in ${ageText(atMs - nowMs)})`;
