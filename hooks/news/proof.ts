/** Proof that the model saw what a hook showed it. Pure, over events and the transcript's text; shapes measured with CLI 2.1.329. */
import type { HookEvent } from './hook-event.ts';
import type { Shown } from './shown.ts';

/**
 * Whether this event proves it: the model has answered since.
 * - shown with a prompt: a tool was called, or the turn ended, under that prompt.
 * - shown with a tool's result: the turn ended under that prompt. Another tool proves nothing: it may have run at the same time.
 * - shown at a stop: another stop of the same turn, which goes on because of a stop hook, or a tool since.
 * - shown with a prompt typed during a turn: no event tells, for it has no id of its own; the transcript does.
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
  promptId?: unknown;
  isSidechain?: unknown;
  message?: { model?: unknown };
}

/**
 * Whether a model's record descends from the one that carried it: the prompt itself, the `hook_additional_context` that holds
 * our text, or a stop hook's feedback. `jsonl`: the transcript from where it was shown on.
 */
export function isSeenInTranscript(jsonl: string, shown: Shown): boolean {
  const family = new Set<unknown>();
  for (const line of jsonl.split('\n')) {
    const record = parse(line);
    if (!record || record.isSidechain === true || typeof record.uuid !== 'string') continue;
    if (carries(record, line, shown)) family.add(record.uuid);
    else if (family.has(record.parentUuid)) {
      if (record.type === 'assistant' && record.message?.model !== '<synthetic>') return true;
      family.add(record.uuid);
    }
  }
  return false;
}

function carries(record: TranscriptRecord, line: string, shown: Shown): boolean {
  if (record.type !== 'user' && record.type !== 'attachment') return false;
  if (shown.by === 'prompt' && record.type === 'user' && record.promptId === shown.promptId) return true;
  return line.includes(shown.boundary);
}

/** Whether the conversation holds a prompt with this id already: then the prompt that brings it now was typed during its turn. */
export const holdsPrompt = (jsonl: string, promptId: string): boolean => jsonl.includes(`"promptId":"${promptId}"`);

/** Null for a torn or foreign line. */
function parse(line: string): TranscriptRecord | null {
  if (!line.startsWith('{')) return null;
  try {
    return JSON.parse(line) as TranscriptRecord;
  } catch {
    return null;
  }
}
