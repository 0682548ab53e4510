// Sessions of the real claude with our hooks installed, as their user has them: interactive in tmux, and `-p`. A root, a build of
// our own (others may rebuild dist/ meanwhile), the model server on loopback. Waits for what stands in files, requests and screens.
import { execFile, execFileSync } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import {
  copyFileSync,
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { afterAll, beforeAll } from 'vitest';
import { sessionLayout } from '#blackboard/layout.ts';
import { listSessions, type SessionFacts } from '#blackboard/peers/sessions.ts';
import { makeRoot } from '#blackboard/root.ts';
import { createRunnerFiles } from '#blackboard/system/runner-files.ts';
import { registryStatus } from '#hooks/claude/session-status.ts';
import { directives } from '#test/support/model/directives.ts';
import { type ModelServer, startModelServer } from '#test/support/model/server.ts';
import { type Look, until } from '#test/support/until.ts';
import {
  type ClaudeEnd,
  dummyKey,
  type RunningClaude,
  realClaudePath,
  type Sealed,
  sealed,
} from './isolated-claude.ts';

const run = promisify(execFile);
const repository = fileURLToPath(new URL('../..', import.meta.url));
const files = createRunnerFiles();

/** A build of the tree as it is now, in a place of its own. Call `remove` at the end. */
export function buildAside(): { dist: string; remove(): void } {
  const home = mkdtempSync(join(tmpdir(), 'ar-build-'));
  copyFileSync(join(repository, 'package.json'), join(home, 'package.json'));
  cpSync(join(repository, 'templates'), join(home, 'templates'), { recursive: true });
  execFileSync(process.execPath, ['scripts/build.mjs', join(home, 'dist')], { cwd: repository });
  return { dist: join(home, 'dist'), remove: () => rmSync(home, { recursive: true, force: true }) };
}

/** One for all tests of the file that calls this. */
export function buildForFile(): { readonly dist: string } {
  let build: ReturnType<typeof buildAside>;
  beforeAll(() => {
    build = buildAside();
  });
  afterAll(() => build.remove());
  return {
    get dist() {
      return build.dist;
    },
  };
}

/** An interactive claude in a pane. */
export type Terminal = {
  /** The id of its pane, `%1`. */
  pane: string;
  /** The session's id as it is now, from the registration. */
  session(): Promise<SessionFacts>;
  /** `-e`: with its colours. */
  screen(...flags: '-e'[]): string;
  /** Types text and Enter. */
  prompt(text: string): Promise<void>;
  keys(...keys: string[]): void;
  /** Types text, without Enter. */
  type(text: string): void;
  /** SIGKILL for claude itself. */
  kill(): Promise<void>;
};

export type Hooked = AsyncDisposable & {
  place: Sealed;
  server: ModelServer;
  root: string;
  settings: string;
  /** Runs `agent-runner …`; its stdout. Throws for another exit code than 0. */
  cli(args: string[], options?: { env?: Record<string, string>; input?: string }): Promise<string>;
  /** The same to whatever end. */
  run(args: string[]): Promise<ClaudeEnd>;
  /** Starts it and lets it run; it ends with the fixture. */
  start(args: string[]): RunningClaude;
  /** One `claude -p` turn. */
  headless(prompt: string, args: string[], env?: Record<string, string>): Promise<ClaudeEnd>;
  /**
   * Starts an interactive claude, the real one or what is to be started in its place; resolves once its prompt, or what else is
   * waited for, is on the screen.
   */
  terminal(args?: string[], claude?: string, ready?: RegExp): Promise<Terminal>;
  /** The socket of the tmux server that has the terminals. */
  tmuxSocket: string;
  tmux(...words: string[]): string;
  /** The bodies of all requests of that session, as JSON text, oldest first. */
  bodies(sessionId: string): string[];
  sessions(): Promise<SessionFacts[]>;
  until<T>(what: string, look: Look<T>): Promise<T>;
};

export async function hookedClaude(
  dist: string,
  { install = true, acceptsBypass = false, maxRetries = 0 } = {},
): Promise<Hooked> {
  const server = await startModelServer(directives());
  const place = await sealed({ baseUrl: server.url, maxRetries });
  const root = join(place.home, '.agent-runner');
  await makeRoot(files, root, false);
  const bin = join(place.root, 'bin');
  mkdirSync(bin);
  writeFileSync(join(bin, 'agent-runner'), `#!/bin/sh\nexec '${process.execPath}' '${join(dist, 'cli.js')}' "$@"\n`, {
    mode: 0o755,
  });
  const env: Record<string, string> = { ...place.env, PATH: `${bin}:${place.env.PATH}` };
  const settings = join(place.home, '.claude', 'settings.json');
  const tmux = join(place.root, 'tmux.sock');
  writeFileSync(join(place.home, '.claude.json'), JSON.stringify(onboarded(place.cwd, acceptsBypass)));

  const ours = (args: string[]) => ({ executable: process.execPath, args: [join(dist, 'cli.js'), ...args], env });
  const hooked: Hooked = {
    place,
    server,
    root,
    settings,
    run: args => place.run(ours(args)),
    start: args => place.start(ours(args)),
    async cli(args, { env: more = {}, input } = {}) {
      const end = await place.run({
        executable: process.execPath,
        args: [join(dist, 'cli.js'), ...args],
        env: { ...env, ...more },
        ...(input === undefined ? {} : { prompt: input }),
      });
      if (end.code !== 0) throw new Error(`agent-runner ${args.join(' ')}: exit ${end.code}\n${end.stderr}`);
      return end.stdout.trim();
    },
    headless: (prompt, args, more = {}) =>
      place.run({
        executable: realClaudePath(),
        args: ['-p', '--permission-mode', 'manual', ...args],
        prompt,
        env: { ...env, ...more },
      }),
    terminal: (args = [], claude = realClaudePath(), ready = PROMPT) =>
      openTerminal(hooked, env, [claude, ...args], ready),
    tmuxSocket: tmux,
    tmux: (...words) => execFileSync('tmux', ['-S', tmux, ...words], { encoding: 'utf8', env: tmuxEnv(env) }),
    bodies: sessionId =>
      server
        .turns()
        .filter(({ headers }) => headers['x-claude-code-session-id'] === sessionId)
        .map(({ body }) => JSON.stringify(body.messages)),
    sessions: () => listSessions(files, root, Date.now(), registryStatus),
    until: (what, look) => until(what, look, { about: () => logOf(root) }),
    async [Symbol.asyncDispose]() {
      await run('tmux', ['-S', tmux, 'kill-server']).catch(() => {});
      await place[Symbol.asyncDispose]();
      await server.close();
    },
  };
  if (install) await hooked.cli(['hooks', 'install']);
  return hooked;
}

/** What the hooks left behind, for the message of a wait that failed. */
const logOf = (root: string): string =>
  [
    existsSync(join(root, 'hooks.log')) ? readFileSync(join(root, 'hooks.log'), 'utf8') : '(no hooks.log)',
    ...readdirSync(join(root, 'sessions'), { recursive: true }).filter(path =>
      /new.|cur.|shown|state/.test(String(path)),
    ),
  ].join('\n');

/** What an interactive claude needs so that it asks nothing first. */
const onboarded = (cwd: string, acceptsBypass: boolean) => ({
  ...(acceptsBypass ? { bypassPermissionsModeAccepted: true } : {}),
  hasCompletedOnboarding: true,
  theme: 'dark',
  lastOnboardingVersion: '2.1.329',
  customApiKeyResponses: { approved: [dummyKey.slice(-20)], rejected: [] },
  projects: { [cwd]: { hasTrustDialogAccepted: true, hasCompletedProjectOnboarding: true } },
});

/** The sign of claude's box has a no-break space behind it. */
const PROMPT = /❯\u00a0/;

async function openTerminal(
  hooked: Hooked,
  env: Record<string, string>,
  [claude = '', ...args]: string[],
  ready: RegExp,
): Promise<Terminal> {
  const window = `w${randomUUID().slice(0, 8)}`;
  const { tmux } = hooked;
  const words = [claude, '--permission-mode', 'manual', ...args].map(word => `'${word}'`).join(' ');
  // As a command line and not as a program: the pane stays when claude is gone.
  const command = `env -i ${Object.entries(env)
    .map(([key, value]) => `${key}='${value}'`)
    .join(' ')} TERM=xterm-256color TMUX="$TMUX" TMUX_PANE="$TMUX_PANE" ${words}; sleep 1000`;
  tmux('-f', '/dev/null', 'new-session', '-d', '-s', window, '-x', '180', '-y', '50', '-c', hooked.place.cwd, command);
  const screen = (...flags: '-e'[]) => tmux('capture-pane', '-p', ...flags, '-t', window);
  const pane = tmux('display-message', '-p', '-t', window, '#{pane_id}').trim();
  const terminal: Terminal = {
    pane,
    session: () =>
      hooked.until(`a session in pane ${pane}`, async () =>
        (await hooked.sessions()).find(({ peer }) => peer.tmux?.pane === pane),
      ),
    screen,
    async prompt(text) {
      await hooked.until(`an empty prompt\n${screen()}`, () => PROMPT.test(screen()));
      tmux('send-keys', '-t', window, '-l', text);
      await hooked.until('the text in the box', () => screen().replace(/\s+/g, ' ').includes(text.slice(-30)));
      tmux('send-keys', '-t', window, 'Enter');
    },
    keys: (...keys) => void tmux('send-keys', '-t', window, ...keys),
    type: text => void tmux('send-keys', '-t', window, '-l', '--', text),
    async kill() {
      const { peer } = await terminal.session();
      process.kill(peer.process!.pid, 'SIGKILL');
      await hooked.until('claude to be gone', async () => (await terminal.session()).state === 'dead');
    },
  };
  await hooked.until('the prompt', () => ready.test(screen()));
  return terminal;
}

const tmuxEnv = (env: Record<string, string>) => ({ ...env, TERM: 'xterm-256color', LC_ALL: 'C.UTF-8' });

/** How often `words` stand in a text. */
export const times = (text: string | undefined, words: string): number => (text ?? '').split(words).length - 1;

export const layoutOf = (hooked: Hooked, id: string) => sessionLayout(hooked.root, id);
