/**
 * Learns whether a claude gives the model a prompt as it is written (`client_composed`, which a CLI before 2.1.280 ignores
 * without a word, and which no version announces). It is asked once for each program: a line with a slash command, in a
 * place without account and network. A claude that honours the flag tries to ask a model, in vain; another runs the command.
 */
import { createHash } from 'node:crypto';
import { realpathSync, statSync } from 'node:fs';
import { mkdir, mkdtemp, realpath, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { rootLayout } from '#blackboard/layout.ts';
import { type Files, readText } from '#blackboard/system/files.ts';
import { limits } from '#blackboard/system/limits.ts';
import { replaceCopy } from '#blackboard/system/record.ts';
import { summarizeStream } from '#hooks/claude/stream-summary.ts';
import { userLine } from '#hooks/claude/user-line.ts';
import { askClaude } from '#runner/claude/ask-claude.ts';

export interface Asking {
  files: Files;
  root: string;
  executable: string;
  env: Readonly<Record<string, string | undefined>>;
}

/** What is kept of an answer: the program as it was when it was asked, and what it does. */
interface Known {
  path: string;
  sizeBytes: number;
  mtimeMs: number;
  keepsPrompt: boolean;
}

/** By root and program: the answer, or that it is being asked for (null). */
const answers = new Map<string, boolean | null>();

/** The answer if it is known; else false, and with `isWanted` it is asked for meanwhile. Never rejects. */
export async function keepsPrompt(asking: Asking, isWanted: boolean): Promise<boolean> {
  try {
    const path = realpathSync.native(asking.executable);
    const { size: sizeBytes, mtimeMs } = statSync(path);
    const program = { path, sizeBytes, mtimeMs };
    const key = JSON.stringify([asking.root, program]);
    if (!answers.has(key)) {
      const kept = await readKnown(asking, program);
      if (kept === null && !isWanted) return false;
      answers.set(key, kept);
      if (kept === null) void learn(asking, program, key);
    }
    return answers.get(key) ?? false;
  } catch {
    return false;
  }
}

type Program = Omit<Known, 'keepsPrompt'>;

async function readKnown({ files, root }: Asking, program: Program): Promise<boolean | null> {
  const text = await readText(files, recordPath(root, program), limits.recordBytesMax);
  try {
    const { keepsPrompt: kept, ...asked } = JSON.parse(text ?? 'null') as Known;
    return JSON.stringify(asked) === JSON.stringify(program) && typeof kept === 'boolean' ? kept : null;
  } catch {
    // Missing, or emptied by a power loss: it is asked again.
    return null;
  }
}

/** Never rejects. What cannot be learnt is asked again by the next runner. */
async function learn(asking: Asking, program: Program, key: string): Promise<void> {
  const kept = await askKeepsPrompt(asking).catch(() => null);
  if (kept === null) return;
  answers.set(key, kept);
  const { files, root } = asking;
  await files
    .makeDirectory(rootLayout(root).probes)
    .then(() => replaceCopy(files, recordPath(root, program), `${JSON.stringify({ ...program, keepsPrompt: kept })}\n`))
    .catch(() => {});
}

const recordPath = (root: string, { path }: Program): string =>
  join(rootLayout(root).probes, `${createHash('sha256').update(path).digest('hex').slice(0, 16)}.json`);

/** What that claude does now; null: it cannot be told from what it printed. */
export async function askKeepsPrompt({ executable, env }: Pick<Asking, 'executable' | 'env'>): Promise<boolean | null> {
  const home = await realpath(await mkdtemp(join(tmpdir(), 'agent-runner-prompt-')));
  try {
    await mkdir(join(home, 'work'));
    const input = userLine('/cost', '00000000-0000-7000-8000-000000000000');
    const { result } = summarizeStream(await askClaude(executable, { home, path: env.PATH ?? '', input }));
    if (result?.terminalReason === 'api_error') return true;
    return result !== null && result.numTurns === 0 && !result.isError ? false : null;
  } finally {
    await rm(home, { recursive: true, force: true, maxRetries: 3 });
  }
}
