/** The wake socket of one peer: who may speak, one line in, one line out. The intake decides what the line means. */
import { chmodSync, lstatSync, renameSync, rmSync } from 'node:fs';
import { createServer, type Server, type Socket } from 'node:net';
import { dirname, join } from 'node:path';
import { parseSignal, type RefusalCode } from '#blackboard/signals/signal.ts';
import { newNonce } from '#blackboard/system/ids.ts';
import { limits } from '#blackboard/system/limits.ts';
import type { CredentialReader, Credentials } from '#blackboard/system/peer-credentials.ts';
import { type Answer, formatAnswer, refusal } from '#runner/wake/answer.ts';
import type { Intake } from '#runner/wake/intake.ts';
import { leaveSocketDirectory, type SocketDirectory } from '#runner/wake/socket-directory.ts';
import { isToken, newToken, removeToken, writeToken } from '#runner/wake/token.ts';

export interface WakeServer extends AsyncDisposable {
  /** Connections that have not been answered yet. */
  openCount(): number;
}

export interface ServerOptions {
  place: SocketDirectory;
  intake: Intake;
  /** null: the kernel is not asked; the directory and the token protect the socket. */
  credentials: CredentialReader | null;
  /** Who may signal; this process's user. */
  uid?: number;
}

/** Serves until it is disposed of. An existing socket is replaced in one step. */
export async function serveWake(options: ServerOptions): Promise<WakeServer> {
  const { place } = options;
  const token = newToken();
  writeToken(place.token, token);
  const open = new Set<Conversation>();
  let isTrimming = false;
  // Half open: a client that has sent its line and closed its side still gets the answer.
  const server = createServer({ allowHalfOpen: true }, socket => {
    if (open.size >= limits.wakeBurstMax) {
      socket.destroy();
      void options.intake.refuse('too-many', null);
      return;
    }
    const conversation = converse(socket, token, options, () => open.delete(conversation));
    open.add(conversation);
    if (open.size > limits.wakeConnectionsMax && !isTrimming) {
      isTrimming = true;
      // Only after reading what they have already sent: of many that come at once, a good one may be among them.
      setImmediate(() => setImmediate(trim));
    }
  });
  function trim(): void {
    isTrimming = false;
    while (open.size > limits.wakeConnectionsMax && makeRoom(open));
  }
  const inode = await listen(server, place.socket);
  server.on('error', () => {});
  return {
    openCount: () => open.size,
    async [Symbol.asyncDispose]() {
      const closed = new Promise(resolve => server.close(resolve));
      for (const conversation of open) conversation.cut();
      await closed;
      // The next server of this peer already has its own socket and token there.
      if (inodeOf(place.socket) !== inode) return;
      rmSync(place.socket, { force: true });
      removeToken(place.token);
      leaveSocketDirectory(place);
    },
  };
}

/**
 * The name appears by a rename, with its final mode: it is never open to others, not even inside a directory that
 * somebody has opened. umask(2) belongs to the whole process, so it is one under which files and directories that other
 * threads create at this moment are still right (0600, 0700). Nothing else runs between the two calls.
 */
function listen(server: Server, path: string): Promise<number> {
  const aside = join(dirname(path), `s.${newNonce().slice(0, 8)}`);
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.once('listening', () => {
      try {
        server.off('error', reject);
        resolve(placed);
      } catch (error) {
        reject(error);
      }
    });
    let placed = 0;
    const before = process.umask(0o077);
    try {
      server.listen(aside);
      chmodSync(aside, 0o600);
      renameSync(aside, path);
      placed = inodeOf(path)!;
    } catch (error) {
      reject(error);
    } finally {
      process.umask(before);
    }
  });
}

function inodeOf(path: string): number | null {
  return lstatSync(path, { throwIfNoEntry: false })?.ino ?? null;
}

interface Conversation {
  /** According to the kernel; null: unknown. */
  pid: number | null;
  state: 'listening' | 'judging' | 'answered';
  /** It ends now, whatever it was about to send. */
  cut(): void;
}

/**
 * Slow clients do not keep a good one out: an answered one is closed first, then, of the process with the most
 * connections, the slowest one.
 */
function makeRoom(open: ReadonlySet<Conversation>): boolean {
  const all = [...open];
  const slow = all.filter(({ state }) => state === 'listening');
  const counts = new Map<number | null, number>();
  for (const { pid } of all) counts.set(pid, (counts.get(pid) ?? 0) + 1);
  const most = Math.max(...slow.map(({ pid }) => counts.get(pid)!));
  const first = all.find(({ state }) => state === 'answered') ?? slow.find(({ pid }) => counts.get(pid) === most);
  first?.cut();
  return first !== undefined;
}

/** One client: it has a second for its line, gets one answer, and what it sends after that is discarded. */
function converse(socket: Socket, token: string, options: ServerOptions, onOver: () => void): Conversation {
  const { intake } = options;
  const pieces: Buffer[] = [];
  let sizeBytes = 0;
  const owner = options.uid ?? process.getuid?.();
  const who: Credentials | null = options.credentials?.read(socket) ?? null;
  const timer = setTimeout(() => refuse('too-slow'), limits.wakeLineMs);
  const conversation: Conversation = { pid: who?.pid ?? null, state: 'listening', cut };

  function hear(then: () => Promise<Answer>): void {
    if (conversation.state !== 'listening') return;
    conversation.state = 'judging';
    clearTimeout(timer);
    void then().then(answer => {
      conversation.state = 'answered';
      if (socket.destroyed) return;
      // What it still sends is read and discarded, so that the answer arrives; but not for ever.
      const late = setTimeout(() => socket.destroy(), limits.wakeLineMs);
      socket.once('close', () => clearTimeout(late));
      socket.end(formatAnswer(answer));
    });
  }

  const refuse = (code: RefusalCode): void => hear(() => intake.refuse(code, who));

  function cut(): void {
    if (conversation.state === 'listening') {
      void intake.refuse('too-many', who);
      socket.write(formatAnswer(refusal('too-many')));
    }
    over();
    socket.destroy();
  }

  function over(): void {
    clearTimeout(timer);
    conversation.state = 'answered';
    onOver();
  }

  function judge(): void {
    const parsed = parseSignal(Buffer.concat(pieces));
    if (parsed.kind === 'refused') refuse(parsed.code);
    else if (!isToken(parsed.token, token)) refuse('bad-token');
    else hear(() => intake.submit(parsed.signal, 'socket', who));
  }

  socket.on('data', (piece: Buffer) => {
    if (conversation.state !== 'listening') return;
    pieces.push(piece);
    sizeBytes += piece.length;
    if (sizeBytes > limits.signalBytesMax) refuse('too-long');
    else if (piece.includes(0x0a)) judge();
  });
  socket.on('end', () => {
    if (conversation.state === 'listening') judge();
  });
  socket.on('error', () => socket.destroy());
  socket.on('close', over);
  // The kernel said nothing, or named another user.
  if (options.credentials && (who === null || who.uid !== owner)) refuse('other-user');
  return conversation;
}
