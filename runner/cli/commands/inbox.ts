/**
 * `agent-runner inbox`: prints what is unread in an inbox (default: the operator's), newest last; to
 * people the newest of many. --ack then moves it to done.
 */
import { deniedText } from '#blackboard/messages/denials.ts';
import { OPERATOR } from '#blackboard/peers/operator.ts';
import { limits } from '#blackboard/system/limits.ts';
import { shortId } from '#blackboard/system/short-id.ts';
import { printableLine } from '#blackboard/text/printable.ts';
import type { Call, Declaration } from '#runner/cli/declare.ts';
import { count } from '#runner/cli/terminal/typed.ts';
import type { Inbox } from '#runner/results/messages.ts';
import { cutTo, terminalColumns } from '#runner/text/columns.ts';
import { headLine } from '#runner/text/printing.ts';
import { instantText, plural } from '#runner/text/terminal.ts';
import { answeredText, gistOf } from '#runner/verbs/gist.ts';

export const command: Declaration = {
  words: 'inbox',
  heading: 'Your inbox',
  about: 'what lies in an inbox (default: yours, the operator’s)',
  arguments: [{ name: '[peer]', completes: 'peer' }],
  options: [
    { flags: '-n, --newest <count>', about: 'unread messages to show (default: the newest 50, with --json all)' },
    { flags: '--all', about: 'go on with what was read last' },
    { flags: '--ack', about: 'move what is unread to done' },
  ],
  json: true,
  examples: ['agent-runner inbox', 'agent-runner inbox --all --json'],
  exits: { 66: 'no such peer' },
};

export async function run(
  call: Call,
  typed: string | undefined,
  options: { newest?: string; ack?: boolean; all?: boolean },
): Promise<void> {
  const { inbox } = await import('#runner/verbs/inbox.ts');
  const context = await call.context();
  const usual = call.json ? Number.POSITIVE_INFINITY : NEWEST;
  const newest = options.newest === undefined ? usual : count('-n', options.newest, 'messages', NEWEST);
  const order = { peer: typed ?? null, newest, all: options.all === true };
  const { peer, messages, older, unreadable } = await inbox(context, order);
  const unread = messages.filter(each => each.unread);
  const done = messages.filter(each => !each.unread);
  call.show(messages, () => render(peer, unread, older, done, Date.now()));
  for (const path of unreadable)
    call.warn(`${printableLine(path)} is not a message: look at it, and move it elsewhere`);
  if (!options.ack) return;
  // Only after printing: a message that nobody saw stays unread.
  const { ackShown } = await import('#runner/verbs/ack.ts');
  const { stayed } = await ackShown(context, { peer, ids: unread.map(({ id }) => id) });
  if (stayed > 0)
    call.warn(
      `${plural(stayed, 'message')} stayed: requests and questions are ${peer}'s work; agent-runner cancel <message-id> ends one`,
    );
}

const NEWEST = 50;
const textCharsMax = 160;

function render(peer: string, unread: Inbox, older: number, done: Inbox, nowMs: number): string {
  const fresh =
    unread.length === 0
      ? `Nothing unread in ${peer === OPERATOR ? 'your' : `${peer}'s`} inbox.\n`
      : `${lines(unread, nowMs)}${olderText(older, unread.length)}`;
  return done.length === 0 ? fresh : `${fresh}\nRead before:\n${lines(done, nowMs)}`;
}

const olderText = (older: number, shown: number): string =>
  older === 0 ? '' : `${plural(older, 'older message')} unread, too: agent-runner inbox -n ${older + shown}\n`;

const lines = (messages: Inbox, nowMs: number): string =>
  messages
    .map(message => {
      const { at, from, kind, id, denials, inReplyTo, answers, thread, body } = message;
      const named = answeredText(inReplyTo, answers);
      const answered = named.length > 0 ? ` to ${named.join(', ')}` : '';
      const about = thread === null ? '' : `  (thread ${headLine(thread, 60)})`;
      const denied = denials.length > 0 ? `    ${headLine(deniedText(denials), textCharsMax)}\n` : '';
      return `${shortId(id)}  ${instantText(Date.parse(at), nowMs)}  ${headLine(from, 60)}  ${kind}${answered}${about}\n    ${cutTo(gistOf(message, textCharsMax), (terminalColumns() ?? Number.POSITIVE_INFINITY) - 4)}\n${denied}${body.length > limits.messageHeadCharsMax ? `    ${body.length} characters in all: agent-runner read ${shortId(id)}\n` : ''}`;
    })
    .join('');
