/** Reads an agent's last turns, newest last: who asked what, and the answer. A running turn is included. */
import { locate } from '#blackboard/inbox/locate.ts';
import type { AgentLayout, TurnLayout } from '#blackboard/layout.ts';
import { readOwnMessage } from '#blackboard/messages/own-message.ts';
import { type Files, readText } from '#blackboard/system/files.ts';
import { limits } from '#blackboard/system/limits.ts';
import { readRecord } from '#blackboard/system/record.ts';
import { readEnded } from '#blackboard/turns/long-answer.ts';
import type { Intent } from '#blackboard/turns/turn-records.ts';
import { listTurns } from '#blackboard/turns/turns.ts';
import { requireAgent } from '#runner/agents/known-agent.ts';
import type { Peek } from '#runner/results/agents.ts';
import type { VerbContext } from '#runner/verbs/context.ts';
import { requireWhole } from '#runner/verbs/whole-number.ts';

const TURNS_MAX = 999_999;

/** `count`: how many turns. Throws 66 for an unknown agent. */
export async function peek({ files, root }: VerbContext, order: { name: string; count: number }): Promise<Peek> {
  requireWhole('count', order.count, 1, TURNS_MAX);
  const layout = await requireAgent(files, root, order.name);
  const turns = (await listTurns(files, layout.turns)).sort((a, b) => a.number - b.number).slice(-order.count);
  const exchanges: Peek = [];
  for (const turn of turns) exchanges.push(await readExchange(files, layout, turn));
  return exchanges;
}

async function readExchange(files: Files, layout: AgentLayout, paths: TurnLayout): Promise<Peek[number]> {
  const intent = await readRecord<Intent>(files, paths.intent).catch(() => null);
  const ended = await readEnded(files, paths).catch(() => null);
  const messages: Peek[number]['messages'] = [];
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
