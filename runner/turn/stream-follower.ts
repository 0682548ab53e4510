/** Follows a running turn's stream.jsonl and shows each event to people as it happens. A convenience: nothing depends on it. */
import type { Clock } from '#blackboard/system/clock.ts';
import type { Files } from '#blackboard/system/files.ts';
import { limits } from '#blackboard/system/limits.ts';
import { parseStreamLine } from '#hooks/claude/stream.ts';
import { renderEvent } from '#runner/turn/transcript-lines.ts';

export interface Follower {
  /** Stops following, after a last look. */
  stop(): Promise<void>;
}

export function followStream(
  files: Files,
  clock: Clock,
  path: string,
  show: (text: string) => Promise<void>,
): Follower {
  const ending = new AbortController();
  let offset = 0;
  let rest = '';
  const decoder = new TextDecoder();

  const look = async () => {
    for (;;) {
      const bytes = await files.read(path, { offset, bytesMax: limits.streamChunkBytes }).catch(() => null);
      if (!bytes || bytes.length === 0) return;
      offset += bytes.length;
      const lines = (rest + decoder.decode(bytes, { stream: true })).split('\n');
      rest = (lines.pop() ?? '').slice(0, limits.streamLineCharsMax);
      const text = lines.map(line => (line === '' ? '' : renderEvent(parseStreamLine(line)))).join('');
      if (text !== '') await show(text);
    }
  };
  const loop = async () => {
    while (!ending.signal.aborted) {
      await look();
      await clock.sleep(limits.streamLookMs, ending.signal);
    }
    await look();
  };
  const done = loop();
  return {
    stop: () => {
      ending.abort();
      return done;
    },
  };
}
