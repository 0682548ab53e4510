// A wake socket as it is served, on a real disk, with a peer behind it that only writes down what it is told; and a client
// that says bytes as they are. Knows nothing of agents.
import { mkdtempSync, readFileSync } from 'node:fs';
import { mkdir, rm } from 'node:fs/promises';
import { connect, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { listSignals, recordSignal, type SignalRecord, takeSignals } from '#blackboard/signals/pending.ts';
import { loadCredentials } from '#blackboard/system/peer-credentials.ts';
import { createRunnerFiles } from '#blackboard/system/runner-files.ts';
import type { Answer } from '#runner/wake/answer.ts';
import { createIntake, type Uptime, type WakePeer } from '#runner/wake/intake.ts';
import { serveWake, type WakeServer } from '#runner/wake/server.ts';
import { createSignalLog, type SignalLine } from '#runner/wake/signal-log.ts';
import { makeSocketDirectory, type SocketDirectory } from '#runner/wake/socket-directory.ts';

export const files = createRunnerFiles();

export interface Served extends AsyncDisposable {
  root: string;
  place: SocketDirectory;
  server: WakeServer;
  /** Where a changed file may lie. */
  work: string;
  token(): string;
  /** What the peer was given, in order. */
  recorded: SignalRecord[];
  /** A turn takes up what is due. */
  turn(): Promise<number>;
  logged(): SignalLine[];
  /** Lets the uptime go on. */
  pass(ms: number): void;
  /** Sets the clock on the wall. */
  setWall(ms: number): void;
  budget: { retryAtMs: number | null };
  /** The server dies without a word, and another begins. */
  restart(): Promise<void>;
}

export interface ServedOptions {
  root?: string;
  /** false: as without the native module. */
  asksKernel?: boolean;
  uptime?: Partial<Uptime>;
  /** Told before a signal is written down. */
  onRecord?(): Promise<void>;
}

export async function served(options: ServedOptions = {}): Promise<Served> {
  const top = mkdtempSync(join(tmpdir(), 'wake-'));
  const root = options.root ? join(top, options.root) : join(top, 'root');
  const work = join(top, 'work');
  const signals = join(root, 'signals');
  for (const directory of [root, work, signals]) await mkdir(directory, { recursive: true, mode: 0o700 });
  const recorded: SignalRecord[] = [];
  const budget: { retryAtMs: number | null } = { retryAtMs: null };
  const uptime = { bootId: 'boot', nowMs: 1_000_000 };
  let wallMs = Date.parse('2026-11-21T12:00:00Z');
  const peer: WakePeer = {
    directories: async () => [work],
    waiting: async () => (await listSignals(files, signals)).waiting,
    overBudget: async () => budget.retryAtMs,
    async record(signal, dueMs, onThere) {
      await options.onRecord?.();
      await recordSignal(files, signals, signal, dueMs, onThere);
      recorded.push(signal);
    },
    wake() {},
  };
  const open = async (): Promise<{ place: SocketDirectory; server: WakeServer }> => {
    const place = await makeSocketDirectory(files, root, 'peer', top);
    const log = createSignalLog(files, place.log, problem => {
      if (problem) throw new Error(problem);
    });
    const clock = { nowMs: () => wallMs };
    const time: Uptime = { bootId: uptime.bootId, nowMs: () => uptime.nowMs };
    const intake = createIntake({ files, root, place, clock, uptime: time, peer, log, onError: () => {} });
    const credentials = options.asksKernel === false ? null : (await loadCredentials()).reader;
    return { place, server: await serveWake({ place, intake, credentials }) };
  };
  let current = await open();
  let turns = 0;
  return {
    root,
    work,
    recorded,
    budget,
    get place() {
      return current.place;
    },
    get server() {
      return current.server;
    },
    token: () => readFileSync(current.place.token, 'utf8').trim(),
    async turn() {
      const { waiting } = await listSignals(files, signals);
      const due = waiting.filter(({ dueMs }) => dueMs <= wallMs);
      return (await takeSignals(files, signals, ++turns, due)).length;
    },
    logged: () =>
      readFileSync(current.place.log, 'utf8')
        .trim()
        .split('\n')
        .map(line => JSON.parse(line)),
    pass(ms) {
      uptime.nowMs += ms;
      wallMs += ms;
    },
    setWall(ms) {
      wallMs = ms;
    },
    async restart() {
      const before = current.server;
      current = await open();
      await before[Symbol.asyncDispose]();
    },
    async [Symbol.asyncDispose]() {
      await current.server[Symbol.asyncDispose]();
      await rm(top, { recursive: true, force: true });
    },
  };
}

export const line = (token: string, more: object = { type: 'wake' }): string =>
  `${JSON.stringify({ token, ...more })}\n`;

/** Says these bytes and gives what came back; null: nothing. `ends`: shuts its side after that. */
export function say(path: string, bytes: string | Uint8Array, ends = false): Promise<Answer | null> {
  return new Promise(resolve => {
    const socket = connect(path);
    let said = '';
    socket.setEncoding('utf8');
    socket.on('connect', () => (ends ? socket.end(bytes) : socket.write(bytes)));
    socket.on('data', piece => {
      said += piece;
      if (!said.includes('\n')) return;
      resolve(JSON.parse(said));
      socket.destroy();
    });
    socket.on('error', () => {});
    socket.on('close', () => resolve(said === '' ? null : JSON.parse(said)));
  });
}

/** A client that says something and then nothing. Resolves when it is connected. */
export function lazy(path: string, bytes = '{"tok'): Promise<Socket & { over: Promise<string> }> {
  return new Promise((resolve, reject) => {
    const socket = connect(path) as Socket & { over: Promise<string> };
    let said = '';
    socket.on('data', piece => {
      said += piece;
    });
    socket.over = new Promise(done => socket.once('close', () => done(said)));
    socket.once('connect', () => {
      socket.write(bytes);
      resolve(socket);
    });
    socket.on('error', reject);
  });
}
