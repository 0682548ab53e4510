/** `agent-runner peek <peer> [count]`: prints an agent's last turns, or what was said last in a session. */
import { shortId } from '#blackboard/system/short-id.ts';
import type { Call, Declaration } from '#runner/cli/declare.ts';
import { SOCKET_OPTION } from '#runner/cli/terminal/pane-options.ts';
import { printSaid } from '#runner/cli/terminal/pane-text.ts';
import { count } from '#runner/cli/terminal/typed.ts';
import type { Exchange } from '#runner/results/agents.ts';
import type { Said } from '#runner/results/panes.ts';
import { headLine, printJson, printLines, printText } from '#runner/text/printing.ts';
import { instantText, paintFor, plural, usdText, verdictText } from '#runner/text/terminal.ts';

export const command: Declaration = {
  words: 'peek',
  heading: 'What they do',
  about: 'what an agent was asked last, and what it answered; what a session said last',
  arguments: [
    { name: '<peer>', about: 'a name, the id of a session, or a pane (work:1.0)', completes: 'peer' },
    { name: '[count]', about: 'turns to show; of a session, texts', fallback: '1' },
  ],
  options: [SOCKET_OPTION],
  json: true,
  examples: ['agent-runner peek reviewer', 'agent-runner peek work:1.0 3 --json'],
  exits: { 64: 'wrong count', 66: 'no such agent or session', 69: 'no tmux' },
};

export async function run(call: Call, name: string, typed: string, { socket }: { socket?: string }): Promise<void> {
  const { peek } = await import('#runner/verbs/peek.ts');
  const order = { name, socket, count: count(`peek ${name}`, typed, 'turns', 3, 1) };
  const seen = await peek(await call.context(), order);
  if (call.json) printJson(seen);
  else if (seen.length === 0) process.stdout.write(`${name} has had no turn yet.\n`);
  else for (const each of seen) ('role' in each ? printSaid : print)(each as Exchange & Said, Date.now(), name);
}

const WHAT: Readonly<Record<NonNullable<Exchange['kind']>, string>> = {
  work: '',
  signal: ', by a signal',
  handoff: ', hand-off to a new session',
  burial: ', what had expired',
  lent: ', lent to a person',
};

function print(exchange: Exchange, nowMs: number, name: string): void {
  const paint = paintFor(process.stdout, process.env);
  const { turn, kind, startedAt, endedAt, costUsd, messages, answer, verdict, reason } = exchange;
  const at = startedAt === null ? '' : `, ${instantText(Date.parse(startedAt), nowMs)}`;
  const head = (text: string) => printLines(`${text}\n`);
  head(paint.bold(`turn ${turn}${at}${kind ? WHAT[kind] : ''}`));
  for (const { id, from, kind, subject, body } of messages) {
    head(paint.dim(`${headLine(from, 60)}, ${kind} ${shortId(id)}${subject ? `: ${headLine(subject, 200)}` : ''}`));
    printText(body ?? '(its file is gone)');
  }
  const cost = costUsd ? `, ${usdText(costUsd)}` : '';
  const end =
    endedAt === null ? 'not ended yet' : `${verdictText(verdict ?? '', reason && headLine(reason, 300))}${cost}`;
  head(paint.dim(`${name}, ${end}${messages.length > 1 ? ` (${plural(messages.length, 'message')})` : ''}`));
  if (answer !== null) printText(answer);
  process.stdout.write('\n');
}
