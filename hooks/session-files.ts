// Where the CLI keeps a session's file. Relies on the id alone: the folder's name is made from the working directory by rules
// that have changed between versions.
import { readdir, stat } from 'node:fs/promises';
import { homedir } from 'node:os';
import { join } from 'node:path';

/** The CLI's configuration directory for a child with this environment: CLAUDE_CONFIG_DIR, else `$HOME/.claude`. */
export function claudeConfigDir(env: Readonly<Record<string, string | undefined>>): string {
  return env.CLAUDE_CONFIG_DIR || join(env.HOME || homedir(), '.claude');
}

/**
 * The transcript of a session and its size in bytes, or null when the CLI has written none yet. If several folders hold one
 * (a working directory that moved), the largest: the CLI copies and then goes on in one of them.
 */
export async function locateTranscript(
  configDir: string,
  sessionId: string,
): Promise<{ path: string; sizeBytes: number } | null> {
  if (!/^[0-9a-f-]{36}$/i.test(sessionId)) return null;
  const projects = join(configDir, 'projects');
  const folders = await readdir(projects).catch(nothingThere);
  const sizes = await Promise.all(
    folders.map(async folder => {
      const path = join(projects, folder, `${sessionId}.jsonl`);
      const found = await stat(path).catch(nothingThere);
      return 'size' in found ? [{ path, sizeBytes: found.size }] : [];
    }),
  );
  return sizes.flat().sort((a, b) => b.sizeBytes - a.sizeBytes)[0] ?? null;
}

/** An unreadable folder or a full descriptor table must not look like a session that never was. */
function nothingThere(error: NodeJS.ErrnoException): never[] {
  if (error.code === 'ENOENT' || error.code === 'ENOTDIR') return [];
  throw error;
}
