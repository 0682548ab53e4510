/**
 * A session's own inbox socket: documented by its vendor for scripts, named in the registry (CLI 2.1.329). One line starts a
 * turn of an idle session within 60 ms; nothing is answered, so the proof must come from elsewhere.
 */
import { lstat, readFile } from 'node:fs/promises';
import { connect } from 'node:net';
import { join } from 'node:path';
import type { SessionPeer } from '#blackboard/peers/sessions.ts';
import { newNonce } from '#blackboard/system/ids.ts';
import { limits } from '#blackboard/system/limits.ts';

/** All that is ever said there. What came is told by our own hook, beside the prompt. */
export const NUDGE_TEXT =
  '[agent-runner] A signal woke this session. It carries no text; what came is told beside this prompt.';

/** With a random word at its end: words that it had just before, the CLI drops without a sign (measured, also with a msg_id). */
function newLine(): string {
  const content = `${NUDGE_TEXT} (${newNonce().slice(0, 8)})`;
  return `${JSON.stringify({ type: 'user', message: { role: 'user', content } })}\n`;
}

/** Says the line. `none`: there is no such socket, or it is not ours. Never rejects. */
export async function nudgeInbox(peer: SessionPeer): Promise<'said' | 'none'> {
  const path = await inboxSocket(peer).catch(() => null);
  return path !== null && (await say(path)) ? 'said' : 'none';
}

async function inboxSocket({ id, process: owner, configDir }: SessionPeer): Promise<string | null> {
  if (!owner || !configDir) return null;
  const text = await readFile(join(configDir, 'sessions', `${owner.pid}.json`), 'utf8');
  const { sessionId, messagingSocketPath } = JSON.parse(text) as Record<string, unknown>;
  // The same process may have another conversation by now (/clear).
  if (sessionId !== id || typeof messagingSocketPath !== 'string') return null;
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
      // What it may answer interests nobody; it is read, so that its end arrives.
      socket.resume();
      if (!isSaid) socket.destroy();
      resolve(isSaid);
    }
  });
}
