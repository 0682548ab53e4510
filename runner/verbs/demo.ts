/** Runs two agents for half a minute in a scratch directory, with the real claude and without an account. */
import type { Message } from '#blackboard/messages/message.ts';
import { systemClock } from '#blackboard/system/clock.ts';
import { reasonOf } from '#blackboard/system/errors.ts';
import { createRunnerFiles } from '#blackboard/system/runner-files.ts';
import { requireVersion } from '#runner/claude/claude-process.ts';
import { type DemoEvent, playDemo } from '#runner/demo/demo.ts';
import { findDemoClaude, makeScratch, removeScratch, type Scratch } from '#runner/demo/scratch.ts';
import type { VerbContext } from '#runner/verbs/context.ts';

export type DemoStep =
  | { kind: 'begun'; directory: string }
  | DemoEvent
  /** While the root is still there. */
  | { kind: 'answered'; root: string; answer: Message };

export interface DemoInput {
  keep: boolean;
  /** Its reason, an error, ends the demo; what it started is ended and removed before this returns. */
  signal: AbortSignal;
  /** What happens, as it happens. What it throws fails the demo. */
  tell(step: DemoStep): void | Promise<void>;
}

export interface DemoEnd {
  /** null: it went well. */
  failure: string | null;
  tookMs: number;
  /** The scratch directory, where it was to be kept. */
  kept: string | null;
}

/** Throws 78 where there is no claude, or one that is too old. */
export async function demo({ env }: Pick<VerbContext, 'env'>, { keep, signal, tell }: DemoInput): Promise<DemoEnd> {
  const startedMs = systemClock.monotonicMs();
  const claude = await findDemoClaude(env);
  await requireVersion(claude, env);
  const scratch = await makeScratch();
  const failure = await play(scratch, claude, { signal, tell });
  if (!keep) await removeScratch(scratch);
  return { failure, tookMs: systemClock.monotonicMs() - startedMs, kept: keep ? scratch.directory : null };
}

async function play(
  scratch: Scratch,
  claude: string,
  { signal, tell }: Pick<DemoInput, 'signal' | 'tell'>,
): Promise<string | null> {
  try {
    await tell({ kind: 'begun', directory: scratch.directory });
    const answer = await playDemo({ files: createRunnerFiles(), scratch, claude, tell, signal });
    await tell({ kind: 'answered', root: scratch.root, answer });
    return null;
  } catch (error) {
    return reasonOf(error);
  }
}
