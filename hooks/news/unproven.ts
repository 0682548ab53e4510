/** Decides what becomes of what a session was shown before: seen, or to be shown again. */
import { limits } from '../../blackboard/limits.ts';
import type { HookContext } from './hook-context.ts';
import { holdsPrompt, isProvenBy, isSeenInTranscript } from './proof.ts';
import { forgetShown, listUnproven, releaseOthers, type Shown, settleShown, sweepShown } from './shown.ts';

/** After a tool or at a stop: what this event proves has been seen; at a stop, what the transcript proves as well. */
export async function settleProven(context: HookContext, name: 'PostToolUse' | 'Stop'): Promise<void> {
  const { files, layout, event, clock } = context;
  for (const record of await listUnproven(files, layout)) {
    const { shown } = record;
    if (!shown) continue;
    const isProven = isProvenBy(name, event, shown) || (name === 'Stop' && (await isInTranscript(context, shown)));
    if (isProven) await settleShown(files, layout, record, shown, clock.nowMs());
  }
}

/**
 * At a new prompt: the transcript decides on all that is left; without its proof it is shown again. What was shown under this
 * very prompt_id is on its way (the prompt was typed during that turn): it stays, and this prompt brings nothing. Returns
 * whether that is so.
 */
export async function resolveUnproven(context: HookContext): Promise<{ isUnderWay: boolean }> {
  const { files, layout, clock, event } = context;
  const underWay: Shown[] = [];
  for (const record of await listUnproven(files, layout)) {
    const { shown } = record;
    if (shown && (await isInTranscript(context, shown))) await settleShown(files, layout, record, shown, clock.nowMs());
    else if (shown && shown.promptId === event.promptId) underWay.push(shown);
    else await forgetShown(files, layout, record);
  }
  await releaseOthers(files, layout, underWay);
  await sweepShown(files, layout, clock.nowMs());
  return { isUnderWay: underWay.length > 0 };
}

/** Whether this prompt was typed while a turn ran. */
export async function isQueuedPrompt({ files, event }: HookContext): Promise<boolean> {
  if (event.transcript === null || event.promptId === null) return false;
  const size = (await files.facts(event.transcript))?.sizeBytes ?? 0;
  const offset = Math.max(0, size - limits.proofBytesMax);
  const bytes = await files.read(event.transcript, { offset, bytesMax: limits.proofBytesMax });
  return bytes !== null && holdsPrompt(Buffer.from(bytes).toString('latin1'), event.promptId);
}

async function isInTranscript({ files }: HookContext, shown: Shown): Promise<boolean> {
  if (shown.transcript === null) return false;
  const bytes = await files.read(shown.transcript, { offset: shown.transcriptBytes, bytesMax: limits.proofBytesMax });
  return bytes !== null && isSeenInTranscript(Buffer.from(bytes).toString('utf8'), shown);
}
