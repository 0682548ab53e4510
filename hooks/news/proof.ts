/** Proof that the model saw what a hook showed it. Pure, over events and the transcript's text; shapes measured with CLI 2.1.329. */
import type { HookEvent } from './hook-event.ts';
import type { Shown } from './shown.ts';

/**
 * Whether this event proves it: the model has answered since.
 * - shown with a prompt: a tool was called, or the turn ended, under that prompt.
 * - shown with a tool's result: the turn ended under that prompt. Another tool proves nothing: it may have run at the same time.
 * - shown at a stop: another stop of the same turn, which goes on because of a stop hook, or a tool since.
 */
export function isProvenBy(name: 'PostToolUse' | 'Stop', event: HookEvent, shown: Shown): boolean {
  if (event.promptId === null || event.promptId !== shown.promptId) return false;
  if (shown.by === 'prompt') return true;
  if (shown.by === 'tool') return name === 'Stop';
  return name === 'Stop' ? event.stopHookActive : true;
}

interface TranscriptRecord {
  type?: unknown;
  uuid?: unknown;
  parentUuid?: unknown;
  promptId?: unknown;
  isSidechain?: unknown;
  message?: { model?: unknown; content?: unknown };
}

/** Whether a model's record descends from the one that carried it. `jsonl`: the transcript from where it was shown on. */
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
  switch (shown.by) {
    case 'prompt':
      return record.type === 'user' && record.promptId === shown.promptId;
    case 'tool':
      return record.type === 'user' && shown.toolUseId !== null && holdsResult(record, shown.toolUseId);
    case 'stop':
      return line.includes(shown.boundary);
  }
}

const holdsResult = ({ message }: TranscriptRecord, id: string): boolean =>
  Array.isArray(message?.content) && message.content.some(block => block?.tool_use_id === id);

/** Null for a torn or foreign line. */
function parse(line: string): TranscriptRecord | null {
  if (!line.startsWith('{')) return null;
  try {
    return JSON.parse(line) as TranscriptRecord;
  } catch {
    return null;
  }
}
