/** Merges several transcripts into one stream of lines, each with the name of its agent. */
import type { Clock } from '#blackboard/system/clock.ts';
import { createLineSplitter, logBytes } from '#runner/text/follow-log.ts';

/** Milliseconds between looks: short, so that lines of different agents stay in order. */
const LOOK_MS = 20;

/** Follows until `signal` aborts, then tells what was written until then. */
export async function narrate(
  transcripts: readonly { name: string; path: string }[],
  say: (name: string, line: string) => void,
  options: { clock: Clock; signal: AbortSignal },
): Promise<void> {
  await Promise.all(
    transcripts.map(async ({ name, path }) => {
      const lines = createLineSplitter();
      const tell = (line: string) => line.trim() !== '' && say(name, line);
      for await (const bytes of logBytes(path, 0, { ...options, lookMs: LOOK_MS })) lines(bytes).forEach(tell);
      lines(null).forEach(tell);
    }),
  );
}
