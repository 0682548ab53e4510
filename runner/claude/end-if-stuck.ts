/**
 * The watchdog of resident claudes: one that has its answer, runs neither tool nor hook and has been silent will not say any
 * more that its turn is over. It ends, and the answer counts.
 */
import { type Clock, systemClock } from '#blackboard/system/clock.ts';
import { childrenInOtherGroups } from '#blackboard/system/descendants.ts';
import type { Files } from '#blackboard/system/files.ts';
import type { limits } from '#blackboard/system/limits.ts';
import { type BackgroundService, createLookLoop } from '#blackboard/system/look-loop.ts';
import type { ProcessIdentity } from '#blackboard/system/process-identity.ts';
import { stopChild } from '#blackboard/system/stop-process.ts';

/** The caller has seen that it is silent. Tools and hooks have Unix process groups of their own, MCP servers are in claude's (CLI 2.1.332). */
export async function endIfStuck(
  identity: ProcessIdentity,
  hasAnswer: () => Promise<boolean>,
  { stopGraceMs }: Pick<typeof limits, 'stopGraceMs'>,
): Promise<void> {
  if (!(await hasAnswer()) || (await childrenInOtherGroups(identity.pid)).length > 0) return;
  // Not by SIGINT: it would call its answer an interrupted one.
  await stopChild(identity, { graceMs: [0, stopGraceMs[1]] }, systemClock);
}

/** The same of one that another runner left in its turn, by its output. */
export function watchOrphan(options: {
  files: Files;
  clock: Clock;
  stream: string;
  identity: ProcessIdentity;
  hasAnswer: () => Promise<boolean>;
  patience: Pick<typeof limits, 'stopGraceMs'> & { residentStuckMs: number };
}): BackgroundService {
  const { files, clock, stream, identity, hasAnswer, patience } = options;
  let knownBytes = -1;
  return createLookLoop({
    clock,
    onError() {},
    async look() {
      const bytes = (await files.facts(stream))?.sizeBytes ?? 0;
      if (bytes === knownBytes) await endIfStuck(identity, hasAnswer, patience);
      knownBytes = bytes;
      return patience.residentStuckMs;
    },
  });
}
