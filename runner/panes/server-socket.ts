/** Which tmux server is meant, and what a pane's address looks like. Loads nothing heavy: `list` asks it each time. */
import { statSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { realPathOf } from '#blackboard/system/real-path.ts';

type Env = Readonly<Record<string, string | undefined>>;

/** The server's socket: --socket, $AGENT_RUNNER_TMUX, the server that the caller is in, else the user's own. */
export function serverSocket(env: Env, given?: string): string {
  const named = given || env.AGENT_RUNNER_TMUX || env.TMUX?.split(',')[0];
  if (named) return resolve(named);
  return join(env.TMUX_TMPDIR || '/tmp', `tmux-${process.getuid?.() ?? 0}`, 'default');
}

/** Somebody named a server, or one is there: otherwise nobody uses tmux, and nothing is started to ask. */
export function usesTmux(env: Env, given?: string): boolean {
  if (given || env.AGENT_RUNNER_TMUX || env.TMUX) return true;
  return statSync(serverSocket(env), { throwIfNoEntry: false })?.isSocket() ?? false;
}

/** Of the caller, if it is a pane of this server. `socket`: its real path. */
export const ownPane = (env: Env, socket: string): string | null =>
  env.TMUX_PANE && env.TMUX && realPathOf(env.TMUX.split(',')[0]!) === socket ? env.TMUX_PANE : null;

/** `work:1.0`, or `%3`: no name of a peer, and no id of a session, looks like that. */
export const isPaneAddress = (typed: string): boolean => /^%\d+$|^[^:]+:\d+\.\d+\*?$/.test(typed);
