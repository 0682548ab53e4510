/** What a turn's records and claude's stream say, as events. Pure. */
import type { EventBody, SettledMessage } from '#blackboard/events/event.ts';
import type { Disposition, Ended, Intent } from '#blackboard/turns/turn-records.ts';
import type { StreamEvent } from '#hooks/claude/stream.ts';

/** The beginning of a turn. `bodies`: of those messages that could be read. */
export function startedEvent(
  intent: Intent,
  bodies: readonly { id: string; subject: string | null; body: string }[],
): EventBody {
  return {
    type: 'turn.started',
    turn: intent.turn,
    kind: intent.kind,
    sessionId: intent.sessionId,
    resumed: intent.resume,
    begunAt: intent.at,
    bySignal: intent.signals?.alone ?? false,
    signals:
      intent.signals?.taken.map(({ type, path, source }) => ({ signal: type, path: path ?? null, source })) ?? null,
    messages: intent.messages.map(({ id, from, kind, rider, ...message }) => {
      // What the turn before it waited for was no interruption.
      const mode = message.mode === 'interrupted' && intent.decided ? 'decided' : message.mode;
      const known = bodies.find(body => body.id === id);
      return { id, from, kind, mode, rider, text: [known?.subject, known?.body].filter(Boolean).join('\n') };
    }),
  };
}

/** One line of the stream; null: it says nothing to a person. */
export function streamEvent(turn: number, event: StreamEvent): EventBody | null {
  switch (event.type) {
    case 'text':
      return event.text.trim() === '' ? null : { type: 'turn.text', turn, text: event.text };
    case 'toolUse':
      return { type: 'turn.tool', turn, tool: event.name, input: textOf(event.input) };
    case 'toolResult':
      return event.isError ? { type: 'turn.toolFailed', turn, text: event.text } : null;
    case 'apiRetry': {
      const { attempt, errorStatus: status, message: reason, retryDelayMs: waitMs } = event;
      return { type: 'turn.retried', turn, attempt, status, reason, waitMs };
    }
    default:
      return null;
  }
}

const textOf = (value: unknown): string => (typeof value === 'string' ? value : JSON.stringify(value ?? null));

/** The end of a turn: what it was refused, then how it ended. */
export function endedEvents(intent: Intent | null, ended: Ended): EventBody[] {
  const { turn, verdict, startedAt } = ended;
  const asking = intent?.messages.filter(({ rider }) => !rider).map(({ from }) => from) ?? [];
  const by = asking[0] === undefined ? {} : { asker: asking[0] };
  return [
    ...ended.denials.map(({ tool, input }) => ({
      type: 'turn.denied' as const,
      ...{ turn, tool, input: textOf(input), ...by },
    })),
    {
      type: 'turn.ended',
      turn,
      kind: intent?.kind ?? null,
      bySignal: intent?.signals?.alone ?? false,
      askers: [...new Set(asking)],
      verdict: verdict.kind,
      reason: verdict.kind === 'answered' ? null : verdict.reason,
      costUsd: ended.costUsd,
      reportedUsd: ended.reportedUsd ?? null,
      seconds: startedAt ? (Date.parse(ended.at) - Date.parse(startedAt)) / 1000 : null,
      cacheReadTokens: ended.usage.cacheRead,
      cacheWrittenTokens: ended.usage.cacheWrite,
      cacheMissed: ended.cacheMissed,
      messages: ended.messages.map(({ id, disposition }) => ({ id, became: becameOf(disposition) })),
    },
  ];
}

const becameOf = (disposition: Disposition): SettledMessage['became'] =>
  disposition.do === 'ack' ? disposition.outcome : disposition.do === 'bury' ? 'dead' : 'waiting';
