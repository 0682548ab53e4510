/**
 * Whether a session holds back what other programs send to its inbox, behind a dialog (CLI 2.1.329): it does in
 * bypassPermissions mode, unless the user's settings accept it. That is the user's decision, so such a session is never
 * woken. In doubt, it does.
 */
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { SessionPeer } from '#blackboard/peers/sessions.ts';
import type { Files } from '#blackboard/system/files.ts';
import { limits } from '#blackboard/system/limits.ts';
import { commandLineOf, isElsewhere } from '#blackboard/system/process-identity.ts';

export async function holdsPeerMessages(files: Files, peer: SessionPeer): Promise<boolean> {
  const user = await settingsIn(peer.configDir === null ? null : join(peer.configDir, 'settings.json'));
  if (user.crossSessionInbound === 'accept') return false;
  const local = ['settings.json', 'settings.local.json'].map(name => settingsIn(join(peer.cwd, '.claude', name)));
  const modes = [user, ...(await Promise.all(local))].map(defaultModeOf);
  const argv = peer.process && !isElsewhere(peer.process) ? await commandLineOf(peer.process.pid) : null;
  return mayBypass({ argv, defaultModes: modes, transcriptMode: await lastModeIn(files, peer.transcript) });
}

export interface ModeEvidence {
  /** The arguments of this claude; null: they cannot be read. */
  argv: readonly string[] | null;
  /** permissions.defaultMode of each settings file that applies. */
  defaultModes: readonly (string | null)[];
  /** The mode of the newest prompt; null: there is none yet. */
  transcriptMode: string | null;
}

/**
 * Pure. A key can change the mode at any time, but only a prompt records it: a session that can enter bypassPermissions
 * counts as being in it.
 */
export function mayBypass({ argv, defaultModes, transcriptMode }: ModeEvidence): boolean {
  if (transcriptMode === 'bypassPermissions' || argv === null) return true;
  if (argv.some(word => /dangerously-skip-permissions/.test(word))) return true;
  const flag = argv.findIndex(word => /^--permission-mode(=|$)/.test(word));
  if (flag < 0) return defaultModes.includes('bypassPermissions');
  return (argv[flag]!.split('=')[1] ?? argv[flag + 1]) === 'bypassPermissions';
}

/** The mode in the newest record. */
export const modeIn = (jsonl: string): string | null =>
  [...jsonl.matchAll(/"permissionMode":"([A-Za-z]+)"/g)].at(-1)?.[1] ?? null;

async function lastModeIn(files: Files, transcript: string | null): Promise<string | null> {
  if (transcript === null) return null;
  const sizeBytes = (await files.facts(transcript))?.sizeBytes ?? 0;
  const offset = Math.max(0, sizeBytes - limits.modeBytesMax);
  const bytes = await files.read(transcript, { offset, bytesMax: limits.modeBytesMax });
  return bytes && modeIn(Buffer.from(bytes).toString('latin1'));
}

async function settingsIn(path: string | null): Promise<Record<string, unknown>> {
  try {
    return path === null ? {} : (JSON.parse(await readFile(path, 'utf8')) as Record<string, unknown>);
  } catch {
    return {};
  }
}

function defaultModeOf(settings: Record<string, unknown>): string | null {
  const mode = (settings.permissions as Record<string, unknown> | undefined)?.defaultMode;
  return typeof mode === 'string' ? mode : null;
}
