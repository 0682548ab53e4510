/**
 * One resident claude (`-p --input-format stream-json`, CLI 2.1.332): a process that takes one line for each turn and
 * stays. Only the runner that started it holds its stdin; without that runner it meets the end of its input and goes.
 * Nothing is decided here: what became of a turn stands in the stream.
 */
import { watch } from 'node:fs';
import type { Writable } from 'node:stream';
import type { TurnLayout } from '#blackboard/layout.ts';
import { systemClock } from '#blackboard/system/clock.ts';
import type { Files } from '#blackboard/system/files.ts';
import { limits } from '#blackboard/system/limits.ts';
import type { ProcessIdentity } from '#blackboard/system/process-identity.ts';
import { stopChild } from '#blackboard/system/stop-process.ts';
import { readStream, streamOf, type TurnStream } from '#blackboard/turns/turn-stream.ts';
import { type StreamSummary, summarizeStream } from '#hooks/claude/stream-summary.ts';
import { userLine } from '#hooks/claude/user-line.ts';
import type { ChildExit, ResidentPart, Run } from '#runner/claude/port.ts';

/** A turn that it is to take. */
export interface ResidentTurn {
  turn: TurnLayout;
  part: ResidentPart;
  /** The prompt, and the uuid of its line. */
  prompt: string;
  line: string;
  /** As on the command line (`manual`). */
  permissionMode: string;
}

export interface Resident {
  readonly identity: ProcessIdentity;
  /** The turn that started it: its output is there. */
  readonly first: TurnLayout;
  /** Turns that it has taken; the last one, and whether that is over. */
  readonly turns: number;
  readonly lastTurn: number;
  readonly isIdle: boolean;
  /** USD that its turns have cost, by its own count. */
  readonly spentUsd: number;
  /** Whether its last turn called a tool. */
  readonly usedTools: boolean;
  readonly exited: Promise<ChildExit>;
  readonly isGone: boolean;
  /** Hands it the turn. */
  take(order: ResidentTurn): Run;
  /** Ends its input, and it, if it does not go. Resolves when it is gone. */
  end(): Promise<void>;
}

export function createResident(options: {
  files: Files;
  identity: ProcessIdentity;
  first: TurnLayout;
  stdin: Writable;
  exited: Promise<ChildExit>;
}): Resident {
  const { files, identity, first, stdin, exited } = options;
  const state = { turns: 0, lastTurn: 0, isIdle: true, spentUsd: 0, usedTools: false, isGone: false };
  void exited.then(() => {
    state.isGone = true;
  });
  const tell = (line: string) => void stdin.write(line);
  const control = (request: object) =>
    tell(`${JSON.stringify({ type: 'control_request', request_id: `r${++requests}`, request })}\n`);
  let requests = 0;
  let ending: Promise<void> | null = null;
  const kill = () => stopChild(identity, { graceMs: limits.stopGraceMs }, systemClock).then(() => {});

  /** Resolves when the turn is over, or the process is. */
  async function attend(order: ResidentTurn, place: TurnStream): Promise<ChildExit | null> {
    using look = createLook(place.stream);
    const saidByMs = systemClock.monotonicMs() + limits.residentSilenceMs;
    let read = place.from;
    let hasBegun = false;
    let tail = '';
    for (;;) {
      const changed = look.changed();
      const wasGone = state.isGone;
      const news = await files.read(place.stream, { offset: read });
      read += news?.length ?? 0;
      // Only few lines can change the answer, and a long turn has thousands.
      tail = tail.slice(-WORD_MAX) + Buffer.from(news ?? []).toString('latin1');
      if (TELLING.test(tail)) {
        const summary = summarizeStream((await readStream(files, place)) ?? '', order.line);
        if (isOver(summary)) {
          await settle(order, summary);
          return null;
        }
        hasBegun = summary.lineState !== null;
        if (isAstray(order, summary)) await kill();
      }
      if (wasGone) return exited;
      // A new process has a session to read first, and hooks to run.
      if (!hasBegun && state.turns > 1 && systemClock.monotonicMs() > saidByMs) await kill();
      await Promise.race([changed, exited]);
    }
  }

  async function settle(order: ResidentTurn, summary: StreamSummary): Promise<void> {
    state.spentUsd += summary.reportedUsd ?? 0;
    state.usedTools = summary.calledTools;
    state.isIdle = true;
    // Its permissions were not those that were asked for: it takes no further turn.
    if (isAstray(order, summary)) await end();
  }

  const end = (): Promise<void> => {
    ending ??= (async () => {
      stdin.end();
      await within(exited, limits.residentEndMs);
      if (!state.isGone) await kill();
      await exited;
    })();
    return ending;
  };

  return {
    identity,
    first,
    exited,
    get turns() {
      return state.turns;
    },
    get lastTurn() {
      return state.lastTurn;
    },
    get isIdle() {
      return state.isIdle;
    },
    get spentUsd() {
      return state.spentUsd;
    },
    get usedTools() {
      return state.usedTools;
    },
    get isGone() {
      return state.isGone || ending !== null;
    },
    take(order) {
      Object.assign(state, { turns: state.turns + 1, lastTurn: order.turn.number, isIdle: false });
      if (state.turns > 1) control({ subtype: 'set_permission_mode', mode: modeName(order.permissionMode) });
      tell(userLine(order.prompt, order.line));
      const over = attend(order, streamOf(order.turn, { resident: order.part })).catch(async () => {
        await kill();
        return exited;
      });
      return {
        identity,
        over,
        async interrupt() {
          if (state.isIdle) return;
          control({ subtype: 'interrupt' });
          await within(over, limits.residentInterruptMs);
          if (!state.isIdle && !state.isGone) await kill();
          await over;
        },
      };
    },
    end,
  };
}

/** Lines that may end a turn, or its process; the longest of these words. */
const TELLING = /"(result|command_lifecycle|init|background_tasks_changed)"/;
const WORD_MAX = 30;

/** Waits for it, and no longer than that. */
async function within(promise: Promise<unknown>, ms: number): Promise<void> {
  const over = new AbortController();
  await Promise.race([promise, systemClock.sleep(ms, over.signal)]);
  over.abort();
}

/** claude has said how the turn ended, and works on nothing more of it. */
const isOver = ({ result, isUnfinished, lineState }: StreamSummary): boolean =>
  result !== null && !isUnfinished && (lineState === 'completed' || lineState === 'cancelled');

/** It runs under other permissions than were asked for, or does not tell which lines its results answer. */
const isAstray = ({ permissionMode }: ResidentTurn, { shownMode, tellsLines, sessionId }: StreamSummary): boolean =>
  sessionId !== null && (!tellsLines || shownMode !== modeName(permissionMode));

/** The command line's `manual` is `default` everywhere else. */
const modeName = (mode: string): string => (mode === 'manual' ? 'default' : mode);

/** Tells when a file may have grown. A watch that fails is no loss: it is looked at now and then as well. */
function createLook(path: string): Disposable & { changed(): Promise<void> } {
  let wake = () => {};
  let hasChanged = false;
  const change = () => {
    hasChanged = true;
    wake();
  };
  let watcher: { close(): void } | null = null;
  try {
    watcher = watch(path, { persistent: false }, change).on('error', () => {});
  } catch {
    // Not there yet, or no watches left.
  }
  return {
    changed() {
      hasChanged = false;
      return new Promise(resolve => {
        const timer = setTimeout(resolve, limits.residentLookMs);
        wake = () => {
          clearTimeout(timer);
          resolve();
        };
        if (hasChanged) wake();
      });
    },
    [Symbol.dispose]() {
      watcher?.close();
      wake();
    },
  };
}
