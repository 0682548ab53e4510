/**
 * What a hook gets on stdin (CLI 2.1.329): one JSON object. Read by hand: zod would double the start-up time of a
 * process that a person waits for at every prompt that finds something new.
 */

import { isSessionId } from '#blackboard/peers/session-names.ts';
import { parseObject } from '#blackboard/text/json.ts';

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
  /** PreToolUse: the file that a tool is about to change. */
  toolPath?: string | null;
  /** PreToolUse, PermissionRequest: the call. */
  call?: { tool: string; input: unknown } | null;
  /** The event comes from a sub-agent: what is injected there reaches only the sub-agent. */
  isSubagent: boolean;
  stopHookActive: boolean;
}

/** null for anything that is not such an object. */
export function parseHookEvent(text: string): HookEvent | null {
  const value = parseObject(text);
  if (!value) return null;
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
    toolPath: pathOf(value.tool_input),
    call: typeof value.tool_name === 'string' ? { tool: value.tool_name, input: value.tool_input ?? {} } : null,
    isSubagent: word('agent_id') !== null,
    stopHookActive: value.stop_hook_active === true,
  };
}

/**
 * FNV-1a of 32 bits, from two offsets: tells the prompts of one turn apart, and is not secure. node:crypto takes
 * milliseconds to load, and a person waits.
 */
function markOf(text: string): string {
  const bytes = Buffer.from(text);
  return FNV_BEGINNINGS.map(beginning => {
    let hash = beginning;
    for (const byte of bytes) hash = Math.imul(hash ^ byte, FNV_PRIME);
    return (hash >>> 0).toString(16).padStart(8, '0');
  }).join('');
}

/** The standard offset basis (draft-eastlake-fnv), and the first digits of pi. */
const FNV_BEGINNINGS = [0x811c9dc5, 0x3243f6a8];
const FNV_PRIME = 0x01000193;

/** Of Edit, Write and MultiEdit, and of NotebookEdit. */
function pathOf(input: unknown): string | null {
  if (typeof input !== 'object' || input === null) return null;
  const { file_path, notebook_path } = input as Record<string, unknown>;
  const path = file_path ?? notebook_path;
  return typeof path === 'string' && path !== '' && !path.includes('\0') ? path : null;
}

/** These become parts of file names. */
const safeName = (text: string | null): string | null =>
  text !== null && /^[A-Za-z0-9_-]{1,100}$/.test(text) ? text : null;
