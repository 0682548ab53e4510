/**
 * `agent-runner peek <name> [count]`: the last turns of an agent, the newest last: who asked what, and what came of
 * it. A turn that runs is told, too.
 */

import { locate } from '#blackboard/inbox/locate.ts';
import type { AgentLayout, TurnLayout } from '#blackboard/layout.ts';
import { readOwnMessage } from '#blackboard/messages/own-message.ts';
import { requireRoot, rootPath } from '#blackboard/root.ts';
import { createDiskFiles } from '#blackboard/system/disk-files.ts';
import { exitCode, usageError } from '#blackboard/system/errors.ts';
import { type Files, readText } from '#blackboard/system/files.ts';
import { limits } from '#blackboard/system/limits.ts';
import { readRecord } from '#blackboard/system/record.ts';
import { shortId } from '#blackboard/system/short-id.ts';
import { readEnded } from '#blackboard/turns/long-answer.ts';
import type { Ended, Intent } from '#blackboard/turns/turn-records.ts';
import { listTurns } from '#blackboard/turns/turns.ts';
import { requireAgent } from '#runner/agents/known-agent.ts';
import type { Declaration } from '#runner/cli/declare.ts';
import type { GlobalOptions } from '#runner/cli/terminal/global-options.ts';
import { terminalColumns, wrapTo } from '#runner/text/columns.ts';
import { headLine, printJson, printText } from '#runner/text/printing.ts';
import { instantText, paintFor, plural, usdText } from '#runner/text/terminal.ts';

export const command: Declaration = {
  words: 'peek',
  heading: 'What they do',
  about: 'what an agent was asked last, and what it answered',
  arguments: [
    { name: '<name>', completes: 'agent' },
    { name: '[count]', about: 'turns to show', fallback: '1' },
  ],
  json: true,
  examples: ['agent-runner peek reviewer', 'agent-runner peek reviewer 3 --json'],
  exits: { 64: 'wrong count', 66: 'no such agent' },
};

export async function run(global: GlobalOptions, name: string, count: string): Promise<number> {
  if (!/^[1-9]\d{0,5}$/.test(count))
    throw usageError(
      `expected how many turns to show, got ${JSON.stringify(count)}`,
      `For example: agent-runner peek ${name} 3`,
    );
  const files = createDiskFiles();
  const root = await requireRoot(rootPath(global.root, process.env));
  const layout = await requireAgent(files, root, name);
  const turns = (await listTurns(files, layout.turns)).sort((a, b) => a.number - b.number).slice(-Number(count));
  const exchanges: Exchange[] = [];
  for (const turn of turns) exchanges.push(await readExchange(files, layout, turn));
  if (global.json) printJson(exchanges);
  else if (exchanges.length === 0) process.stdout.write(`${name} has had no turn yet.\n`);
  else for (const each of exchanges) print(name, each, Date.now());
  return exitCode.ok;
}

/** One turn: what it was given, and how it ended. */
interface Exchange {
  turn: number;
  kind: Intent['kind'] | null;
  startedAt: string | null;
  /** null: it runs, or nobody has decided on it yet. */
  endedAt: string | null;
  verdict: Ended['verdict']['kind'] | null;
  reason: string | null;
  costUsd: number | null;
  messages: { id: string; from: string; kind: string; subject: string | null; body: string | null }[];
  answer: string | null;
}

async function readExchange(files: Files, layout: AgentLayout, paths: TurnLayout): Promise<Exchange> {
  const intent = await readRecord<Intent>(files, paths.intent).catch(() => null);
  const ended = await readEnded(files, paths).catch(() => null);
  const messages: Exchange['messages'] = [];
  for (const { id, from, kind } of intent?.messages ?? []) {
    const place = await locate(files, layout.inbox, id);
    const text = place && (await readText(files, place.path, limits.recordBytesMax));
    const message = text ? readOwnMessage(text) : null;
    messages.push({ id, from, kind, subject: message?.subject ?? null, body: message?.body ?? null });
  }
  const verdict = ended?.verdict ?? null;
  return {
    turn: paths.number,
    kind: intent?.kind ?? null,
    startedAt: intent?.at ?? null,
    endedAt: ended?.at ?? null,
    verdict: verdict?.kind ?? null,
    reason: verdict && 'reason' in verdict ? verdict.reason : null,
    costUsd: ended?.costUsd ?? null,
    messages,
    answer: verdict?.kind === 'answered' ? verdict.text : null,
  };
}

const WHAT: Readonly<Record<Intent['kind'], string>> = {
  work: '',
  signal: ', by a signal',
  handoff: ', hand-off to a new session',
  burial: ', what had expired',
};

function print(name: string, exchange: Exchange, nowMs: number): void {
  const paint = paintFor(process.stdout, process.env);
  const { turn, kind, startedAt, endedAt, costUsd, messages, answer, verdict, reason } = exchange;
  const at = startedAt === null ? '' : `, ${instantText(Date.parse(startedAt), nowMs)}`;
  // Our own lines; what was said stays as it is.
  const head = (text: string) => process.stdout.write(`${wrapTo(text, terminalColumns())}\n`);
  head(paint.bold(`turn ${turn}${at}${kind ? WHAT[kind] : ''}`));
  for (const { id, from, kind, subject, body } of messages) {
    head(paint.dim(`${headLine(from, 60)}, ${kind} ${shortId(id)}${subject ? `: ${headLine(subject, 200)}` : ''}`));
    printText(body ?? '(its file is gone)');
  }
  const cost = costUsd ? `, ${usdText(costUsd)}` : '';
  const end = endedAt === null ? 'not ended yet' : `${verdict}${reason ? `: ${headLine(reason, 300)}` : ''}${cost}`;
  head(paint.dim(`${name}, ${end}${messages.length > 1 ? ` (${plural(messages.length, 'message')})` : ''}`));
  if (answer !== null) printText(answer);
  process.stdout.write('\n');
}
