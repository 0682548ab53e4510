/** Follows a running turn's stream.jsonl and emits what it says as it happens. A convenience: nothing depends on it. */
import type { TurnLayout } from '#blackboard/layout.ts';
import type { Clock } from '#blackboard/system/clock.ts';
import type { Files } from '#blackboard/system/files.ts';
import { limits } from '#blackboard/system/limits.ts';
import { type BackgroundService, createLookLoop } from '#blackboard/system/look-loop.ts';
import type { TurnStream } from '#blackboard/turns/turn-stream.ts';
import { parseStreamLine } from '#hooks/claude/stream.ts';
import type { Emit } from '#runner/events/emit.ts';
import { streamEvent } from '#runner/turn/turn-events.ts';

/** Looks once more when it is disposed of. */
export function createStreamFollower(
  files: Files,
  clock: Clock,
  turn: TurnLayout,
  place: TurnStream,
  emit: Emit,
): BackgroundService {
  let offset = place.from;
  let rest = '';
  const decoder = new TextDecoder();

  const look = async (): Promise<number> => {
    for (;;) {
      const bytes = await files.read(place.stream, { offset, bytesMax: limits.streamChunkBytes }).catch(() => null);
      if (!bytes || bytes.length === 0) return limits.streamLookMs;
      offset += bytes.length;
      const lines = (rest + decoder.decode(bytes, { stream: true })).split('\n');
      rest = (lines.pop() ?? '').slice(0, limits.streamLineCharsMax);
      const events = lines.map(line => (line === '' ? null : streamEvent(turn.number, parseStreamLine(line))));
      const told = events.filter(event => event !== null);
      if (told.length > 0) await emit(...told);
    }
  };
  return createLookLoop({ clock, look, onError: () => {}, looksAtEnd: true });
}
