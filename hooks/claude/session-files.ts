// Where the CLI keeps a session's file. Uses only the id: the folder's name is made from the working directory by rules
// that have changed between versions.
import { readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { homeDirectory } from '#blackboard/system/home-directory.ts';

/** The CLI's configuration directory for a child with this environment: CLAUDE_CONFIG_DIR, else `$HOME/.claude`. */
export function claudeConfigDir(env: Readonly<Record<string, string | undefined>>): string {
  return env.CLAUDE_CONFIG_DIR || join(homeDirectory(env), '.claude');
}

/**
 * The transcript of a session and its size in bytes, or null if the CLI has written none yet. If several folders have
 * one (the working directory moved), the largest: the CLI copies it and continues in one of them.
 */
export async function locateTranscript(
  configDir: string,
  sessionId: string,
): Promise<{ path: string; sizeBytes: number } | null> {
  if (!/^[0-9a-f-]{36}$/i.test(sessionId)) return null;
  const projects = join(configDir, 'projects');
  const sizes = unlessMissing(() => readdirSync(projects), []).flatMap(folder => {
    const path = join(projects, folder, `${sessionId}.jsonl`);
    const found = unlessMissing(() => statSync(path, { throwIfNoEntry: false }), undefined);
    return found ? [{ path, sizeBytes: found.size }] : [];
  });
  return sizes.sort((a, b) => b.sizeBytes - a.sizeBytes)[0] ?? null;
}

/** An unreadable folder or a full descriptor table must not look like a missing session. */
function unlessMissing<T>(look: () => T, value: T): T {
  try {
    return look();
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === 'ENOENT' || code === 'ENOTDIR') return value;
    throw error;
  }
}
