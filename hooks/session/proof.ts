/**
 * Proof that the model saw what a hook showed it. Pure, over events and the transcript's text; shapes measured with CLI
 * 2.1.332 (test/contract/claude-hooks.ts): what a hook printed is there once claude has read it, and when a tool or the
 * turn ends, the model's own record follows it.
 */
import { parseObject } from '#blackboard/text/json.ts';
import type { HookEvent } from '#hooks/session/hook-event.ts';
import type { Shown } from '#hooks/session/shown.ts';

/**
 * Whether a model's record descends from the one that has the boundary of this showing. That the event's prompt is the
 * one it was shown with proves nothing: the hook may have died before it printed, or claude may have given it up. Takes
 * the transcript from where it was shown, in pieces of complete lines, in order; true once it is proven.
 */
export function createWitness({ boundary }: Pick<Shown, 'boundary'>): (lines: string) => boolean {
  const family = new Set<unknown>();
  return lines => {
    // Transcripts grow to many megabytes: nothing is parsed before our boundary appears.
    if (family.size === 0 && !lines.includes(boundary)) return false;
    for (const line of lines.split('\n')) {
      if (family.size === 0 && !line.includes(boundary)) continue;
      const record = parse(line);
      if (!record || record.isSidechain === true || typeof record.uuid !== 'string') continue;
      if (line.includes(boundary) && isHooksWord(record)) family.add(record.uuid);
      else if (family.has(record.parentUuid)) {
        if (record.type === 'assistant' && record.message?.model !== '<synthetic>') return true;
        family.add(record.uuid);
      }
    }
    return false;
  };
}

/**
 * Where claude keeps no transcript, the event is all there is: the model has answered since, and the hook had printed.
 * - shown with a prompt: a tool was called, or the turn ended, under that prompt.
 * - shown with a tool's result: the turn ended under that prompt. Another tool proves nothing: it may have run at the same time.
 * - shown at a stop: another stop of the same turn, which goes on because of a stop hook, or a tool since.
 * - shown with a prompt typed during a turn: no event tells, for it has no id of its own.
 */
export function isProvenBy(name: 'PostToolUse' | 'Stop', event: HookEvent, shown: Shown): boolean {
  if (event.promptId === null || event.promptId !== shown.promptId) return false;
  switch (shown.by) {
    case 'prompt':
      return true;
    case 'queued':
      return false;
    case 'tool':
      return name === 'Stop';
    case 'stop':
      return name === 'PostToolUse' || event.stopHookActive;
  }
}

interface TranscriptRecord {
  type?: unknown;
  uuid?: unknown;
  parentUuid?: unknown;
  isSidechain?: unknown;
  isMeta?: unknown;
  attachment?: { type?: unknown };
  message?: { model?: unknown; content?: unknown };
}

/**
 * What claude records of a hook's words to the model. A tool's result that contains them (the model read our files)
 * does not count.
 */
function isHooksWord({ type, isMeta, attachment, message }: TranscriptRecord): boolean {
  if (type === 'attachment')
    return attachment?.type === 'hook_additional_context' || attachment?.type === 'hook_blocking_error';
  return type === 'user' && isMeta === true && typeof message?.content === 'string';
}

/**
 * Whether the conversation already has a prompt with this id: then the prompt that has it now was typed during its
 * turn.
 */
export const holdsPrompt = (jsonl: string, promptId: string): boolean => jsonl.includes(`"promptId":"${promptId}"`);

/** Null for an incomplete or foreign line. */
const parse = (line: string): TranscriptRecord | null => (line.startsWith('{') ? parseObject(line) : null);
