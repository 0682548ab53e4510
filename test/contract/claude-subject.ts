// What the contract suite runs against: the real and the fake claude, and the place each test gets. Knows the CLI's file
// names and nothing of the runner.
import { randomUUID } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { userLine } from '#hooks/claude/user-line.ts';
import type { ClaudeEnd, RunningClaude, Sealed } from '#test/support/isolated-claude.ts';
import { fakeClaudePath, realClaudePath, sealed } from '#test/support/isolated-claude.ts';
import { directives } from '#test/support/model/directives.ts';
import type { ModelServer } from '#test/support/model/server.ts';
import { startModelServer } from '#test/support/model/server.ts';

export type Subject = { name: 'real' | 'fake'; executable: () => string };

export const subjects: Subject[] = [
  { name: 'real', executable: realClaudePath },
  { name: 'fake', executable: fakeClaudePath },
];

// biome-ignore lint/suspicious/noExplicitAny: records of the CLI, read as a test sees them
export type TranscriptRecord = any;

/** A sealed place, a model server that obeys directives, and short ways to run turns. */
export type Bench = AsyncDisposable & {
  place: Sealed;
  server: ModelServer;
  /** A fresh session id. */
  id: string;
  /** One turn with `-p`, stream-json in and out, manual mode. */
  turn(prompt: string, args?: string[], env?: Record<string, string>): Promise<ClaudeEnd>;
  /** One whose prompt comes as text: as an older claude takes a line. */
  textTurn(prompt: string, args?: string[]): Promise<ClaudeEnd>;
  /** As turn, not awaited. */
  begin(prompt: string, args?: string[], env?: Record<string, string>): RunningClaude;
  transcriptPath(id?: string): string;
  /** Records of the transcript, none if there is no file. A half-written last line is left out. */
  transcript(id?: string): TranscriptRecord[];
  /** Prompts in the transcript: user records of the main thread that are neither tool results nor made by the CLI. */
  prompts(id?: string): string[];
};

const common = ['-p', '--output-format', 'stream-json', '--verbose', '--permission-mode', 'manual'];
const lines = ['--input-format', 'stream-json'];

/** A new bench; dispose of it. */
export async function bench(subject: Subject): Promise<Bench> {
  const server = await startModelServer(directives());
  const place = await sealed({ baseUrl: server.url });
  const id: string = randomUUID();
  const begin = (prompt: string, args: string[] = [], env: Record<string, string> = {}) =>
    place.start({
      executable: subject.executable(),
      args: [...common, ...lines, ...args],
      prompt: userLine(prompt, randomUUID()),
      env,
    });
  const transcriptPath = (of = id) =>
    join(place.home, '.claude/projects', place.cwd.replace(/[^a-zA-Z0-9]/g, '-'), `${of}.jsonl`);
  const transcript = (of = id) => {
    const path = transcriptPath(of);
    return existsSync(path) ? readFileSync(path, 'utf8').split('\n').slice(0, -1).map(parseLine) : [];
  };
  return {
    place,
    server,
    id,
    begin,
    turn: (...given) => begin(...given).ended,
    textTurn: (prompt, args = []) =>
      place.run({ executable: subject.executable(), args: [...common, ...args], prompt }),
    transcriptPath,
    transcript,
    prompts: of =>
      transcript(of)
        .filter(isPrompt)
        .map(record => record.message.content),
    async [Symbol.asyncDispose]() {
      await place[Symbol.asyncDispose]();
      await server.close();
    },
  };
}

/** A user record whose text somebody sent: what counts as "the prompt stands in the conversation". */
export function isPrompt(record: TranscriptRecord): boolean {
  return (
    record.type === 'user' &&
    record.isSidechain === false &&
    record.isMeta !== true &&
    record.promptSource !== undefined &&
    typeof record.message.content === 'string'
  );
}

/** Settings with one shell command per event, as the CLI's `--settings` takes them. */
export function hookSettings(commands: Record<string, string>, more: object = {}): string {
  const hooks = Object.fromEntries(
    Object.entries(commands).map(([event, command]) => [event, [{ hooks: [{ type: 'command', command }] }]]),
  );
  return JSON.stringify({ hooks, ...more });
}

/** Makes the folder for a project's own settings and gives the path of its settings.json. */
export function projectSettingsPath(cwd: string): string {
  mkdirSync(join(cwd, '.claude'), { recursive: true });
  return join(cwd, '.claude/settings.json');
}

export function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}

function parseLine(line: string): TranscriptRecord {
  return JSON.parse(line);
}
