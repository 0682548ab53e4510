/**
 * What a hook is told on stdin (CLI 2.1.329): one JSON object. Read by hand: zod would double the start of a process that a
 * person waits for on every prompt that finds something new.
 */
import { createHash } from 'node:crypto';
import { isSessionId } from '../../blackboard/session-names.ts';

export interface HookEvent {
  sessionId: string;
  cwd: string;
  transcript: string | null;
  /** Absent at SessionStart. */
  promptId: string | null;
  /** UserPromptSubmit: a short hash of what was typed. A prompt typed during a turn carries that turn's prompt_id (measured). */
  promptMark: string | null;
  /** SessionStart: startup, resume, clear, compact. */
  source: string | null;
  /** PostToolUse. */
  toolUseId: string | null;
  /** The event comes from a sub-agent: what is injected there reaches the sub-agent only. */
  isSubagent: boolean;
  stopHookActive: boolean;
}

/** null for anything that is no such object. */
export function parseHookEvent(text: string): HookEvent | null {
  let value: Record<string, unknown> | null;
  try {
    value = JSON.parse(text);
  } catch {
    return null;
  }
  if (typeof value !== 'object' || value === null) return null;
  const word = (key: string): string | null => {
    const found = value[key];
    return typeof found === 'string' && found !== '' ? found : null;
  };
  const sessionId = word('session_id')?.toLowerCase() ?? '';
  if (!isSessionId(sessionId)) return null;
  return {
    sessionId,
    cwd: word('cwd') ?? '/',
    transcript: word('transcript_path'),
    promptId: safeName(word('prompt_id')),
    promptMark: typeof value.prompt === 'string' ? markOf(value.prompt) : null,
    source: safeName(word('source')),
    toolUseId: safeName(word('tool_use_id')),
    isSubagent: word('agent_id') !== null,
    stopHookActive: value.stop_hook_active === true,
  };
}

const markOf = (text: string): string => createHash('sha256').update(text).digest('hex').slice(0, 12);

/** These become parts of file names. */
const safeName = (text: string | null): string | null =>
  text !== null && /^[A-Za-z0-9_-]{1,100}$/.test(text) ? text : null;
