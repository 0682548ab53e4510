/**
 * One resident claude (`-p --input-format stream-json`, CLI 2.1.332): a process that takes one line for each turn and
 * stays. Only the runner that started it holds its stdin; without that runner it meets the end of its input and goes.
 * Nothing is decided here: what became of a turn stands in the stream.
 */
import { type FSWatcher, watch } from 'node:fs';
import type { Writable } from 'node:stream';
import type { TurnLayout } from '#blackboard/layout.ts';
import { systemClock } from '#blackboard/system/clock.ts';
import { reasonOf, temporaryError } from '#blackboard/system/errors.ts';
import { type Files, readText } from '#blackboard/system/files.ts';
import { limits } from '#blackboard/system/limits.ts';
import type { ProcessIdentity } from '#blackboard/system/process-identity.ts';
import { stopChild } from '#blackboard/system/stop-process.ts';
import { readStream, streamOf, type TurnStream } from '#blackboard/turns/turn-stream.ts';
import { controlAnswer } from '#hooks/claude/control-answers.ts';
import { type StreamSummary, summarizeStream } from '#hooks/claude/stream-summary.ts';
import { offersTools, toolMessageOn, toolReply } from '#hooks/claude/tool-messages.ts';
import { userLine } from '#hooks/claude/user-line.ts';
import { endIfStuck } from '#runner/claude/end-if-stuck.ts';
import { createFileLook } from '#runner/claude/file-look.ts';
import type { ChildExit, ResidentPart, Run, ToolServer } from '#runner/claude/port.ts';

/** A turn that it is to take. */
export interface ResidentTurn {
  turn: TurnLayout;
  part: ResidentPart;
  /** The prompt, and the uuid of its line. */
  prompt: string;
  line: string;
  /** As on the command line (`manual`). */
  permissionMode: string;
  /** Whether its answer stands in the conversation, and nothing after it. */
  hasAnswer(): Promise<boolean>;
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
  /** The turn that it was given last; null: none. */
  readonly run: Run | null;
  /** The turn is over before it was given. */
  skip(turn: number): void;
  /** claude has begun a turn since its last one, which nobody gave it. */
  isAstir(): Promise<boolean>;
  /** What it answers to a control request, while it idles; null: nothing in time, or it cannot. */
  ask(request: object): Promise<unknown>;
  /** Ends its input, and it, if it does not go. Resolves when it is gone. */
  end(): Promise<void>;
}

/** Milliseconds that a resident is waited for, as in `limits`. */
export type Patience = Readonly<
  Record<
    | 'residentSilenceMs'
    | 'residentFirstSilenceMs'
    | 'residentEndMs'
    | 'residentInterruptMs'
    | 'residentRoundMs'
    | 'residentStuckMs'
    | 'residentAskAfterMs'
    | 'residentAskMs',
    number
  > &
    Pick<typeof limits, 'stopGraceMs'>
>;

export function createResident(options: {
  files: Files;
  patience: Patience;
  identity: ProcessIdentity;
  first: TurnLayout;
  stdin: Writable;
  exited: Promise<ChildExit>;
  /** Our MCP server for it; null: it has none. */
  tools?: ToolServer | null;
  /** Told when it was ended for what it began between turns. */
  onAstray?: (() => void) | undefined;
}): Resident {
  const { files, patience, identity, first, stdin, exited, tools = null } = options;
  const state = { turns: 0, lastTurn: 0, isIdle: true, spentUsd: 0, usedTools: false, isGone: false };
  let run: Run | null = null;
  /** Bytes of its output up to the end of its last turn, and those in which messages for our tools were answered. */
  let heardBytes = 0;
  let servedBytes = 0;
  /** An interruption that it has not answered. */
  let unanswered: string | null = null;
  let guard: FSWatcher | null = null;
  void exited.then(() => {
    state.isGone = true;
    tools?.[Symbol.dispose]();
  });
  const tell = (line: string) => void stdin.write(line);
  let requests = 0;
  const ownStream = streamOf(first, null);
  /** Returns the id that the answer will have. */
  const control = (request: object): string => {
    const request_id = `r${++requests}`;
    tell(`${JSON.stringify({ type: 'control_request', request_id, request })}\n`);
    return request_id;
  };
  const respond = (request_id: string, response: object) =>
    tell(`${JSON.stringify({ type: 'control_response', response: { subtype: 'success', request_id, response } })}\n`);
  /** Answers what these lines ask of our tools. `turn`: in whose name; null: in nobody's, so that is refused. */
  function serveTools(lines: string, turn: TurnLayout | null): void {
    for (const line of lines.split('\n')) {
      const asked = toolMessageOn(line);
      if (!asked || !tools) continue;
      const { requestId, message } = asked;
      const replied = turn === null ? refused(message) : tools.reply(message, turn);
      void replied
        .catch(error => ({ jsonrpc: '2.0', id: message.id, error: { code: -32603, message: reasonOf(error) } }))
        .then(reply => respond(requestId, toolReply(reply)));
    }
  }
  let ending: Promise<void> | null = null;
  let hasInput = true;
  const endInput = () => {
    hasInput = false;
    stdin.end();
  };
  const kill = () => stopChild(identity, { graceMs: patience.stopGraceMs }, systemClock).then(() => {});
  /** Resolves when the turn is over, or the process is. */
  async function attend(order: ResidentTurn, place: TurnStream): Promise<ChildExit | null> {
    using look = createFileLook(place.stream);
    const silenceMs = state.turns > 1 ? patience.residentSilenceMs : patience.residentFirstSilenceMs;
    const saidByMs = systemClock.monotonicMs() + silenceMs;
    let read = place.from;
    let quietSinceMs = systemClock.monotonicMs();
    let tail = '';
    let summary: StreamSummary | null = null;
    let roundByMs: number | null = null;
    for (;;) {
      const changed = look.changed();
      const wasGone = state.isGone;
      const news = await files.read(place.stream, { offset: read });
      read += news?.length ?? 0;
      if (news?.length) quietSinceMs = systemClock.monotonicMs();
      // Only few lines can change the answer, and a long turn has thousands. The last one may be incomplete.
      tail = tail.slice(tail.lastIndexOf('\n') + 1) + Buffer.from(news ?? []).toString('latin1');
      if (tail.includes('"mcp_message"'))
        serveTools(Buffer.from(tail.slice(0, tail.lastIndexOf('\n') + 1), 'latin1').toString(), order.turn);
      if (unanswered !== null && tail.includes(`"request_id":"${unanswered}"`)) unanswered = null;
      if (TELLING.test(tail)) {
        // No further than it was heard: what comes meanwhile would else be taken for the beginning of a turn that nobody gave.
        const heard = await readText(
          files,
          place.stream,
          Math.min(read - place.from, limits.streamBytesMax),
          place.from,
        );
        summary = summarizeStream(heard ?? '', order.line);
        if (!isOver(summary) && isAstray(order, summary)) await kill();
      }
      const nowMs = systemClock.monotonicMs();
      if (summary && isOver(summary) && unanswered === null) {
        roundByMs ??= nowMs + (summary.expectsRound ? patience.residentRoundMs : 0);
        if (nowMs >= roundByMs) {
          heardBytes = read;
          servedBytes = read - (tail.length - tail.lastIndexOf('\n') - 1);
          await settle(order, place, summary);
          return null;
        }
      } else roundByMs = null;
      if (wasGone) return exited;
      if (!summary?.lineState && nowMs > saidByMs) {
        // A program in front of claude may read to the end of the input first: then it takes this turn alone.
        if (state.turns > 1) await kill();
        else if (hasInput) endInput();
      }
      if (summary?.lineState && nowMs - quietSinceMs > patience.residentStuckMs) {
        await endIfStuck(identity, order.hasAnswer, patience);
        quietSinceMs = systemClock.monotonicMs();
      }
      await Promise.race([changed, exited]);
    }
  }

  async function ask(request: object): Promise<unknown> {
    if (!state.isIdle || state.isGone || !hasInput) return null;
    using look = createFileLook(first.stream);
    const from = (await files.facts(first.stream))?.sizeBytes ?? 0;
    const id = control(request);
    const untilMs = systemClock.monotonicMs() + patience.residentAskMs;
    while (!state.isGone && systemClock.monotonicMs() < untilMs) {
      const changed = look.changed();
      const answer = controlAnswer((await readStream(files, { ...ownStream, from })) ?? '', id);
      if (answer !== undefined) return answer;
      await Promise.race([changed, exited]);
    }
    return null;
  }

  async function settle(order: ResidentTurn, { stream }: TurnStream, summary: StreamSummary): Promise<void> {
    tools?.endCalls();
    state.spentUsd += summary.reportedUsd ?? 0;
    state.usedTools = summary.calledTools;
    state.isIdle = true;
    // Its permissions were not those that were asked for, or it does what nobody gave it: it takes no further turn.
    if (!hasInput || isAstray(order, summary) || summary.hasOthers) await end();
    else watchOver(stream);
  }

  /** Between turns: what it begins by itself (for a peer, or a timer of its own) nobody would judge, so it ends. */
  function watchOver(stream: string): void {
    const { turns } = state;
    const isFree = () => state.turns === turns && hasInput;
    const look = async () => {
      if (isFree()) await refuseCalls();
      // It may be given a turn while its output is read.
      if (!isFree() || !(await isAstir()) || !isFree()) return;
      control({ subtype: 'interrupt' });
      await end();
      options.onAstray?.();
    };
    const lookNow = () => void look().catch(() => {});
    try {
      guard = watch(stream, { persistent: false }, lookNow).on('error', () => {});
    } catch {
      // No watches left: it is looked at before it takes a turn.
    }
    lookNow();
  }

  /** Answers what it has asked of our tools since its last turn. `to`: a byte of its output (absent: all there is). */
  async function refuseCalls(to = Number.POSITIVE_INFINITY): Promise<void> {
    const from = servedBytes;
    const news = await files.read(ownStream.stream, { offset: from });
    // What comes is of a turn by now.
    if (!news || (to === Number.POSITIVE_INFINITY && !state.isIdle)) return;
    // Another look was faster, and may have read less than this one.
    if (from !== servedBytes) return refuseCalls(to);
    const lines = Buffer.from(news).subarray(0, Math.max(0, to - from));
    servedBytes = from + lines.lastIndexOf('\n') + 1;
    serveTools(lines.subarray(0, servedBytes - from).toString(), null);
  }

  async function isAstir(): Promise<boolean> {
    if (run === null) return false;
    const news = await files.read(ownStream.stream, { offset: heardBytes });
    return OWN_TURN.test(Buffer.from(news ?? []).toString('latin1'));
  }

  const end = (): Promise<void> => {
    ending ??= (async () => {
      guard?.close();
      endInput();
      await within(exited, patience.residentEndMs);
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
      return state.isGone || !hasInput;
    },
    get run() {
      return run;
    },
    skip(turn) {
      state.lastTurn = turn;
    },
    isAstir,
    take(order) {
      guard?.close();
      void refuseCalls(order.part.from).catch(() => {});
      Object.assign(state, { turns: state.turns + 1, lastTurn: order.turn.number, isIdle: false });
      if (state.turns > 1) control({ subtype: 'set_permission_mode', mode: modeName(order.permissionMode) });
      else if (tools) control(offersTools);
      tell(userLine(order.prompt, order.line));
      let isDone = false;
      const over = attend(order, streamOf(order.turn, { resident: order.part }))
        .catch(async () => {
          await kill();
          return exited;
        })
        .finally(() => {
          isDone = true;
        });
      run = {
        identity,
        over,
        answer(requestId, response) {
          if (!isDone) respond(requestId, response);
        },
        async interrupt() {
          if (isDone) return;
          unanswered = control({ subtype: 'interrupt' });
          await within(over, patience.residentInterruptMs);
          if (!isDone && !state.isGone) await kill();
          await over;
        },
      };
      return run;
    },
    ask,
    end,
  };
}

/** The error says what to do: claude shows it to the model. */
const refused = async ({ id }: Record<string, unknown>): Promise<object | null> => {
  if (id === undefined) return null;
  throw temporaryError('no turn is open, so nobody would answer for this call: make it again in the next turn');
};

/** Lines that may end a turn, or its process. */
const TELLING = /"(result|command_lifecycle|init|background_tasks_changed)"/;
/** Lines of a turn that has begun, or ended. */
const OWN_TURN = /"subtype":"init"|"type":"result"/;

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
