/**
 * The last way to wake a session: typing into its tmux pane. Only if config.yaml allows it, and only into a box that is
 * seen to be empty; in a dialog keys press buttons, and they would be mixed into a draft.
 */
import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import type { SessionPeer } from '#blackboard/peers/sessions.ts';
import { limits } from '#blackboard/system/limits.ts';
import { isElsewhere } from '#blackboard/system/process-identity.ts';
import { readScreen } from '#runner/panes/screen.ts';

const TYPED = '[agent-runner] A signal woke this session.';

export async function typeIntoPane({ tmux, process }: SessionPeer): Promise<'said' | 'none'> {
  // In another container that socket's path leads to another tmux.
  if (!tmux || (process && isElsewhere(process))) return 'none';
  const { socket, pane } = tmux;
  const call = async (...words: string[]): Promise<string> =>
    (await promisify(execFile)('tmux', ['-S', socket, ...words], { timeout: limits.nudgeMs })).stdout;
  // In copy mode keys are commands.
  if ((await call('display-message', '-p', '-t', pane, '#{pane_in_mode}')).trim() !== '0') return 'none';
  const box = async () => readScreen(await call('capture-pane', '-e', '-p', '-t', pane));
  const empty = await box();
  if (empty.kind !== 'box' || empty.holds !== 'nothing') return 'none';
  await call('send-keys', '-t', pane, '-l', TYPED);
  for (let tries = 0; tries < limits.wakeKeysLooks; tries++) {
    const typed = await box();
    if (typed.kind !== 'box' || typed.text !== TYPED) continue;
    await call('send-keys', '-t', pane, 'Enter');
    return 'said';
  }
  // Other text in the box is its user's; ours stays with it and is not sent.
  return 'none';
}
