/**
 * A root that build 22a1de5 made, with work in every state (test/fixtures/root-22a1de5/MAKE.md), unfolded in a place of its own, with
 * this build's commands in it. Its processes are dead and its claude is today's fake one.
 */
import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import {
  chmodSync,
  linkSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  realpathSync,
  rmSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { MessageKind } from '#blackboard/messages/message.ts';
import type { CommandEnd } from './agent-fixture.ts';
import { cliPath } from './agent-fixture.ts';
import type { LedgerLine } from './evidence.ts';
import { fakeClaudePath, sealedEnv } from './isolated-claude.ts';

/** One line of root.jsonl: a file, a directory, a link, another name of a file (`same`), or a socket that nobody listens at. */
interface Entry {
  path: string;
  mode: string;
  mtimeMs: number;
  text?: string;
  base64?: string;
  link?: string;
  same?: string;
  socket?: true;
  directory?: true;
}

/** What that build had been given, and in which state it left it. */
export interface Told {
  messages: {
    /** null: a drop, which had no id yet. */
    id: string | null;
    /** An agent, or `session:<id>`. */
    to: string;
    from: string;
    kind: MessageKind;
    state: string;
    /** Stands in the body, or in the file's name, and nowhere else. */
    marker: string;
    /** It is no work any more. */
    dead?: true;
    /** What that build's `trace` said of it at the end. */
    left: { state: string; path: string | null } | null;
  }[];
  board: { id: string; text: string }[];
  /** Claudes that were killed. */
  kills: { pid: number; at: number }[];
  /** The id of the one reply that the operator had read. */
  read: string;
}

export interface OldRoot extends AsyncDisposable {
  root: string;
  home: string;
  told: Told;
  run(...args: string[]): Promise<CommandEnd>;
  /** Runs this build's hook for a session whose claude is that process; what it printed. */
  hook(event: string, session: string, pid: number, more: object): Promise<string>;
  /** A process that lives as long as the root does; its pid. */
  sleeper(): number;
  transcript(session: string): string;
  ledger(): LedgerLine[];
  /** Text of each conversation of the agents. */
  transcripts(): Map<string, string>;
}

const fixture = fileURLToPath(new URL('../fixtures/root-22a1de5/', import.meta.url));
/** Offsets into files with paths in them are part of the state: the place has a path of the same length. */
const PLACE_CHARS = 48;
const RANDOM_CHARS = 6;

/** `leaveOut`: a path of the fixture that is not made, for controls. */
export async function unfoldOldRoot(leaveOut: (path: string) => boolean = () => false): Promise<OldRoot> {
  const place = makeScratch();
  const dashed = place.replace(/[^a-zA-Z0-9]/g, '-');
  const fill = (text: string) => text.replaceAll('@PLACE@', place).replaceAll('@DASHED@', dashed);
  const entries = readFileSync(join(fixture, 'root.jsonl'), 'utf8')
    .trim()
    .split('\n')
    .map(line => JSON.parse(line) as Entry)
    .filter(({ path }) => !leaveOut(path))
    .map(entry => ({ ...entry, path: join(place, fill(entry.path)) }));
  const sockets: string[] = [];
  for (const { path, text, base64, link, same, socket, directory } of entries) {
    if (directory) mkdirSync(path);
    else if (link !== undefined) symlinkSync(fill(link), path);
    else if (same !== undefined) linkSync(join(place, fill(same)), path);
    else if (socket) sockets.push(path);
    else writeFileSync(path, text === undefined ? Buffer.from(base64!, 'base64') : fill(text));
  }
  await leaveSockets(sockets);
  for (const { path, mode, mtimeMs, link } of entries.reverse()) {
    if (link !== undefined) continue;
    chmodSync(path, Number.parseInt(mode, 8));
    utimesSync(path, mtimeMs / 1000, mtimeMs / 1000);
  }
  mkdirSync(join(place, 'bin'), { recursive: true });
  symlinkSync(fakeClaudePath(), join(place, 'bin', 'claude'));
  const [root, home, work] = ['root', 'home', 'work'].map(name => join(place, name)) as [string, string, string];
  mkdirSync(join(home, 'tmp'), { recursive: true });
  const ledgerPath = join(place, 'ledger');
  const extra = { AGENT_RUNNER_HOME: root, FAKE_CLAUDE_OFFLINE: '1', FAKE_CLAUDE_LEDGER: ledgerPath };
  const env = sealedEnv({ home, extra });
  const sleepers: ReturnType<typeof spawn>[] = [];
  const transcript = (session: string) => join(home, 'claude', `${session}.jsonl`);
  const conversations = join(home, '.claude', 'projects', `${dashed}-work`);

  return {
    root,
    home,
    told: JSON.parse(readFileSync(join(fixture, 'told.json'), 'utf8')) as Told,
    run: (...args) => runIn(work, env, process.execPath, [cliPath, ...args]),
    async hook(event, session, pid, more) {
      const hook = join(cliPath, '..', 'hook.sh');
      const own = {
        CLAUDE_CODE_SESSION_ID: session,
        CLAUDE_PID: String(pid),
        CLAUDE_CODE_SESSION_ATTENDED: '1',
      };
      const input = { session_id: session, cwd: work, transcript_path: transcript(session), hook_event_name: event };
      const words = [hook, event, root, process.execPath];
      return (await runIn(work, { ...env, ...own }, 'sh', words, `${JSON.stringify({ ...input, ...more })}\n`)).stdout;
    },
    sleeper() {
      const child = spawn('sleep', ['1000'], { stdio: 'ignore' });
      sleepers.push(child);
      return child.pid!;
    },
    transcript,
    ledger: () =>
      readFileSync(ledgerPath, 'utf8')
        .trim()
        .split('\n')
        .map(line => JSON.parse(line) as LedgerLine),
    transcripts: () =>
      new Map(
        readdirSync(conversations).map(name => [
          name.replace('.jsonl', ''),
          readFileSync(join(conversations, name), 'utf8'),
        ]),
      ),
    async [Symbol.asyncDispose]() {
      const ends = sleepers.map(child => once(child, 'exit'));
      for (const child of sleepers) child.kill('SIGKILL');
      await Promise.all(ends);
      rmSync(place, { recursive: true, force: true });
    },
  };
}

function makeScratch(): string {
  const parent = [realpathSync(tmpdir()), '/tmp'].find(each => each.length + RANDOM_CHARS + 2 < PLACE_CHARS)!;
  return mkdtempSync(join(parent, 'o'.repeat(PLACE_CHARS - parent.length - 1 - RANDOM_CHARS)));
}

/** As a killed runner leaves them: Node removes those that it closes itself. */
async function leaveSockets(paths: readonly string[]): Promise<void> {
  const listen = `const paths = ${JSON.stringify(paths)};
    let left = paths.length;
    for (const path of paths) require('node:net').createServer().listen(path, () => --left || process.kill(process.pid, 'SIGKILL'));`;
  await once(spawn(process.execPath, ['-e', listen], { stdio: 'ignore' }), 'exit');
}

function runIn(cwd: string, env: Record<string, string>, program: string, args: string[], input = '') {
  return new Promise<CommandEnd>(resolve => {
    const child = execFile(program, args, { cwd, env, maxBuffer: 1 << 26 }, (error, stdout, stderr) => {
      const code = error === null ? 0 : typeof error.code === 'number' ? error.code : null;
      resolve({ code, signal: error?.signal ?? null, stdout, stderr });
    });
    child.stdin!.on('error', () => {});
    child.stdin!.end(input);
  });
}
