/**
 * Books what a resident claude did after its last turn for nobody of ours (a peer on its inbox socket, a timer of its own).
 * It is ended for that (runner/claude/resident.ts); what it said meanwhile stands in its output, and no turn's decision has counted it.
 */
import { turnLayout } from '#blackboard/layout.ts';
import { localDay } from '#blackboard/system/clock.ts';
import { limits } from '#blackboard/system/limits.ts';
import { isAlive } from '#blackboard/system/process-identity.ts';
import { readRecord, writeRecord } from '#blackboard/system/record.ts';
import { readEnded } from '#blackboard/turns/long-answer.ts';
import { latestTurn } from '#blackboard/turns/newest-turn.ts';
import { recordOthers } from '#blackboard/turns/spending.ts';
import type { Ended, Intent, Others } from '#blackboard/turns/turn-records.ts';
import { readStream, streamOf } from '#blackboard/turns/turn-stream.ts';
import { isClosed, readChild } from '#blackboard/turns/turns.ts';
import { summarizeStream } from '#hooks/claude/stream-summary.ts';
import type { AgentContext } from '#runner/turn/agent-ports.ts';
import { previousEnded } from '#runner/turn/decide.ts';
import { costOfTurn } from '#runner/turn/gates/money.ts';

/**
 * USD of it, durably booked, once its process is gone; 0: nothing. `previous`: the newest decision. After a death half-way the
 * cost is booked again under the same key, and counts once.
 */
export async function bookOthers(context: AgentContext, previous: Ended | null): Promise<number> {
  const { files, root, layout } = context;
  if (!previous?.heard) return 0;
  const turn = turnLayout(layout.turns, previous.heard.turn);
  const booked = await readRecord<Others>(files, turn.others);
  if (booked) return booked.usd;
  const child = await readChild(files, turn);
  const intent = await readRecord<Intent>(files, turn.intent);
  if (!intent || child.kind !== 'started' || (await isAlive(child.identity))) return 0;
  const ended = previous.turn === turn.number ? previous : await readEnded(files, turn);
  if (!ended) return 0;
  const place = { ...streamOf(turn, intent), from: previous.heard.bytes };
  const summary = summarizeStream((await readStream(files, place)) ?? '', intent.line ?? null);
  const request = { promptBytes: 0, contextTokens: ended.session?.contextTokens ?? 0, elapsedMs: 0 };
  const { usd } = costOfTurn(summary, { baselineUsd: 0, perTurnUsd: intent.perTurnUsd }, request);
  if (usd === 0) return 0;
  // The day of its last word, for one who books it again after midnight.
  const wroteAtMs = (await files.facts(place.stream))?.mtimeMs ?? context.clock.nowMs();
  await recordOthers(files, root, layout.name, { turn: turn.number, at: ended.at, day: localDay(wroteAtMs), usd });
  await writeRecord(files, turn.others, { at: new Date(wroteAtMs).toISOString(), usd } satisfies Others);
  return usd;
}

/** The same as soon as the turn after which it was noticed is over; if that lasts too long, the next turn does it. */
export async function bookOthersSoon(context: AgentContext): Promise<void> {
  const { files, clock, layout } = context;
  const untilMs = clock.monotonicMs() + limits.residentEndMs;
  do {
    const last = await latestTurn(files, layout.turns);
    if (await isClosed(files, turnLayout(layout.turns, last))) {
      await bookOthers(context, await previousEnded(context, last + 1));
      return;
    }
    await clock.sleep(limits.residentLookMs);
  } while (clock.monotonicMs() < untilMs);
}
