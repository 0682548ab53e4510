/**
 * The proof that a session's turn has begun because of a signal. Our UserPromptSubmit hook leaves `woken/<prompt id>`
 * with the signals' names. Without the hook, the transcript shows it: a prompt with our constant text.
 */

import { join } from 'node:path';
import type { SessionLayout } from '#blackboard/layout.ts';
import { type Files, readText } from '#blackboard/system/files.ts';
import { limits } from '#blackboard/system/limits.ts';
import { parseObject } from '#blackboard/text/json.ts';
import { NUDGE_TEXT } from '#hooks/claude/session-inbox.ts';

/** The id of the prompt whose turn was told of this signal, or null. */
export async function promptOfSignal(files: Files, layout: SessionLayout, id: string): Promise<string | null> {
  for (const name of await files.list(layout.woken)) {
    if (name.startsWith('nudge-')) continue;
    const text = await readText(files, join(layout.woken, name), limits.recordBytesMax);
    if (text?.split('\n').some(line => line.includes(`-${id}`))) return name;
  }
  return null;
}

/**
 * What the transcript shows from this byte on: the prompt that our text started, or null. It is written some 80 ms
 * late.
 */
export async function promptInTranscript(files: Files, path: string, fromByte: number): Promise<string | null> {
  const bytes = await files.read(path, { offset: fromByte, bytesMax: limits.proofBytesMax });
  return bytes && promptOfNudge(Buffer.from(bytes).toString('utf8'));
}

/** Pure. `jsonl`: complete and incomplete lines of a transcript. */
export function promptOfNudge(jsonl: string): string | null {
  for (const line of jsonl.split('\n')) {
    if (!line.startsWith('{') || !line.includes(NUDGE_TEXT)) continue;
    // An incomplete line is complete at the next look.
    const { type, promptId, isSidechain } = parseObject(line) ?? {};
    if (type === 'user' && isSidechain !== true && typeof promptId === 'string' && /^[\w-]{1,100}$/.test(promptId))
      return promptId;
  }
  return null;
}
