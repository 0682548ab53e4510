/**
 * The port to tmux: which panes a server has, what stands on their screens, and the keys that go into one. An argv, never a shell;
 * panes are named by their ids (`%3`), because tmux takes the beginning of a name for the name. Knows nothing of claude.
 */
import { notRunningError, usageError } from '#blackboard/system/errors.ts';
import { newNonce } from '#blackboard/system/ids.ts';
import { limits } from '#blackboard/system/limits.ts';
import { type ProgramEnd, runProgram } from '#blackboard/system/program.ts';
import { printableLine, quotedName } from '#blackboard/text/printable.ts';

/** One pane, as tmux told of it. */
export interface TmuxPane {
  /** `%3`: it stays the pane's own for the life of the server. */
  id: string;
  /** `work:1.0`: session, window and pane as people write them. */
  address: string;
  /** Its addresses in other sessions that have the same window. */
  aliases: readonly string[];
  /** Of the first process in it. */
  pid: number;
  /** The name of the program in the foreground. */
  command: string;
  /** Its program has ended. */
  isDead: boolean;
  /** Copy mode, or another one in which keys go to tmux. */
  inMode: boolean;
  /** `select-pane -d`: nothing reaches the program. */
  inputOff: boolean;
}

/** What a pane showed, and how it was, at one moment. */
export interface TmuxScreen extends Pick<TmuxPane, 'isDead' | 'inMode' | 'inputOff'> {
  /** With its colours. */
  captured: string;
}

export interface Tmux {
  /** The path of the server's socket. */
  readonly socket: string;
  /** Each pane once, even if several sessions share its window. null: no server runs there. Throws 69 if tmux is missing or too old. */
  panes(): Promise<TmuxPane[] | null>;
  /** By id. One that is gone meanwhile is left out. */
  screens(ids: readonly string[]): Promise<Map<string, TmuxScreen>>;
  /**
   * Pastes a text as one piece (bracketed, if the program asked for that), or presses a key by its name. false: the pane is gone,
   * dead, in a mode, or its input is off, and nothing was written: the server itself looks right before, because one that gets
   * keys for such a pane was seen to end (3.3a). `text` has no control characters but line breaks.
   */
  write(id: string, what: { text: string } | { key: string }): Promise<boolean>;
}

type Env = Readonly<Record<string, string | undefined>>;

/** Asks the server at `socket`, or starts it, if the words say so: with the whole of `env`. */
export const callTmux = (socket: string, env: Env, words: readonly string[], input = ''): Promise<ProgramEnd> =>
  runProgram({
    input,
    // -u: what it prints is UTF-8, whatever the locale is.
    argv: ['tmux', '-u', '-S', socket, ...words],
    env,
    cwd: '/',
    timeoutMs: limits.tmuxMs,
    outputCharsMax: limits.tmuxOutputCharsMax,
  });

/** `env`: where tmux is found. */
export function createTmux(socket: string, { PATH, HOME }: Env): Tmux {
  const call = (...words: string[]): Promise<ProgramEnd> => callWith('', ...words);
  const callWith = (input: string, ...words: string[]): Promise<ProgramEnd> =>
    callTmux(socket, { PATH, HOME }, words, input);
  return {
    socket,
    async panes() {
      const end = await call('list-panes', '-a', '-F', LISTED);
      const lines = linesOf(end, socket);
      if (lines === null) return null;
      requireVersion(lines[0]?.split(' ')[0] ?? '');
      const found = new Map<string, TmuxPane>();
      for (const pane of lines.map(readPane)) {
        const known = pane && found.get(pane.id);
        if (known) found.set(pane.id, { ...known, aliases: [...known.aliases, pane.address] });
        else if (pane) found.set(pane.id, pane);
      }
      return [...found.values()];
    },
    async screens(ids) {
      const found = new Map<string, TmuxScreen>();
      let rest = ids.filter(id => /^%\d+$/.test(id));
      while (rest.length > 0) {
        const asked = rest.slice(0, limits.tmuxScreensAtOnce);
        const mark = newNonce();
        const words = asked.flatMap(id => [
          ...['display-message', '-p', '-t', id, `${mark} ${STATE}`, ';'],
          ...['capture-pane', '-e', '-p', '-t', id, ';'],
        ]);
        const end = await call(...words.slice(0, -1));
        const told = readScreens(end.kind === 'exited' ? end.stdout : '', mark);
        for (const [id, screen] of told) found.set(id, screen);
        // tmux breaks off at the first pane that is gone.
        const gone = asked.findIndex(id => !told.has(id));
        rest = rest.slice(gone < 0 ? asked.length : gone + 1);
      }
      return found;
    },
    async write(id, what) {
      if (!/^%\d+$/.test(id) || ('key' in what && !/^(?:C-)?\w+$/.test(what.key)))
        throw usageError(`${quotedName(id, limits.nameShownCharsMax)} is no pane's id, or the key has no name`);
      const buffer = `agent-runner-${newNonce()}`;
      const [load, keys, otherwise] =
        'text' in what
          ? [
              ['load-buffer', '-b', buffer, '-', ';'],
              `paste-buffer -p -d -b ${buffer} -t ${id}`,
              `delete-buffer -b ${buffer}`,
            ]
          : [[], `send-keys -t ${id} ${what.key}`, 'display-message -p ""'];
      const asked = ['if-shell', '-F', '-t', id, `#{==:${WRITABLE},${id}}`];
      const answers = [`${keys} ; display-message -p ${WRITTEN}`, otherwise];
      const end = await callWith('text' in what ? what.text : '', ...load, ...asked, ...answers);
      return linesOf(end, socket)?.includes(WRITTEN) ?? false;
    },
  };
}

/** The pane's id, if keys may go there; a pane that is gone has an empty one. */
const WRITABLE = '#{?#{||:#{pane_dead},#{||:#{pane_in_mode},#{pane_input_off}}},,#{pane_id}}';
const WRITTEN = 'written';

const STATE = '#{pane_id} #{pane_dead} #{pane_in_mode} #{pane_input_off}';
/** Neither `:` nor `.` can be in a session's name; a program's may have anything, so it is last. */
const LISTED = `#{version} ${STATE} #{pane_pid} #{window_index}.#{pane_index} #{session_name}:#{pane_current_command}`;

/** A flag that tmux leaves empty counts as off. */
const flagsOf = (dead = '', mode = '', off = '') => ({
  isDead: dead === '1',
  inMode: Number(mode) > 0,
  inputOff: off === '1',
});

/** null: a line that is not one of ours. */
export function readPane(line: string): TmuxPane | null {
  const match = /^\S* (%\d+) (\d*) (\d*) (\d*) (\d+) (\d+\.\d+) ([^:]*):(.*)$/.exec(line);
  if (!match) return null;
  const [, id, dead, mode, off, pid, place, session, command] = match;
  const facts = { id: id!, address: `${session}:${place}`, aliases: [], pid: Number(pid), command: command! };
  return { ...facts, ...flagsOf(dead, mode, off) };
}

/** What stands between the marks; a pane that is gone has no id behind its mark. */
export function readScreens(printed: string, mark: string): Map<string, TmuxScreen> {
  const found = new Map<string, TmuxScreen>();
  for (const part of printed.split(`${mark} `).slice(1)) {
    const [, id, dead, mode, off] = /^(%\d+) (\d*) (\d*) (\d*)\n/.exec(part) ?? [];
    if (id !== undefined) found.set(id, { captured: part.slice(part.indexOf('\n') + 1), ...flagsOf(dead, mode, off) });
  }
  return found;
}

/** What it printed; null: no server runs there. Throws 69 for all else. */
export function linesOf(end: ProgramEnd, socket: string): string[] | null {
  if (end.kind === 'not-started') throw notRunningError(end.reason, 'Install tmux 3.2 or later: apt-get install tmux');
  if (end.kind === 'killed') throw notRunningError(`tmux did not answer within ${limits.tmuxMs / 1000} s on ${socket}`);
  if (end.code === 0) return end.stdout.split('\n').filter(Boolean);
  if (/no server running|\((?:No such file or directory|Connection refused)\)/.test(end.stderr)) return null;
  throw notRunningError(`tmux says of ${socket}: ${printableLine(end.stderr) || `exit ${end.code}`}`);
}

/** `3.3a`; one that is no number (a build from source) is believed. */
export function requireVersion(version: string): void {
  const [, major, minor] = /^(?:\w+-)?(\d+)\.(\d+)/.exec(version) ?? [];
  if (major === undefined || Number(major) > 3 || (Number(major) === 3 && Number(minor) >= 2)) return;
  throw notRunningError(`tmux ${printableLine(version)} is too old: expected 3.2 or later`, 'Install a newer tmux.');
}
