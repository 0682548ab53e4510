/**
 * The last way to wake a session: typing into its tmux pane. Only if config.yaml allows it, and only into a box that is
 * seen to be empty; in a dialog keys press buttons, and they would be mixed into a draft.
 */
import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import type { SessionPeer } from '#blackboard/peers/sessions.ts';
import { limits } from '#blackboard/system/limits.ts';
import { isElsewhere } from '#blackboard/system/process-identity.ts';

const TYPED = '[agent-runner] A signal woke this session.';

export async function typeIntoPane({ tmux, process }: SessionPeer): Promise<'said' | 'none'> {
  // In another container that socket's path leads to another tmux.
  if (!tmux || (process && isElsewhere(process))) return 'none';
  const { socket, pane } = tmux;
  const call = async (...words: string[]): Promise<string> =>
    (await promisify(execFile)('tmux', ['-S', socket, ...words], { timeout: limits.nudgeMs })).stdout;
  // In copy mode keys are commands.
  if ((await call('display-message', '-p', '-t', pane, '#{pane_in_mode}')).trim() !== '0') return 'none';
  if (!isEmptyBox(await call('capture-pane', '-p', '-t', pane))) return 'none';
  await call('send-keys', '-t', pane, '-l', TYPED);
  for (let tries = 0; tries < limits.wakeKeysLooks; tries++) {
    const screen = await call('capture-pane', '-p', '-t', pane);
    if (boxOf(screen) !== TYPED) continue;
    await call('send-keys', '-t', pane, 'Enter');
    return 'said';
  }
  // Other text in the box is its user's; ours stays with it and is not sent.
  return 'none';
}

/** A screen of the CLI (2.1.329) whose prompt box is empty, without even a hint. Pure. */
export const isEmptyBox = (screen: string): boolean => boxOf(screen) === '';

/** The one line of the prompt box, between its two rules at the end of the screen; null: it has more, or there is none. Pure. */
export function boxOf(screen: string): string | null {
  const lines = screen.split('\n');
  const isRule = (line: string | undefined): boolean => /^\s*─{20,}/.test(line ?? '');
  const bottom = lines.findLastIndex(isRule);
  // The CLI writes a no-break space behind its sign; a dialog's choices have a plain one.
  const match = isRule(lines[bottom - 2]) ? /^❯\u00a0(.*)$/.exec(lines[bottom - 1] ?? '') : null;
  return match ? match[1]!.trim() : null;
}
