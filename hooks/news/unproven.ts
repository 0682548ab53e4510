/** Decides what becomes of what a session was shown before: seen, or to be shown again. */
import { limits } from '../../blackboard/limits.ts';
import type { HookContext } from './hook-context.ts';
import { isProvenBy, isSeenInTranscript } from './proof.ts';
import { forgetShown, listUnproven, releaseOthers, type Shown, settleShown, sweepShown } from './shown.ts';

/** After a tool or at a stop: what this event proves has been seen. */
export async function settleProven(context: HookContext, name: 'PostToolUse' | 'Stop'): Promise<void> {
  const { files, layout, event, clock } = context;
  for (const { path, shown } of await listUnproven(files, layout))
    if (shown && isProvenBy(name, event, shown)) await settleShown(files, layout, path, shown, clock.nowMs());
}

/** At a new prompt: the transcript decides on all that is left; without its proof it is shown again. */
export async function resolveUnproven(context: HookContext): Promise<void> {
  const { files, layout, clock } = context;
  for (const { path, shown } of await listUnproven(files, layout)) {
    if (shown && (await isInTranscript(context, shown))) await settleShown(files, layout, path, shown, clock.nowMs());
    else await forgetShown(files, path);
  }
  await releaseOthers(files, layout, []);
  await sweepShown(files, layout, clock.nowMs());
}

async function isInTranscript({ files }: HookContext, shown: Shown): Promise<boolean> {
  if (shown.transcript === null) return false;
  const bytes = await files.read(shown.transcript, { offset: shown.transcriptBytes, bytesMax: limits.proofBytesMax });
  return bytes !== null && isSeenInTranscript(Buffer.from(bytes).toString('utf8'), shown);
}
