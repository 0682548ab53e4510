/** Whether anything has moved since a look that found nothing: a few stats instead of a whole look. */

import type { AgentLayout } from '#blackboard/layout.ts';
import type { Files } from '#blackboard/system/files.ts';
import { limits } from '#blackboard/system/limits.ts';

/** What the directories looked like; equal texts: nothing has moved. */
export type Unchanged = string;

/**
 * The state of everything that could mean work: names come and go in these directories, and each changes its mtime. null:
 * one of them changed a moment ago, so a whole look is needed.
 */
export async function unchangedState(
  files: Pick<Files, 'facts'>,
  layout: AgentLayout,
  nowMs: number,
): Promise<Unchanged | null> {
  const { inbox } = layout;
  const paths = [
    layout.home,
    layout.definition,
    inbox.inbox,
    inbox.new,
    inbox.later,
    inbox.tmp,
    inbox.cur,
    inbox.dead,
    inbox.waiters,
    layout.signals,
  ];
  const state: string[] = [];
  for (const path of paths) {
    const found = await files.facts(path);
    const stamp = found?.mtimeMs ?? 0;
    // A clock that jumped makes stamps lie in the future: then nothing is proven either.
    if (nowMs - stamp < limits.racyMs || stamp > nowMs) return null;
    state.push(found ? `${found.inode}:${found.mtimeMs}:${found.sizeBytes}` : '-');
  }
  return state.join(' ');
}
