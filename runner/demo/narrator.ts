/** Several transcripts as one stream of whole lines, each with the name of its agent, as they happen. */
import type { Clock } from '#blackboard/system/clock.ts';
import { createLineSplitter, followLog } from '#runner/text/follow-log.ts';

/** Milliseconds between looks: short, so that what one agent causes in another comes after it. */
const LOOK_MS = 20;

/** Follows until `signal` aborts and what was written by then is told. */
export async function narrate(
  transcripts: readonly { name: string; path: string }[],
  say: (name: string, line: string) => void,
  options: { clock: Clock; signal: AbortSignal },
): Promise<void> {
  await Promise.all(
    transcripts.map(async ({ name, path }) => {
      const lines = createLineSplitter();
      const tell = (line: string) => line.trim() !== '' && say(name, line);
      await followLog(path, 0, bytes => lines(bytes).forEach(tell), { ...options, lookMs: LOOK_MS });
      lines(null).forEach(tell);
    }),
  );
}
