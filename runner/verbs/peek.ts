/** Reads an agent's last turns, or what was said last in a session, newest last. A running turn is included. */
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
import type { Exchange, Peek } from '#runner/results/agents.ts';
import type { VerbContext } from '#runner/verbs/context.ts';
import { meansSession } from '#runner/verbs/session-pane.ts';
import { requireTranscript } from '#runner/verbs/session-said.ts';
import { requireWhole } from '#runner/verbs/whole-number.ts';

const TURNS_MAX = 999_999;

/** `count`: how many turns, or texts. Throws 66 for an unknown agent or session. */
export async function peek(
  context: VerbContext,
  order: { name: string; count: number; socket?: string | undefined },
): Promise<Peek> {
  const { files, root } = context;
  requireWhole('count', order.count, 1, TURNS_MAX);
  if (await meansSession(context, order)) {
    const path = await requireTranscript(context, order);
    const { readSaid } = await import('#runner/panes/transcript.ts');
    return readSaid(path, order.count).texts;
  }
  const layout = await requireAgent(files, root, order.name);
  const turns = (await listTurns(files, layout.turns)).sort((a, b) => a.number - b.number).slice(-order.count);
  const exchanges: Exchange[] = [];
  for (const turn of turns) exchanges.push(await readExchange(files, layout, turn));
  return exchanges;
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
