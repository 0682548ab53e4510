/**
 * Asks the installed claude how it reads settings files (hooks/install/settings-probe.ts): it is started in its own
 * directory, on copies. Apart from those it reads only what the machine's administrator set for every claude.
 */
import { mkdir, mkdtemp, realpath, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import {
  harmless,
  PROBE_INPUT,
  PROBE_PLACES,
  type ProbeAnswer,
  type ProbeScope,
  readProbe,
} from '#hooks/install/settings-probe.ts';
import { isBlank } from '#hooks/install/settings-text.ts';
import { askClaude } from '#runner/claude/ask-claude.ts';

/** null: it could not be asked, or its answer is unknown. The texts are valid JSON, or blank. */
export async function askSettings(
  executable: string,
  env: Readonly<Record<string, string | undefined>>,
  texts: Partial<Record<ProbeScope, string>>,
): Promise<ProbeAnswer | null> {
  const home = await realpath(await mkdtemp(join(tmpdir(), 'agent-runner-settings-')));
  try {
    await mkdir(join(home, 'work'));
    for (const [scope, text] of Object.entries(texts) as [ProbeScope, string][]) {
      const path = join(home, PROBE_PLACES[scope]);
      await mkdir(dirname(path), { recursive: true });
      await writeFile(path, isBlank(text) ? text : harmless(text), { mode: 0o600 });
    }
    const stdout = await askClaude(executable, { home, path: env.PATH ?? '', input: PROBE_INPUT });
    return readProbe(stdout, texts);
  } catch {
    return null;
  } finally {
    await rm(home, { recursive: true, force: true, maxRetries: 3 });
  }
}
