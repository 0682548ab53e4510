/** Decides how a turn ended, from the files on disk. Pure; the live runner and recovery both call it. */

import { limits } from '#blackboard/system/limits.ts';
import type { Intent, Verdict } from '#blackboard/turns/turn-records.ts';
import type { StopRecord } from '#blackboard/turns/turns.ts';
import { isComparable } from '#hooks/claude/defer-hook.ts';
import type { ResultEvent } from '#hooks/claude/stream.ts';
import type { ChildExit } from '#runner/claude/port.ts';

/** Everything known about a turn whose child is gone. */
export interface Evidence {
  /** Sealed before any child took the name. */
  sealed: boolean;
  /** What the intent was for; null: none was written. */
  intent: Intent['kind'] | null;
  /** The turn resumed a session that had turns before. */
  resumed: boolean;
  /** The last result line of the stream, if there is one. */
  result: ResultEvent | null;
  /** What claude said of the line that the turn was fed as; null: it was fed as text, by an older runner. */
  line: { state: string | null } | null;
  /** claude was about to ask the model, or had: its init line, a retry, or the turn's prompt in the session shows it. */
  began: boolean;
  /** How the child ended, where the runner that started it saw it; null: it ended unseen. */
  exit: ChildExit | null;
  /** The conversation before this one was refused by the API and replaced, and nothing has worked since. */
  afterRefusal: boolean;
  /** The run had more to do when that line was written: background tasks were open, or a further round had begun. */
  unfinished: boolean;
  /** agent.md names calls that a person is asked about after the turn. */
  defers: boolean;
  /** The runner died while it was to bring a person's answer, and claude took that for a refusal. */
  cutQuestion: boolean;
  /** The last text of the agent's own in the stream. */
  streamText: string | null;
  /** The session's transcript ends well after this turn's prompt: the text of the answer. */
  transcriptAnswer: { text: string } | null;
  stop: StopRecord | null;
  /** When a usage limit resets, Unix milliseconds, if any line told. */
  resetAtMs: number | null;
  /** The child's stderr; what it wrote to stdout that is no line of a stream, where it has said nothing there. */
  stderr: string;
  /** Text of the last API retry the stream told of, if any. */
  lastRetry: string | null;
}

/**
 * In this order: nothing started · the result line · the transcript · the stop record · what stderr says. An answer wins
 * over a stop that came too late: what has an answer is never run again.
 */
export function judge(evidence: Evidence): Verdict {
  const { result, stop } = evidence;
  if (evidence.intent === 'burial') return { kind: 'expired', reason: 'it expired before its turn came' };
  if (evidence.intent === 'lent') return { kind: 'void', reason: 'the session was lent to a person' };
  if (evidence.sealed || evidence.intent === null)
    return stop?.reason === 'cancelled' ? cancelled(stop) : { kind: 'void', reason: 'no child had started' };
  // Whatever it made of the refusal: no person has refused anything.
  if (evidence.cutQuestion && !stop)
    return { kind: 'interrupted', reason: 'the runner died while a person was asked for a permission or an answer' };
  if (result && isAnswer(result, evidence) && isLastWord(evidence))
    return { kind: 'answered', text: textOf(result, evidence) };
  if (!result && evidence.transcriptAnswer) return { kind: 'answered', text: evidence.transcriptAnswer.text };
  if (stop) return stopped(stop);
  if (result) return judgeResult(result, evidence);
  return judgeSilence(evidence);
}

/**
 * claude 2.1.332: a blocked prompt is a success of 0 turns, an API error a "success" that is an error; a turn that was cut off, and
 * one that left a tool to somebody else, may be called a success as well. So done is what is called completed, and nothing less.
 */
function isAnswer(result: ResultEvent, { line, streamText }: Evidence): boolean {
  if (result.isError || result.subtype !== 'success' || result.numTurns === 0) return false;
  const reason = result.terminalReason ?? '';
  if (line === null) return !UNDONE.has(reason);
  if (line.state === 'cancelled') return false;
  return reason === 'completed' || (SAID.has(reason) && streamText !== null);
}

/** An answer that was fed as text (by an older runner) is one unless it ended so. */
const UNDONE = new Set(['aborted_streaming', 'aborted_tools', 'tool_deferred']);

/** Ends that come after the answer was said: a SIGINT while a Stop hook runs. */
const SAID = new Set(['stop_hook_prevented']);

/**
 * claude 2.1.332 prints an empty text where the turn was ended after the answer was said: a Stop hook that goes on blocking
 * (after 8 rounds), a SIGINT while one runs (`stop_hook_prevented`).
 */
const textOf = (result: ResultEvent, { streamText }: Evidence): string =>
  result.text.trim() === '' ? (streamText ?? result.text) : result.text;

/**
 * claude 2.1.329 prints a result, waits for background tasks and goes on: such a result counts if the tasks themselves ran
 * over the turn's time, not if the run was killed in between.
 */
const isLastWord = ({ unfinished, stop }: Evidence): boolean => !unfinished || stop?.reason === 'timeout';

const cancelled = (stop: StopRecord): Verdict => ({
  kind: 'cancelled',
  reason: `cancelled by ${stop.by}`,
  by: stop.by,
  messages: stop.messages ?? null,
});

function stopped(stop: StopRecord): Verdict {
  if (stop.reason === 'cancelled') return cancelled(stop);
  if (stop.reason === 'timeout') return { kind: 'failed', reason: 'the turn ran over its time (turnTimeout)' };
  return { kind: 'interrupted', reason: 'the runner was stopped' };
}

function judgeResult(result: ResultEvent, evidence: Evidence): Verdict {
  if (isAnswer(result, evidence))
    return { kind: 'interrupted', reason: 'claude was killed while background tasks were open' };
  const said = firstLine(result.text || result.errors[0] || result.subtype);
  if (/no conversation found with session id/i.test(result.errors.join('\n')))
    return { kind: 'session-lost', reason: said };
  switch (result.terminalReason) {
    case 'prompt_too_long':
    case 'blocking_limit':
      return { kind: 'too-long', reason: said, fresh: !evidence.resumed };
    case 'budget_exhausted':
      return { kind: 'over-budget', reason: `the turn reached its budget: ${said}` };
    case 'max_turns':
      return { kind: 'failed', reason: `the turn reached maxTurns: ${said}` };
    case 'aborted_streaming':
    case 'aborted_tools':
      return { kind: 'interrupted', reason: `claude was interrupted (${result.terminalReason})` };
    case 'tool_deferred':
      if (evidence.defers && result.deferred && isComparable(result.deferred.id))
        return { kind: 'deferred', reason: `its call of ${result.deferred.name} waits for a person` };
      return { kind: 'failed', reason: 'a PreToolUse hook deferred a tool, and nobody is here to decide on it' };
    case 'api_error':
      return judgeApiError(result.apiErrorStatus, said, evidence);
  }
  if (!result.isError && result.numTurns > 0)
    return {
      kind: 'failed',
      reason: `claude did not say that the turn was completed (${result.terminalReason}): ${said}`,
    };
  if (!result.isError && result.numTurns === 0)
    return { kind: 'failed', reason: `a UserPromptSubmit hook of the project blocked the prompt: ${said}` };
  if (isNotLoggedIn(said)) return { kind: 'needs-person', code: 'auth', reason: said };
  return { kind: 'failed', reason: said };
}

/**
 * 401, 402, 403 and billing need a person; 429, 5xx and no status at all (network) pass; a 400 is the conversation's, where it
 * had taken messages before; a model that there is not is the configuration's; other 4xx are the message's.
 */
function judgeApiError(status: number | null, said: string, evidence: Evidence): Verdict {
  if (isNotLoggedIn(said)) return { kind: 'needs-person', code: 'auth', reason: said };
  if (status === 402 || /credit balance|billing/i.test(said))
    return { kind: 'needs-person', code: 'billing', reason: said };
  if (status === 401 || status === 403) return { kind: 'needs-person', code: 'auth', reason: said };
  if (status === null || status === 408 || status === 429 || status >= 500)
    return { kind: 'temporary', reason: said, resetAtMs: evidence.resetAtMs };
  if (status === 400) return { kind: 'refused', reason: said, blame: blameOf(evidence) };
  if (status === 404 && NO_MODEL.test(said))
    return { kind: 'unstarted', reason: `the API has no such model for it: ${said}`, holdAfter: 1 };
  return { kind: 'failed', reason: said };
}

/** What claude 2.1.332 makes of a not_found_error; the API's own words where it hands them on. */
const NO_MODEL = /issue with the selected model \(|^model:/i;

/** Of a conversation that is refused its hand-off note is asked for all the same: what is wrong may be this turn's prompt. */
function blameOf({ intent, resumed, afterRefusal }: Evidence): 'session' | 'message' | 'nobody' {
  if (intent === 'handoff') return 'session';
  if (afterRefusal) return 'nobody';
  return resumed ? 'session' : 'message';
}

const isNotLoggedIn = (text: string): boolean => /not logged in|please run \/login|invalid api key/i.test(text);

/** No result line: killed, or refused before it began. */
function judgeSilence(evidence: Evidence): Verdict {
  const said = firstLine(evidence.stderr);
  if (/no conversation found with session id/i.test(said)) return { kind: 'session-lost', reason: said };
  if (/session id .* is already in use/i.test(said)) return { kind: 'session-lost', reason: said };
  if (isNotLoggedIn(said)) return { kind: 'needs-person', code: 'auth', reason: said };
  // `claude --bg` took the session in the moment before this start: the next look finds its owner and waits for it.
  if (/that session is running in the background/i.test(said))
    return { kind: 'temporary', reason: said, resetAtMs: null };
  if (REFUSAL.test(said))
    return { kind: 'unstarted', reason: `claude refused to start: ${firstLines(evidence.stderr, 2)}`, holdAfter: 1 };
  const end = evidence.began || evidence.exit === null ? null : endOf(evidence.exit);
  if (end)
    return {
      kind: 'unstarted',
      reason: `claude ended before it asked the model (${end.words}); ${lastWords(evidence.stderr)}`,
      holdAfter: end.holdAfter,
    };
  return {
    kind: 'interrupted',
    reason: evidence.lastRetry
      ? `claude ended without a result while it retried (${evidence.lastRetry})`
      : `claude ended without a result (killed, or the machine stopped)${said && `; it had said: ${said}`}`,
  };
}

/**
 * No message is to blame for what agent.md, or a file that it names, says to claude 2.1.329: an option or a value that it does not
 * know, a file of MCP servers that is none, a claude that cannot be run. The next message would meet the same.
 */
const REFUSAL =
  /^(error\b.*(--[a-z]|configuration)|(error: )?(unknown option|option '|.*(not found|permission denied)$))/i;

/** How a child ended that had not begun; null: the launcher's own codes, and no claude has run. */
function endOf({ code, signal }: ChildExit): { words: string; holdAfter: number } | null {
  if (code !== null && LAUNCHER_CODES.has(code)) return null;
  const isKilled = signal === null ? KILLED_CODES.has(code ?? 0) : KILLS.has(signal);
  const words = signal === null ? `exit code ${code}` : `by ${signal}`;
  return { words, holdAfter: isKilled ? limits.startsKilledMax : limits.startsEndedMax };
}

/** runner/claude/launch.sh. */
const LAUNCHER_CODES = new Set([94, 95, 96, 97, 98]);
/** Somebody else's doing, or the kernel's when memory runs out: 128 and the signal's number where claude catches it. */
const KILLS = new Set(['SIGKILL', 'SIGTERM', 'SIGINT', 'SIGHUP']);
const KILLED_CODES = new Set([129, 130, 137, 143]);

/** What it said about its end: the line that calls itself an error and the next, else the last one. */
function lastWords(stderr: string): string {
  const lines = stderr
    .split('\n')
    .map(line => line.trim())
    .filter(line => line !== '');
  const at = lines.findIndex(line => /^(\w*error|fatal|panic)\b/i.test(line));
  const said = at >= 0 ? firstLines(lines.slice(at).join('\n'), 2) : (lines.at(-1) ?? '').slice(0, 300);
  return said === '' ? 'it said nothing' : `it said: ${said}`;
}

/** The first lines that say something, as one, at most 300 characters. */
const firstLines = (text: string, count: number): string =>
  text
    .split('\n')
    .map(line => line.trim())
    .filter(line => line !== '')
    .slice(0, count)
    .join(' ')
    .slice(0, 300);

const firstLine = (text: string): string => firstLines(text, 1);
