/**
 * Windows of tmux that we make ourselves: a program in a session of its own, and its end. Nothing that is given becomes a flag, a
 * word of a shell, or a format of tmux. Knows nothing of claude.
 */
import { notRunningError, usageError } from '#blackboard/system/errors.ts';
import { limits } from '#blackboard/system/limits.ts';
import { quotedName } from '#blackboard/text/printable.ts';
import { callTmux, linesOf, requireVersion } from '#runner/panes/tmux.ts';

type Env = Readonly<Record<string, string | undefined>>;

export interface WindowOrder {
  /** Of the session of tmux: a peer's name. */
  name: string;
  /** An existing directory, absolute. */
  cwd: string;
  /** At least two words: tmux gives a single one to a shell. */
  argv: readonly [string, string, ...string[]];
  /** Variables of the program, beside those that the server has for all. Anybody can see them while it is started. */
  variables: Readonly<Record<string, string>>;
}

/**
 * Starts the program, detached, on the server at `socket`; where none runs, one is started with the whole of `env`. Returns its pane's
 * id. The pane stays when the program ends, until {@link letGo}. Throws 64 if tmux has a session of that name, 69 if it is missing or
 * too old.
 */
export async function openWindow(socket: string, env: Env, order: WindowOrder): Promise<string> {
  const [version = ''] = linesOf(await callTmux(socket, env, ['-V']), socket) ?? [];
  requireVersion(version.replace(/^tmux /, ''));
  const { name, cwd, argv, variables } = order;
  const size = ['-x', String(limits.paneColumns), '-y', String(limits.paneRows)];
  const set = Object.entries(variables).flatMap(([key, value]) => ['-e', word(`${key}=${value}`)]);
  const words = [
    ...['new-session', '-d', '-P', '-F', '#{pane_id}', '-s', name, ...size, '-c', word(literal(cwd)), ...set],
    ...['--', ...argv.map(word)],
    ...[';', 'set-option', '-w', '-t', `=${name}:`, 'remain-on-exit', 'on'],
    ...[';', 'set-option', '-w', '-t', `=${name}:`, OURS, 'spawn'],
  ];
  for (let tries = 1; ; tries++) {
    const end = await callTmux(socket, env, words);
    const said = end.kind === 'exited' ? end.stderr : '';
    if (/duplicate session/.test(said))
      throw usageError(
        `tmux has a session ${quotedName(name, limits.nameShownCharsMax)} on this server`,
        'Choose another name.',
      );
    // A server whose last session ends takes no new one any more.
    if (/server exited|lost server/.test(said) && tries < limits.tmuxStartsMax) continue;
    const id = linesOf(end, socket)?.[0];
    if (id !== undefined && /^%\d+$/.test(id)) return id;
    throw notRunningError(`tmux has started no session at ${socket}`);
  }
}

/** From now on the pane goes with its program, as any other. */
export const letGo = async (socket: string, env: Env, id: string): Promise<void> =>
  void (await callTmux(socket, env, ['set-option', '-w', '-u', '-t', id, 'remain-on-exit']));

/** Whether we have made it. */
export async function isOurs(socket: string, env: Env, id: string): Promise<boolean> {
  const end = await callTmux(socket, env, ['display-message', '-p', '-t', id, `#{pane_id} #{${OURS}}`]);
  // A pane that is gone has no id.
  return linesOf(end, socket)?.[0] === `${id} spawn`;
}

/** The lines that its program has printed, also those that have left the screen: what tmux says of its end pushes one out. */
export async function printedIn(socket: string, env: Env, id: string): Promise<string[]> {
  const lines = linesOf(await callTmux(socket, env, ['capture-pane', '-p', '-S', '-100', '-t', id]), socket) ?? [];
  return lines.map(line => line.trim()).filter(line => line !== '' && !line.startsWith('Pane is dead'));
}

/** Removes a pane whose program has ended; one with a program stays. */
export const removeDead = async (socket: string, env: Env, id: string): Promise<void> =>
  void (await callTmux(socket, env, ['if-shell', '-F', '-t', id, '#{pane_dead}', `kill-pane -t ${id}`]));

/** An option of the window. */
const OURS = '@agent-runner';

/** As one word of tmux's own command line, where a `;` at the end begins another command. */
const word = (text: string): string => text.replace(/;$/, '\\;');

/** Without formats of tmux, of which one, `#(…)`, runs a command. */
const literal = (text: string): string => text.replaceAll('#', '##');
