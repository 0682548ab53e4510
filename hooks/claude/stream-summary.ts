// What a whole run of `claude -p` says in its stream (turns/<n>/stream.jsonl), finished or cut off at any byte. Pure.
// Does not decide how the turn ended: that also needs the exit and the session's own transcript.
import { isCutQuestion } from '#hooks/claude/permission-request.ts';
import {
  type ApiRetryEvent,
  type Denial,
  type MessagePart,
  parseStreamLine,
  type ResultEvent,
  type TokenUsage,
} from '#hooks/claude/stream.ts';

export interface StreamSummary {
  /**
   * The LAST result line of the turn; null if there is none (SIGTERM, SIGHUP, SIGKILL, an early SIGINT).
   * SIGINT: isError, subtype `error_during_execution`, terminalReason `aborted_streaming`, or `aborted_tools` inside a tool.
   */
  readonly result: ResultEvent | null;
  /** What became of the turn's line: queued, started, completed, cancelled; null: claude has not said anything of it. */
  readonly lineState: string | null;
  /** claude tells what becomes of lines (`msg_lifecycle_v1`). */
  readonly tellsLines: boolean;
  /** The permission mode of the last init line; '' if there is none. */
  readonly shownMode: string;
  readonly calledTools: boolean;
  readonly resultCount: number;
  /**
   * Tool calls that were denied in the whole run, in order: from the result lines, or, without a result line after
   * them, from their own lines.
   */
  readonly denials: readonly Denial[];
  /**
   * Whether the run had more to do when the last result line was written: a background task was open, or another round
   * has begun after it. If such a run was killed, its result is not the end of the work; if it exited by itself, it is.
   */
  readonly isUnfinished: boolean;
  /** A background task ended while the last message was written: a further round tells the model. */
  readonly expectsRound: boolean;
  /**
   * A call was refused because nobody could answer its question any more: the program that runs claude had died. The
   * turn has gone on without it.
   */
  readonly hasCutQuestion: boolean;
  /** A turn has begun that the line did not begin: after a resume, that of a deferred call, which may run before any init line. */
  readonly hasBegunOther: boolean;
  /** There was a turn that neither the line nor its background tasks began. */
  readonly hasOthers: boolean;
  /** From the first init line; null when the CLI never got that far. */
  readonly sessionId: string | null;
  /** The model that this line names; '' if it names none. */
  readonly model: string;
  /** The agent's own last words, in the whole run; null: there is no text of it in the stream. */
  readonly lastText: string | null;
  /** Tokens of all messages of this run, sub-agents included, by the model's full name. */
  readonly usageByModel: Readonly<Record<string, TokenUsage>>;
  /** The part of it after the last result line, which no line has counted: all of it if there is none. */
  readonly unreportedByModel: Readonly<Record<string, TokenUsage>>;
  /** USD of this run according to its result lines; null: there are none. */
  readonly reportedUsd: number | null;
  /** The last one without a word of the model's after it. */
  readonly lastApiRetry: ApiRetryEvent | null;
  /** When the limit that refused a request ends, Unix milliseconds. */
  readonly rateLimitResetsAtMs: number | null;
  /** Input and cache tokens of the agent's own last message: how full the conversation is. */
  readonly contextTokens: number | null;
  /** claude tried to make a summary of its conversation, and failed at the last try. */
  readonly isCompactionFailed: boolean;
  /** Complete lines that are not of this format. An incomplete last line is not counted. */
  readonly garbageLines: number;
  /**
   * The lines that are not of this format, including an incomplete last one, at most 2,000 characters: a failing claude
   * may say there why.
   */
  readonly strayWords: string;
}

/**
 * Reads a stream, complete or not. Never throws. `prompt`: the uuid of the turn's line on stdin. Of a claude that tells
 * which lines a result answers (2.1.329 and later), only results that name this line are the turn's, and those of the
 * rounds that its own background tasks start; what any other round cost is counted all the same. null: the prompt was
 * text, and every result is the turn's.
 */
export function summarizeStream(text: string, prompt: string | null = null): StreamSummary {
  let tellsLines = false;
  let shownMode = '';
  let lineState: string | null = null;
  let saidByTurn: Said | null = null;
  let result: ResultEvent | null = null;
  let resultCount = 0;
  let openTasks = 0;
  let isUnfinished = false;
  let expectsRound = false;
  let hasBegunOther = false;
  let hasOthers = false;
  let hasCutQuestion = false;
  /** Calls for which a person was asked, until they have a result. */
  const asked = new Set<string>();
  let sessionId: string | null = null;
  let model = '';
  let said: Said | null = null;
  let reportedUsd: number | null = null;
  let lastApiRetry: ApiRetryEvent | null = null;
  let rateLimitResetsAtMs: number | null = null;
  let contextTokens: number | null = null;
  let isCompactionFailed = false;
  let garbageLines = 0;
  let strayWords = '';
  let told: readonly Denial[] = [];
  /** Since the last result line. */
  const denied = new Map<string, Denial>();
  const inputs = new Map<string, unknown>();
  const messages = new Map<string, MessagePart>();
  let unreported = new Map<string, MessagePart>();

  const lines = text.split('\n');
  for (const [index, line] of lines.entries()) {
    if (line.trim() === '') continue;
    const event = parseStreamLine(line);
    switch (event.type) {
      case 'init':
        sessionId ??= event.sessionId;
        model ||= event.model;
        tellsLines ||= event.tellsLines;
        shownMode = event.permissionMode;
        isUnfinished = result !== null;
        expectsRound = false;
        break;
      case 'taskEnded':
        expectsRound = true;
        break;
      case 'toolResult':
        expectsRound = false;
        if (asked.delete(event.toolUseId) && event.isError && isCutQuestion(event.text)) hasCutQuestion = true;
        break;
      case 'asked':
        asked.add(event.call);
        break;
      case 'text':
      case 'toolUse':
      case 'thinking':
        if (result !== null) isUnfinished = true;
        if (event.part.model === synthetic) break;
        lastApiRetry = null;
        addPart(messages, event.part);
        addPart(unreported, event.part);
        if (event.type === 'toolUse') inputs.set(event.id, event.input);
        if (event.type === 'text' && event.part.parentToolUseId === null) said = saidAfter(said, event);
        if (event.part.parentToolUseId === null) contextTokens = contextOf(event.part.usage);
        break;
      case 'line':
        if (event.uuid === prompt) lineState = event.state;
        else hasBegunOther ||= event.state === 'started';
        break;
      case 'apiRetry':
        lastApiRetry = event;
        break;
      case 'rateLimit':
        if (event.status === 'rejected') rateLimitResetsAtMs = event.resetsAtMs;
        break;
      case 'backgroundTasks':
        openTasks = event.open;
        break;
      case 'compaction':
        isCompactionFailed = event.isFailed;
        break;
      case 'denied': {
        const { tool, toolUseId } = event;
        denied.set(toolUseId, { tool, toolUseId, input: inputs.get(toolUseId) });
        break;
      }
      case 'result':
        if (event.runUsd !== null) reportedUsd = (reportedUsd ?? 0) + event.runUsd;
        unreported = new Map();
        if (tellsLines && prompt !== null && !isOfTurn(event, prompt, result !== null)) {
          said = saidByTurn;
          denied.clear();
          if (result !== null) isUnfinished = openTasks > 0;
          if (event.numTurns > 0) hasOthers = true;
          break;
        }
        result = event;
        saidByTurn = said;
        told = joinDenials(told, event.denials);
        denied.clear();
        resultCount += 1;
        isUnfinished = openTasks > 0;
        break;
      case 'garbage':
        if (index < lines.length - 1) garbageLines += 1;
        if (strayWords.length < STRAY_CHARS_MAX) strayWords += `${line.slice(0, STRAY_CHARS_MAX)}\n`;
    }
  }
  return {
    result,
    lineState,
    tellsLines,
    shownMode,
    calledTools: inputs.size > 0,
    resultCount,
    denials: joinDenials(told, [...denied.values()]),
    isUnfinished,
    expectsRound,
    hasBegunOther,
    hasOthers,
    hasCutQuestion,
    sessionId,
    model,
    lastText: said?.text ?? null,
    usageByModel: sumByModel(messages.values()),
    unreportedByModel: sumByModel(unreported.values()),
    reportedUsd,
    lastApiRetry,
    rateLimitResetsAtMs,
    contextTokens,
    isCompactionFailed,
    garbageLines,
    strayWords,
  };
}

/** Whether this result is one of the turn that the line began. `hasBefore`: an earlier one was. */
const isOfTurn = ({ answersLines, origin }: ResultEvent, line: string, hasBefore: boolean): boolean =>
  (answersLines?.includes(line) ?? false) || (hasBefore && origin === 'task-notification');

const STRAY_CHARS_MAX = 2_000;

/** The CLI's own messages (API errors, "No response requested.") have this as their model and cost nothing. */
const synthetic = '<synthetic>';

/** What a message of the model said. */
interface Said {
  messageId: string;
  text: string;
}

/** One line for each block of a message: its text is all of them. A blank one does not count. */
function saidAfter(before: Said | null, { text, part }: { text: string; part: MessagePart }): Said | null {
  const { messageId } = part;
  if (text.trim() === '') return before;
  return { messageId, text: before?.messageId === messageId ? `${before.text}\n${text}` : text };
}

/** The lines of one message repeat its input; its output is known only from the content of the lines. */
function addPart(messages: Map<string, MessagePart>, part: MessagePart): void {
  const before = messages.get(part.messageId);
  messages.set(part.messageId, { ...part, contentChars: part.contentChars + (before?.contentChars ?? 0) });
}

const contextOf = (usage: TokenUsage) => usage.inputTokens + usage.cacheReadTokens + usage.cacheWriteTokens;

function joinDenials(before: readonly Denial[], now: readonly Denial[]): readonly Denial[] {
  const known = new Set(before.map(denial => denial.toolUseId));
  return [...before, ...now.filter(denial => !known.has(denial.toolUseId))];
}

/** Characters of English or code in one token, roughly; thinking and tool input included. */
const charsPerToken = 4;

/** The CLI prints 1 as a line's output count (measured), so the content of the line is counted if that is more. */
function sumByModel(messages: Iterable<MessagePart>): Record<string, TokenUsage> {
  const sums: Record<string, TokenUsage> = {};
  for (const { model, usage, contentChars } of messages) {
    const sum = sums[model];
    sums[model] = {
      inputTokens: usage.inputTokens + (sum?.inputTokens ?? 0),
      outputTokens: Math.max(usage.outputTokens, Math.ceil(contentChars / charsPerToken)) + (sum?.outputTokens ?? 0),
      cacheReadTokens: usage.cacheReadTokens + (sum?.cacheReadTokens ?? 0),
      cacheWriteTokens: usage.cacheWriteTokens + (sum?.cacheWriteTokens ?? 0),
    };
  }
  return sums;
}
