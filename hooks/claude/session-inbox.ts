/**
 * A session's own inbox socket: its vendor documents it for scripts, and the registry names it (CLI 2.1.329). One line
 * starts a turn of an idle session within 60 ms; there is no answer, so the proof must come from elsewhere.
 */
import { lstat, readFile } from 'node:fs/promises';
import { connect } from 'node:net';
import { join } from 'node:path';
import type { SessionPeer } from '#blackboard/peers/sessions.ts';
import { newNonce } from '#blackboard/system/ids.ts';
import { limits } from '#blackboard/system/limits.ts';
import { parseObject } from '#blackboard/text/json.ts';

/** The only text that is ever sent there. Our own hook tells the news, beside the prompt. */
export const NUDGE_TEXT =
  '[agent-runner] A signal woke this session. It carries no text; what came is told beside this prompt.';

/**
 * With a random word at the end: the CLI silently drops words that it has just received before (measured, also with a
 * msg_id).
 */
function newLine(): string {
  const content = `${NUDGE_TEXT} (${newNonce().slice(0, 8)})`;
  return `${JSON.stringify({ type: 'user', message: { role: 'user', content } })}\n`;
}

/** Sends the line. `none`: there is no such socket, or it is not ours. Never rejects. */
export async function nudgeInbox(peer: SessionPeer): Promise<'said' | 'none'> {
  const path = await inboxSocket(peer).catch(() => null);
  return path !== null && (await say(path)) ? 'said' : 'none';
}

/** What claude's registry says of the session; null: nothing. Rejects where it cannot be read. */
export async function registryOf({
  id,
  process: owner,
  configDir,
}: SessionPeer): Promise<Record<string, unknown> | null> {
  if (!owner || !configDir) return null;
  const said = parseObject(await readFile(join(configDir, 'sessions', `${owner.pid}.json`), 'utf8'));
  // The same process may have started another conversation (/clear).
  return said?.sessionId === id ? said : null;
}

/** Its path; null: there is none, or it is not ours. Rejects as {@link registryOf}. */
export async function inboxSocket(peer: SessionPeer): Promise<string | null> {
  const { messagingSocketPath } = (await registryOf(peer)) ?? {};
  if (typeof messagingSocketPath !== 'string') return null;
  const found = await lstat(messagingSocketPath);
  return found.isSocket() && found.uid === process.getuid?.() ? messagingSocketPath : null;
}

function say(path: string): Promise<boolean> {
  return new Promise(resolve => {
    const socket = connect(path, () => socket.end(newLine(), () => done(true)));
    const timer = setTimeout(() => done(false), limits.nudgeMs);
    socket.on('error', () => done(false));
    function done(isSaid: boolean) {
      clearTimeout(timer);
      // Its answer is ignored, but read, so that the end of the connection arrives.
      socket.resume();
      if (!isSaid) socket.destroy();
      resolve(isSaid);
    }
  });
}
