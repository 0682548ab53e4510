/** The scratch directory of one demo, with its own HOME, root, working directory and PATH. */
import { access, chmod, constants, mkdir, mkdtemp, realpath, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { delimiter, dirname, join } from 'node:path';
import { configurationError, succeeds } from '#blackboard/system/errors.ts';
import { quoted } from '#blackboard/text/shell-word.ts';
import { findClaude } from '#runner/claude/claude-process.ts';
import { INSTALL_CLAUDE } from '#runner/claude/claude-version.ts';
import { packageRoot } from '#runner/version.ts';

export interface Scratch {
  directory: string;
  home: string;
  root: string;
  /** Where both agents work. */
  work: string;
  /** Holds `agent-runner`, as the agents find it in their PATH. */
  bin: string;
}

/** Makes it; all directories are 0700. */
export async function makeScratch(): Promise<Scratch> {
  const directory = await realpath(await mkdtemp(join(tmpdir(), 'agent-runner-demo-')));
  const [home, root, work, bin] = ['home', 'root', 'work', 'bin'].map(name => join(directory, name));
  for (const path of [home!, join(home!, 'tmp'), work!, bin!]) await mkdir(path, { mode: 0o700 });
  const command = join(bin!, 'agent-runner');
  const cli = join(packageRoot, 'dist', 'cli.js');
  await writeFile(command, `#!/bin/sh\nexec ${quoted(process.execPath)} ${quoted(cli)} "$@"\n`);
  await chmod(command, 0o700);
  return { directory, home: home!, root: root!, work: work!, bin: bin! };
}

/** A claude that was just killed may still be writing a file: hence the retries. */
export const removeScratch = (scratch: Scratch): Promise<void> =>
  rm(scratch.directory, { recursive: true, force: true, maxRetries: 5, retryDelay: 100 });

/**
 * The environment of everything that the demo starts. It contains no key, configuration or session of the user, and
 * the only API is on this machine.
 */
export function sealedEnvironment(scratch: Scratch, modelUrl: string): Record<string, string> {
  return {
    HOME: scratch.home,
    TMPDIR: join(scratch.home, 'tmp'),
    PATH: [scratch.bin, dirname(process.execPath), '/usr/local/bin', '/usr/bin', '/bin'].join(delimiter),
    LANG: 'C.UTF-8',
    ANTHROPIC_API_KEY: 'sk-ant-dummy-key-of-the-demo',
    ANTHROPIC_BASE_URL: modelUrl,
    CLAUDE_CODE_DISABLE_NONESSENTIAL_TRAFFIC: '1',
    DISABLE_AUTOUPDATER: '1',
  };
}

/** The claude of this checkout (a dev dependency), else the one in the user's PATH. Throws if there is neither. */
export async function findDemoClaude(env: Readonly<Record<string, string | undefined>>): Promise<string> {
  const ours = join(packageRoot, 'node_modules', '.bin', 'claude');
  if (await succeeds(access(ours, constants.X_OK))) return ours;
  return findClaude('claude', env).catch(() => {
    throw configurationError(
      `the demo runs the real claude, and found none: neither ${ours} nor "claude" in PATH`,
      `In a checkout: npm ci. Elsewhere: ${INSTALL_CLAUDE} (no account is needed for the demo).`,
    );
  });
}
