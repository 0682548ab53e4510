import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { decodeEvent } from '#blackboard/events/decode-event.ts';
import { cutText, encodeEvent } from '#blackboard/events/encode-event.ts';
import type { Event, EventBody } from '#blackboard/events/event.ts';
import { limits } from '#blackboard/system/limits.ts';

const text = fc.oneof(
  fc.string({ unit: 'binary' }),
  fc.string({ unit: 'grapheme', maxLength: 20 }),
  fc.constantFrom(100, 700, 20_000).map(length => '\u0001'.repeat(length)),
  fc.constantFrom(30, 900, 20_000).map(length => '\u{1f600}'.repeat(length)),
);
const count = fc.nat();
const maybeText = fc.option(text);
const is = <Type extends EventBody['type']>(type: Type) => fc.constant(type);
const message = fc.record({
  id: text,
  from: text,
  kind: text,
  mode: fc.constantFrom('body' as const, 'check' as const, 'interrupted' as const),
  rider: fc.boolean(),
  text,
});
const many = { maxLength: 12, size: 'max' as const };

/** Each type once; a type that has none here does not compile. */
const BODIES: { [Type in EventBody['type']]: fc.Arbitrary<Extract<EventBody, { type: Type }>> } = {
  'turn.elected': fc.record({ type: is('turn.elected'), turn: count }),
  'turn.started': fc.record({
    type: is('turn.started'),
    turn: count,
    kind: text,
    sessionId: text,
    resumed: fc.boolean(),
    begunAt: text,
    bySignal: fc.boolean(),
    signals: fc.option(fc.array(fc.record({ signal: text, path: maybeText, source: text }), many)),
    messages: fc.array(message, many),
  }),
  'card.asked': fc.record({
    ...{ type: is('card.asked'), id: text, turn: count, tool: text, text },
    ...{ details: text, untilAt: text, mend: text },
  }),
  'card.ended': fc.record({ type: is('card.ended'), id: text, turn: count, tool: text, how: text, text }),
  'card.given': fc.record({ type: is('card.given'), id: text, turn: count, tool: text, text }),
  'claim.taken': fc.record({ type: is('claim.taken'), what: text, untilAt: text }),
  'claim.released': fc.record({ type: is('claim.released'), what: text, by: text }),
  'claim.expired': fc.record({ type: is('claim.expired'), what: text, reason: text }),
  'turn.text': fc.record({ type: is('turn.text'), turn: count, text }),
  'turn.tool': fc.record({ type: is('turn.tool'), turn: count, tool: text, input: text }),
  'turn.toolFailed': fc.record({ type: is('turn.toolFailed'), turn: count, text }),
  'turn.retried': fc.record({
    type: is('turn.retried'),
    turn: count,
    attempt: count,
    status: fc.option(count),
    reason: text,
    waitMs: count,
  }),
  'turn.denied': fc.record({ type: is('turn.denied'), turn: count, tool: text, input: text, asker: text }),
  'turn.ended': fc.record({
    type: is('turn.ended'),
    turn: count,
    kind: maybeText,
    bySignal: fc.boolean(),
    askers: fc.array(text, many),
    verdict: text,
    reason: maybeText,
    costUsd: count,
    reportedUsd: fc.option(count),
    seconds: fc.option(count),
    cacheReadTokens: count,
    cacheWrittenTokens: count,
    cacheMissed: fc.boolean(),
    messages: fc.array(
      fc.record({ id: text, became: fc.constantFrom('done' as const, 'dead' as const, 'waiting' as const) }),
      many,
    ),
  }),
  'message.queued': fc.record({ type: is('message.queued'), id: text, from: text, kind: text, dueAt: maybeText }),
  'message.due': fc.record({ type: is('message.due'), id: text }),
  'message.purged': fc.record({ type: is('message.purged'), id: text, by: text }),
  'message.claimed': fc.record({ type: is('message.claimed'), id: text, turn: fc.option(count) }),
  'message.replied': fc.record({ type: is('message.replied'), id: text, turn: fc.option(count), reply: maybeText }),
  'message.done': fc.record({ type: is('message.done'), id: text, turn: count }),
  'message.acked': fc.record({ type: is('message.acked'), id: text }),
  'message.released': fc.record({ type: is('message.released'), id: text, turn: fc.option(count) }),
  'message.requeued': fc.record({ type: is('message.requeued'), id: text, by: text }),
  'message.buried': fc.record({
    type: is('message.buried'),
    id: text,
    turn: fc.option(count),
    reason: text,
    from: text,
    isFinal: fc.boolean(),
  }),
  'agent.parked': fc.record({ type: is('agent.parked'), code: text, reason: text, untilAt: maybeText, mend: text }),
  'agent.resumed': fc.record({ type: is('agent.resumed'), code: text }),
  'agent.held': fc.record({ type: is('agent.held'), reason: text }),
  'agent.stuck': fc.record({ type: is('agent.stuck'), problem: text, mend: maybeText }),
  'agent.faulted': fc.record({ type: is('agent.faulted'), problem: text, mend: maybeText }),
  'agent.recovered': fc.record({ type: is('agent.recovered'), problem: text, sinceAt: text }),
  'agent.skipped': fc.record({ type: is('agent.skipped'), reason: text }),
  'part.failed': fc.record({ type: is('part.failed'), part: maybeText, problem: text }),
  'part.recovered': fc.record({ type: is('part.recovered'), part: maybeText }),
  'drop.left': fc.record({
    type: is('drop.left'),
    name: text,
    path: text,
    kind: fc.constantFrom('file' as const, 'directory' as const, 'other' as const),
    errno: text,
    others: count,
  }),
  'drop.buried': fc.record({ type: is('drop.buried'), name: text, file: text, reason: text, path: text }),
  'drop.returned': fc.record({ type: is('drop.returned'), name: text, path: text }),
  'turn.left': fc.record({ type: is('turn.left'), turn: count, pid: count, untilAt: text }),
  'turn.cleared': fc.record({ type: is('turn.cleared'), turn: count, count }),
  'message.disputed': fc.record({
    type: is('message.disputed'),
    id: text,
    turn: count,
    outcome: text,
    before: maybeText,
  }),
  'signal.taken': fc.record({ type: is('signal.taken'), id: text, signal: text, path: maybeText, source: text }),
  'signals.spent': fc.record({ type: is('signals.spent'), usd: fc.option(count), turns: fc.option(count) }),
  'session.appeared': fc.record({ type: is('session.appeared'), sessionId: text, cwd: text }),
  'session.ended': fc.record({ type: is('session.ended'), sessionId: text }),
  'runner.started': fc.record({
    type: is('runner.started'),
    pid: count,
    root: text,
    once: fc.boolean(),
    agents: fc.option(count),
  }),
  'runner.stopping': fc.record({ type: is('runner.stopping'), signal: text, graceMs: fc.option(count) }),
  'runner.ended': fc.record({ type: is('runner.ended'), pid: count }),
};
const anyEvent: fc.Arbitrary<Event> = fc
  .tuple(fc.option(text), fc.oneof(...(Object.values(BODIES) as fc.Arbitrary<EventBody>[])))
  .map(([peer, body]) => ({ at: '2026-11-21T12:00:00.000Z', peer, ...body }));

const CONTROL =
  // biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what is looked for.
  /[\u0000-\u0009\u000b-\u001f\u007f-\u009f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069]|[\u{e0000}-\u{e007f}]/u;

describe('an event’s line', () => {
  test('is one line of at most 4 KiB that a terminal can take, whatever the event holds, and reads back', () => {
    fc.assert(
      fc.property(anyEvent, event => {
        const line = encodeEvent(event);
        expect(Buffer.byteLength(line)).toBeLessThanOrEqual(limits.eventBytesMax);
        expect(line.indexOf('\n')).toBe(line.length - 1);
        expect(line).not.toMatch(CONTROL);
        const read = decodeEvent(line)!;
        expect(read.type).toBe(event.type);
        if (!read.isCut) expect(read).toEqual(event);
        expect(decodeEvent(encodeEvent(read))).toEqual(read);
      }),
      { numRuns: 200, endOnFailure: true },
    );
  });

  test('says that it was cut, and how long each text was', () => {
    const event: Event = {
      at: '2026-11-21T12:00:00.000Z',
      peer: 'a',
      type: 'turn.text',
      turn: 1,
      text: 'é'.repeat(9_000),
    };
    const read = decodeEvent(encodeEvent(event));
    expect(read).toMatchObject({ isCut: true, text: expect.stringMatching(/^é+… \(9000 characters\)$/) });
  });

  test('a text that is cut twice says how long all of it was, and no half of a character is left', () => {
    expect(cutText(cutText('x'.repeat(500), 100), 10)).toBe(`${'x'.repeat(10)}… (500 characters)`);
    expect(cutText('\u{1f600}\u{1f600}', 3)).toBe('\u{1f600}… (4 characters)');
  });

  test('that is torn, of another shape or of a type that nobody knows is none', () => {
    const line = encodeEvent({ at: '2026-11-21T12:00:00.000Z', peer: null, type: 'agent.held', reason: 'x' });
    expect(decodeEvent(line)).not.toBeNull();
    for (let length = 0; length < line.length - 1; length++) expect(decodeEvent(line.slice(0, length))).toBeNull();
    expect(decodeEvent(line.replace('"reason":"x"', '"reason":1'))).toBeNull();
    expect(decodeEvent(line.replace('agent.held', 'agent.flew'))).toBeNull();
    expect(decodeEvent(line.replace('2026-11-21T12:00:00.000Z', 'soon'))).toBeNull();
  });
});
