/** Decides what becomes of what a session was shown before: seen, or to be shown again. */
import type { Deadline } from '#blackboard/system/deadline.ts';
import { unlessDenied } from '#blackboard/system/denied.ts';
import type { Files } from '#blackboard/system/files.ts';
import { limits } from '#blackboard/system/limits.ts';
import { proofUntilMs } from '#hooks/session/agenda.ts';
import { type HookContext, partDeadline } from '#hooks/session/hook-context.ts';
import { createWitness, holdsPrompt, isProvenBy } from '#hooks/session/proof.ts';
import {
  forgetShown,
  listUnproven,
  releaseOthers,
  type Seen,
  type Shown,
  settleShown,
  type Unproven,
  wasPrinted,
} from '#hooks/session/shown.ts';

/**
 * After a tool or at a stop: what is proven. The rest may still become so: the text may be under way. At a stop, a
 * transcript that comes a little late is waited for (with 2.1.332 it does, if the model answers at once): the next
 * event may be far away.
 */
export async function provenNow(context: HookContext, name: 'PostToolUse' | 'Stop'): Promise<Seen[]> {
  const { clock, event } = context;
  const seen: Seen[] = [];
  let looks = name === 'Stop' ? limits.hookLateLooks : 0;
  for (const record of await listUnproven(context.files, context.layout)) {
    const { shown } = record;
    if (!shown) continue;
    let by = await proofOf(context, name, record, shown);
    for (; by === null && looks > 0 && shown.transcript !== null && isProvenBy(name, event, shown); looks--) {
      await clock.sleep(limits.hookLateLookMs);
      by = await proofOf(context, name, record, shown);
    }
    if (by !== null) seen.push({ record, shown, by });
  }
  return seen;
}

/**
 * At a new prompt: the transcript decides on everything that is left; without proof it is shown again, and its messages
 * wait again. What was shown under this very prompt_id is on its way (the prompt was typed during that turn): it stays,
 * and this prompt brings nothing.
 */
export async function judgeAtPrompt(context: HookContext): Promise<{ seen: Seen[]; isUnderWay: boolean }> {
  const { files, layout, event } = context;
  const seen: Seen[] = [];
  const underWay: Shown[] = [];
  for (const record of await listUnproven(files, layout)) {
    const { shown } = record;
    if (shown && (await isInTranscript(context, shown))) seen.push({ record, shown, by: 'transcript' });
    else if (shown && shown.promptId === event.promptId) underWay.push(shown);
    else await forgetShown(files, layout, record);
  }
  await releaseOthers(files, layout, [...underWay, ...seen.map(({ shown }) => shown)]);
  return { seen, isUnderWay: underWay.length > 0 };
}

/** Marks what was seen as done, as far as time allows; the rest at the next event, by the same proof. */
export async function settleSeen(
  { layout, clock }: HookContext,
  files: Files,
  seen: readonly Seen[],
  time: Deadline,
): Promise<void> {
  for (const each of seen) if (!(await settleShown(files, layout, each, clock.nowMs(), time))) return;
}

/** Whether this prompt was typed while a turn ran. */
export async function isQueuedPrompt({ files, event }: HookContext): Promise<boolean> {
  if (event.transcript === null || event.promptId === null) return false;
  const size = (await files.facts(event.transcript))?.sizeBytes ?? 0;
  const offset = Math.max(0, size - limits.proofBytesMax);
  const bytes = await files.read(event.transcript, { offset, bytesMax: limits.proofBytesMax });
  return bytes !== null && holdsPrompt(Buffer.from(bytes).toString('latin1'), event.promptId);
}

async function proofOf(
  context: HookContext,
  name: 'PostToolUse' | 'Stop',
  record: Unproven,
  shown: Shown,
): Promise<Seen['by'] | null> {
  const inTranscript = await isInTranscript(context, shown);
  if (inTranscript !== null) return inTranscript ? 'transcript' : null;
  const wentOn = isProvenBy(name, context.event, shown) && (await wasPrinted(context.files, context.layout, record));
  return wentOn ? 'event' : null;
}

const NEWLINE = 10;

/** null: claude keeps none (`--no-session-persistence`), or it cannot be read. */
async function isInTranscript(context: HookContext, shown: Shown): Promise<boolean | null> {
  const { files } = context;
  const path = shown.transcript;
  const facts = path === null ? null : await unlessDenied(files.facts(path), null);
  if (path === null || !facts) return null;
  const deadline = partDeadline(context, proofUntilMs());
  const isSeenBy = createWitness(shown);
  // Shorter than before: it was written again.
  let offset = facts.sizeBytes < shown.transcriptBytes ? 0 : shown.transcriptBytes;
  let torn: Buffer = Buffer.alloc(0);
  while (!deadline.isOver()) {
    const read = await unlessDenied(files.read(path, { offset, bytesMax: limits.proofPieceBytes }), undefined);
    if (!read) return null;
    if (read.length === 0) return false;
    offset += read.length;
    const bytes = Buffer.concat([torn, read]);
    const end = bytes.lastIndexOf(NEWLINE) + 1;
    if (end > 0 && isSeenBy(bytes.toString('utf8', 0, end))) return true;
    torn = bytes.subarray(end);
  }
  return false;
}
