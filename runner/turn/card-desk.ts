/**
 * Brings the questions of a running turn to a person, and the answers back: reads what claude asks in its stream, raises a
 * card, and waits for the card's end. The answer is taken by one durable record before it is sent, so it serves one call
 * at most. The runner's death leaves the card: the same call for the same message finds it again.
 */
import { watch } from 'node:fs';
import { askPerson } from '#blackboard/cards/ask-person.ts';
import type { Card, CardEnd } from '#blackboard/cards/card.ts';
import { cardEndWords } from '#blackboard/cards/card-words.ts';
import { isOverdue, raiseCard, readCard, useCard } from '#blackboard/cards/cards.ts';
import { closeCard } from '#blackboard/cards/close-card.ts';
import { rootLayout, type TurnLayout } from '#blackboard/layout.ts';
import { lifeOfInbox } from '#blackboard/peers/agent-life.ts';
import { reasonOf } from '#blackboard/system/errors.ts';
import { limits } from '#blackboard/system/limits.ts';
import { type BackgroundService, createLookLoop } from '#blackboard/system/look-loop.ts';
import type { Intent } from '#blackboard/turns/turn-records.ts';
import { streamOf } from '#blackboard/turns/turn-stream.ts';
import { cardOf, decisionOf, type PermissionRequest } from '#hooks/claude/permission-request.ts';
import { parseStreamLine } from '#hooks/claude/stream.ts';
import { keepRules } from '#runner/agents/kept-rules.ts';
import type { Run } from '#runner/claude/port.ts';
import type { AgentContext } from '#runner/turn/agent-ports.ts';

/** `onAsking` is told whether claude waits for a person. */
export function createCardDesk(
  context: AgentContext,
  turn: TurnLayout,
  intent: Intent,
  run: Run,
  onAsking: (isAsking: boolean) => void,
): BackgroundService {
  const { files, root, clock, layout, definition } = context;
  const place = streamOf(turn, intent);
  const work = intent.messages.find(({ rider }) => !rider);
  /** What claude waits for, the oldest first, each with the card that it has. */
  const open: { request: PermissionRequest; card: Card | null }[] = [];
  let offset = place.from;
  let rest = '';
  const decoder = new TextDecoder();

  async function readRequests(): Promise<void> {
    for (;;) {
      const bytes = await files.read(place.stream, { offset, bytesMax: limits.streamChunkBytes });
      if (!bytes || bytes.length === 0) return;
      offset += bytes.length;
      const lines = (rest + decoder.decode(bytes, { stream: true })).split('\n');
      rest = lines.pop() ?? '';
      for (const line of lines) if (line.includes('"control_')) await hear(line);
    }
  }

  async function hear(line: string): Promise<void> {
    const event = parseStreamLine(line);
    if (event.type === 'asked') open.push({ request: event, card: null });
    if (event.type !== 'askEnded') return;
    const at = open.findIndex(({ request }) => request.requestId === event.requestId);
    const [gone] = at < 0 ? [] : open.splice(at, 1);
    if (gone?.card) await close(gone.card, { kind: 'withdrawn', at: now(), reason: 'claude takes the question back' });
  }

  const now = () => new Date(clock.nowMs()).toISOString();

  async function raise(request: PermissionRequest): Promise<Card> {
    const { card, end } = await raiseCard(files, root, {
      ...cardOf(request),
      peer: layout.name,
      life: await lifeOfInbox(files, layout.inbox),
      turn: turn.number,
      message: work?.id ?? null,
      tool: request.tool,
      arguments: request.input,
      reason: request.reason,
      rules: request.rules,
      at: now(),
      untilAt: new Date(clock.nowMs() + definition.approvalTimeout).toISOString(),
    });
    if (end === null) await askPerson(context, card);
    return card;
  }

  const close = async (card: Card, end: CardEnd): Promise<CardEnd> => (await closeCard(context, card, end)).end;

  /** True: claude has its answer. */
  async function attend(each: (typeof open)[number]): Promise<boolean> {
    each.card ??= await raise(each.request);
    const { card, request } = each;
    const nowMs = clock.nowMs();
    const standing = await readCard(files, root, card.id, nowMs);
    const isLate = standing?.end?.kind === 'expired' || isOverdue(card, nowMs);
    const end = isLate ? await close(card, { kind: 'expired', at: card.untilAt }) : (standing?.end ?? null);
    if (end === null) return false;
    // Kept first: what a person allowed for good holds although the runner dies here.
    if (end.kind === 'allowed' && end.always) await keepRules(files, layout, card.rules);
    const isOurs = await useCard(files, root, card.id, { at: now(), turn: turn.number, call: request.call });
    if (!isOurs || end.kind === 'withdrawn') {
      each.card = null;
      return attend(each);
    }
    // The person who ended it may have died before the note was put away.
    await closeCard(context, card, end);
    const given = { id: card.id, turn: turn.number, tool: card.tool, text: cardEndWords(end) };
    void context.emit({ type: 'card.given', ...given });
    run.answer?.(request.requestId, decisionOf(request, end, card.rules));
    return true;
  }

  let isAsking = false;
  const loop = createLookLoop({
    clock,
    onError: error => void context.emit({ type: 'part.failed', part: 'approvals', problem: reasonOf(error) }),
    async look() {
      await readRequests();
      for (const each of [...open]) if (await attend(each)) open.splice(open.indexOf(each), 1);
      if (open.length > 0 !== isAsking) {
        isAsking = open.length > 0;
        onAsking(isAsking);
        if (isAsking) follow(rootLayout(root).cards);
      }
      const soonestMs = Math.min(...open.map(({ card }) => Date.parse(card!.untilAt) - clock.nowMs()));
      return open.length > 0 ? Math.max(1, Math.min(limits.cardLookMs, soonestMs)) : limits.streamLookMs;
    },
  });

  /** Where there are no watches left, the next look finds it. */
  const watching: { close(): void }[] = [];
  const followed = new Set<string>();
  function follow(path: string): void {
    if (followed.has(path)) return;
    followed.add(path);
    try {
      watching.push(watch(path, { persistent: false }, () => loop.hint()).on('error', () => {}));
    } catch {
      // As above.
    }
  }

  return {
    start() {
      follow(place.stream);
      loop.start();
    },
    hint: loop.hint,
    async [Symbol.asyncDispose]() {
      for (const each of watching) each.close();
      await loop[Symbol.asyncDispose]();
      if (isAsking) onAsking(false);
    },
  };
}
