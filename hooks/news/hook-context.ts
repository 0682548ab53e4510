/** What every hook of ours works with. */
import { finishWriting } from '../../blackboard/board/finish-writing.ts';
import { takeMark } from '../../blackboard/board/quiet.ts';
import { settleBoardDrops } from '../../blackboard/board/settle-drops.ts';
import type { Clock } from '../../blackboard/clock.ts';
import type { Files } from '../../blackboard/files.ts';
import { boardLayout, type SessionLayout } from '../../blackboard/layout.ts';
import type { ProcessIdentity } from '../../blackboard/process-identity.ts';
import type { SessionPeer } from '../../blackboard/sessions.ts';
import { quoted } from '../../blackboard/shell-word.ts';
import type { HookEvent } from './hook-event.ts';

export interface HookContext {
  files: Files;
  root: string;
  clock: Clock;
  env: Readonly<Record<string, string | undefined>>;
  event: HookEvent;
  layout: SessionLayout;
  /** This hook's own process: it may have to finish what a dead writer left on the board. */
  self: ProcessIdentity;
  /** ` --root <directory>` for the commands it names, or ''. */
  rootOption: string;
}

/** A session that hooks run for: with a name where a person sits at it, without one where it is `claude -p`. */
export interface Listener {
  context: HookContext;
  peer: SessionPeer | null;
}

/** What names the root in commands; nothing where it is the one in the user's home directory. */
export const rootOptionOf = (root: string, home: string): string => (root === home ? '' : ` --root ${quoted(root)}`);

/** Whether a person sits at the session (measured: interactive only). */
export const isAttended = (env: HookContext['env']): boolean => env.CLAUDE_CODE_SESSION_ATTENDED === '1';

/** Puts the board in order before a reading, and gives the mark to read under; null: more is on its way (board/quiet.ts). */
export async function prepareBoard({ files, root, clock, self }: HookContext): Promise<string | null> {
  await settleBoardDrops(files, root, clock, new Map(), { self, once: true });
  await finishWriting(files, root, { self, nowMs: clock.nowMs() });
  return takeMark(files, boardLayout(root));
}
