/** Plans a turn: which messages, in which words, in which session. Reads much, changes only cur and the turn. */

import { join } from 'node:path';
import { formatCursor, parseCursor } from '#blackboard/board/cursor.ts';
import { claim } from '#blackboard/inbox/claim.ts';
import { earlierOutcomes } from '#blackboard/inbox/requeue.ts';
import { failedBefore, noteFailure } from '#blackboard/inbox/stability.ts';
import { type TurnLayout, turnLayout } from '#blackboard/layout.ts';
import type { Message, MessageKind } from '#blackboard/messages/message.ts';
import { byUrgency, formatMessageName, type MessageName, sortMessageNames } from '#blackboard/messages/message-name.ts';
import { newId, newNonce } from '#blackboard/system/ids.ts';
import { limits } from '#blackboard/system/limits.ts';
import { faultOfEntry } from '#blackboard/system/one-entry.ts';
import { readRecord, writeOnce } from '#blackboard/system/record.ts';
import { boardPlace } from '#blackboard/turns/board-place.ts';
import { readEnded } from '#blackboard/turns/long-answer.ts';
import type { Ended, Intent, IntentMessage, PromptMode } from '#blackboard/turns/turn-records.ts';
import { neutralizeAt, neutralizer } from '#hooks/claude/neutralize.ts';
import { promptRecordsContaining } from '#hooks/claude/session-transcript.ts';
import { newsForAgent } from '#hooks/news/board-news.ts';
import { isUnrestrained } from '#runner/agents/signal-permissions.ts';
import type { ResidentPart, ResidentWish } from '#runner/claude/port.ts';
import type { AgentContext } from '#runner/turn/agent-ports.ts';
import { type Batch, type Candidate, chooseBatch, orderOfTurn } from '#runner/turn/batch.ts';
import { bookOthers } from '#runner/turn/book-others.ts';
import { buryWaiting } from '#runner/turn/burial.ts';
import { heldBy, takeDecision } from '#runner/turn/deferral.ts';
import type { Allowance } from '#runner/turn/gates/gates.ts';
import { overTraceText } from '#runner/turn/gates/trace-money.ts';
import { bodyHead, composeHandoff, composePrompt, type PromptMessage } from '#runner/turn/prompt.ts';
import { readLetter } from '#runner/turn/read-letter.ts';
import { NO_SIGNALS, type SignalWork, takeUpSignals } from '#runner/turn/signals/pending-signals.ts';
import { listensFrom } from '#runner/wake/topic-trigger.ts';

/**
 * The batch that turn `number` would take. What cannot be read as a message is buried on the way. Messages that start a
 * turn are found even behind many that do not, and of those no more are read again than may go along. `holdsLow`: work of low
 * priority waits. `first`: messages that go before the others.
 */
export async function nextBatch(
  context: AgentContext,
  number: number,
  isAwaited: (ids: readonly string[]) => boolean,
  holdsLow = false,
  first: readonly string[] = [],
): Promise<Batch> {
  const { definition, files, layout, kinds = new Map<string, MessageKind>() } = context;
  const rank = ({ id }: MessageName) => (first.includes(id) ? 0 : 1);
  const order = holdsLow ? byUrgency : orderOfTurn(number);
  const names = sortMessageNames(await files.list(layout.inbox.new)).sort((a, b) => rank(a) - rank(b) || order(a, b));
  const candidates: Candidate[] = [];
  let work = 0;
  let riders = 0;
  if (kinds.size > names.length) {
    const waiting = new Set(names.map(formatMessageName));
    for (const entry of kinds.keys()) if (!waiting.has(entry)) kinds.delete(entry);
  }
  for (const name of names) {
    if (work >= limits.candidatesMax) break;
    const known = riders >= limits.riderMessagesMax ? kinds.get(formatMessageName(name)) : undefined;
    if (known !== undefined && !definition.turnOn.includes(known)) continue;
    const message = await readWaiting(context, name);
    if (!message || isAwaited(message.inReplyTo ?? [])) continue;
    candidates.push({ name, message });
    if (definition.turnOn.includes(message.kind)) work++;
    else if (message.expiresAt === undefined && message.inReplyTo === undefined) {
      kinds.set(formatMessageName(name), message.kind);
      riders++;
    }
  }
  const { batch, turnOn } = definition;
  return chooseBatch(candidates, { batch, turnOn, nowMs: context.clock.nowMs(), holdsLow });
}

async function readWaiting(context: AgentContext, name: MessageName) {
  const { files, layout, clock } = context;
  const entry = formatMessageName(name);
  const path = join(layout.inbox.new, entry);
  const facts = await files.facts(path);
  if (!facts) return null;
  const stuck = context.stuck && failedBefore(context.stuck, path, facts, clock.monotonicMs());
  if (stuck) {
    context.left?.push({ name: entry, path, kind: 'file', errno: stuck });
    return null;
  }
  const directories = [layout.inbox.new, layout.inbox.dead];
  const letter = await readLetter(files, path, name.id, directories);
  if (letter && 'unfit' in letter) {
    const reason = letter.unfit;
    const known = { id: name.id, inbox: layout.inbox, peer: layout.name };
    const place = { state: 'new', path, name, turn: null } as const;
    const burier = { files, root: context.root, clock, by: '' };
    // null: another process has moved it meanwhile, and reports it.
    await buryWaiting(burier, known, place, { reason }).catch(async failed => {
      // It cannot even be put aside: it stays, and the others continue.
      const errno = await faultOfEntry(files, failed, directories);
      context.left?.push({ name: entry, path, kind: facts.kind === 'directory' ? 'directory' : 'file', errno });
    });
    return null;
  }
  if (letter && (await isOverTrace(context, name, path, letter))) return null;
  return letter;
}

/** Of what would start a turn: its chain of messages has used up its budget. Then it is buried, and its sender is told. */
async function isOverTrace(context: AgentContext, name: MessageName, path: string, message: Message): Promise<boolean> {
  const { files, root, layout, clock, definition } = context;
  const money = definition.turnOn.includes(message.kind) ? await context.traceMoney?.(message) : null;
  if (!money || money.spentUsd < money.budgetUsd) return false;
  const reason = overTraceText(money, message.trace);
  const known = { id: name.id, inbox: layout.inbox, peer: layout.name };
  await buryWaiting({ files, root, clock, by: '' }, known, { state: 'new', path, name, turn: null }, { reason });
  return true;
}

/** Claims them; one that cannot be moved (it was made immutable) is left, and not chosen again for a while. */
async function claimOf(
  { files, layout, clock, stuck, emit }: AgentContext,
  turn: TurnLayout,
  wanted: readonly Candidate[],
  unsynced: Set<string> | undefined,
): Promise<MessageName[]> {
  const names = wanted.map(({ name }) => name);
  const claimed = await claim(files, layout.inbox, turn.number, names, unsynced, async (name, errno) => {
    const path = join(layout.inbox.new, formatMessageName(name));
    const facts = await files.facts(path);
    if (stuck && facts) noteFailure(stuck, path, facts, errno, clock.monotonicMs());
  });
  void emit(...claimed.map(({ id }) => ({ type: 'message.claimed' as const, id, turn: turn.number })));
  return claimed;
}

/**
 * The elected turn claims its batch and the waiting signals, writes its prompt, and returns its intent. null: nothing
 * was left to claim (a person moved it away).
 */
export async function prepareTurn(
  context: AgentContext,
  turn: TurnLayout,
  batch: Batch,
  previous: Ended | null,
  allowed: Allowance,
  work: SignalWork = NO_SIGNALS,
  unsynced?: Set<string>,
): Promise<Intent | null> {
  const { files, clock } = context;
  const wanted = [...batch.work, ...batch.riders];
  const claimed = await claimOf(context, turn, wanted, unsynced);
  const claimedOnes = wanted.filter(({ name }) => claimed.some(({ id }) => id === name.id));
  const alone = !claimedOnes.some(candidate => batch.work.includes(candidate));
  const signals = await takeUpSignals(context, turn, work, alone, unsynced);
  if (alone && (!signals || work.hold)) return null;
  // Nothing is acked by a turn that may not do what others may: then riders wait, and go back as they came.
  const present = alone && !isUnrestrained(context.definition) ? [] : claimedOnes;
  const seen = new Map<Candidate, Evidence>();
  for (const candidate of present) seen.set(candidate, await earlierEvidence(context, candidate.name));
  const spent = present.filter(candidate => batch.work.includes(candidate)).map(each => seen.get(each)!.spentUsd);
  // A turn may not cost more than the message with the least left of its budget.
  const leastLeftUsd = context.definition.budget.perMessageUsd - Math.max(0, ...spent);
  const traceLeft = await Promise.all(
    present.filter(candidate => batch.work.includes(candidate)).map(({ message }) => leftOfTrace(context, message)),
  );
  const perTurnUsd = Math.min(allowed.turnUsd, alone ? work.leftUsd : leastLeftUsd, ...traceLeft);
  const { session, resident, baselineUsd } = await chooseProcess(context, previous, {
    turn: turn.number,
    perTurnUsd,
    dayUsd: allowed.dayUsd,
    isRestricted: alone,
  });
  const held = heldBy(previous, session);
  const hasHook = !alone || context.definition.signals.hooks;
  const isHolding = ({ name }: Candidate) => previous?.deferred?.messages.includes(name.id) === true;
  const isOther = alone || !present.some(isHolding);
  const decided = hasHook ? await takeDecision(context, turn, previous, session, isOther) : undefined;
  const safe = neutralizer(await keepsPrompt(context, present));
  const messages: (PromptMessage & { entry: IntentMessage })[] = [];
  let roomBytes = bodiesRoom(previous);
  for (const candidate of present) {
    const isRider = batch.riders.includes(candidate);
    const entry = await promptEntry(context, candidate, seen.get(candidate)!, isRider, session, safe, roomBytes);
    roomBytes -= bodyBytes(entry, safe);
    messages.push(entry);
  }
  const mark = newNonce();
  const carry = previous?.carry ?? [];
  const news = await boardNews(context, previous, safe);
  // Not fsynced: after a power loss nobody reads it, the next turn writes its own.
  await files.append(
    turn.prompt,
    composePrompt({
      turn: turn.number,
      mark,
      carry,
      news: news.text,
      messages,
      signals,
      safe,
      decided: decided?.words,
    }),
  );
  const intent: Intent = {
    turn: turn.number,
    kind: alone ? 'signal' : 'work',
    at: new Date(clock.nowMs()).toISOString(),
    sessionId: session.id,
    resume: session.resume,
    mark,
    line: newId(clock.nowMs()),
    ...(resident ? { resident } : {}),
    transcriptBytes: session.bytes,
    baselineUsd,
    messages: messages.map(({ entry }) => entry),
    carry,
    board: news.board,
    perTurnUsd,
    maxHops: context.maxHops,
    ...(signals ? { signals } : {}),
    ...(decided ? { decided } : {}),
    ...(held ? { held } : {}),
  };
  return intent;
}

/** What its chain of messages may still cost. */
async function leftOfTrace({ traceMoney }: AgentContext, message: Message): Promise<number> {
  const money = await traceMoney?.(message);
  return money ? Math.max(0.01, money.budgetUsd - money.spentUsd) : Number.POSITIVE_INFINITY;
}

/** Bytes of bodies that a turn's prompt may have. */
const bodiesRoom = (previous: Ended | null): number =>
  (previous?.session?.contextWindow ?? limits.contextWindowTokens) * limits.bodiesWindowPart * limits.tokenBytesMin;

const bodyBytes = ({ message, mode, isCut }: PromptMessage, safe: (text: string) => string): number =>
  mode === 'interrupted' ? 0 : Buffer.byteLength(safe(isCut ? bodyHead(message.body) : message.body));

/** Whether claude hands these messages to the model as they are written; it matters if one has an `@` to be kept. */
async function keepsPrompt({ claude }: AgentContext, present: readonly Candidate[]): Promise<boolean> {
  const isWanted = present.some(({ message }) => neutralizeAt(message.body) !== message.body);
  return (await claude.keepsPrompt?.(isWanted)) ?? false;
}

/** What is new on the board since the agent has provably seen it. */
async function boardNews(
  context: AgentContext,
  previous: Ended | null,
  safe: (text: string) => string,
): Promise<{ text: string; board: Intent['board'] }> {
  const { files, layout, definition } = context;
  const first = definition.wakeOn.length > 0 ? await listensFrom(files, layout) : null;
  const from = (await seenBefore(context, previous)) ?? first;
  const news = await newsForAgent(
    context.files,
    context.root,
    from === null ? null : parseCursor(from),
    limits.agentNewsCharsMax,
    { self: context.layout.name, nowMs: context.clock.nowMs(), isNew: (previous?.board ?? null) === null, safe },
  );
  return { text: news.text, board: { from, next: formatCursor(news.nextCursor) } };
}

/** From the last decision; if that is not a position on the board, from the one before it, and that is told. */
async function seenBefore({ files, layout, emit }: AgentContext, previous: Ended | null): Promise<string | null> {
  const said = previous?.board ?? null;
  if (said === null || parseCursor(String(said))) return said;
  const { cursor, fault } = await boardPlace(files, layout);
  if (fault !== null) void emit({ type: 'part.failed', part: 'board', problem: fault });
  return cursor && formatCursor(cursor);
}

/** The elected turn claims expired messages; it starts no child. */
export async function prepareBurial(
  context: AgentContext,
  turn: TurnLayout,
  expired: readonly Candidate[],
  unsynced: Set<string>,
): Promise<Intent | null> {
  const { clock } = context;
  const claimed = await claimOf(context, turn, expired, unsynced);
  const present = expired.filter(({ name }) => claimed.some(({ id }) => id === name.id));
  if (present.length === 0) return null;
  return {
    turn: turn.number,
    kind: 'burial',
    at: new Date(clock.nowMs()).toISOString(),
    sessionId: '',
    resume: false,
    mark: newNonce(),
    transcriptBytes: 0,
    baselineUsd: 0,
    messages: present.map(candidate => ({
      ...identityOf(candidate),
      mode: 'body',
      rider: false,
      spentUsd: 0,
      nonces: [],
    })),
    carry: [],
    board: null,
    perTurnUsd: 0,
  };
}

const identityOf = ({ name, message }: Candidate) => ({
  id: message.id,
  name: formatMessageName(name),
  from: message.from,
  ...(message.fromId === undefined ? {} : { fromId: message.fromId }),
  kind: message.kind,
  thread: message.thread ?? null,
  trace: message.trace,
  hops: message.hops,
  ...(message.budgetUsd === undefined ? {} : { budgetUsd: message.budgetUsd }),
});

/** The elected turn asks a full session for its hand-off note; null: claude no longer has that session. */
export async function prepareHandoff(
  context: AgentContext,
  turn: TurnLayout,
  previous: Ended,
  allowed: Allowance,
  bySignal = false,
): Promise<Intent | null> {
  const { turnUsd: perTurnUsd, dayUsd } = allowed;
  const wish = { turn: turn.number, perTurnUsd, dayUsd, isRestricted: bySignal };
  const { session, resident, baselineUsd } = await chooseProcess(context, previous, wish);
  if (!session.resume) return null;
  const mark = newNonce();
  const carry = previous.carry;
  await context.files.append(turn.prompt, composeHandoff(turn.number, mark));
  return {
    turn: turn.number,
    kind: 'handoff',
    at: new Date(context.clock.nowMs()).toISOString(),
    sessionId: session.id,
    resume: true,
    mark,
    line: newId(context.clock.nowMs()),
    ...(resident ? { resident } : {}),
    transcriptBytes: session.bytes,
    baselineUsd,
    messages: [],
    carry,
    board: null,
    perTurnUsd,
    maxHops: context.maxHops,
    // No message asks for it: it is restricted like the turn that follows.
    ...(bySignal ? { signals: { alone: true, taken: [] } } : {}),
  };
}

interface ChosenSession {
  id: string;
  resume: boolean;
  bytes: number;
}

/** The agent's session if claude still knows it, else a new one: a lost session is replaced, never an error. */
async function chooseSession(context: AgentContext, previous: Ended | null): Promise<ChosenSession> {
  const known = previous?.session?.id;
  const bytes = known ? await context.claude.sessionBytes(known) : null;
  if (known && bytes !== null) return { id: known, resume: true, bytes };
  return { id: newSessionId(context), resume: false, bytes: 0 };
}

/** The session of the next turn, the resident claude that takes it, if one may, and what the session has cost so far. */
async function chooseProcess(
  context: AgentContext,
  previous: Ended | null,
  wish: Omit<ResidentWish, 'sessionId' | 'resume' | 'context'>,
): Promise<{ session: ChosenSession; resident: ResidentPart | null; baselineUsd: number }> {
  const session = await chooseSession(context, previous);
  const { id: sessionId, resume } = session;
  const { totalUsd = 0, contextTokens: tokens = 0, contextWindow: window } = previous?.session ?? {};
  const usage = window === undefined ? undefined : { tokens, window };
  const resident = (await context.claude.residentFor?.({ ...wish, sessionId, resume, context: usage })) ?? null;
  if (resident && resident.first !== wish.turn) return { session, resident, baselineUsd: totalUsd };
  const othersUsd = await bookOthers(context, previous);
  // One that took turns before may have ended just now, and writes at its end.
  const now = resume ? await chooseSession(context, previous) : session;
  return { session: now, resident, baselineUsd: now.resume ? totalUsd + othersUsd : 0 };
}

/** claude takes any UUID for a new session. */
const newSessionId = (context: AgentContext): string => newId(context.clock.nowMs());

/** Decides how a message appears in the prompt, from what earlier turns recorded and what the conversation contains. */
async function promptEntry(
  context: AgentContext,
  candidate: Candidate,
  earlier: Evidence,
  isRider: boolean,
  session: ChosenSession,
  safe: (text: string) => string,
  roomBytes: number,
): Promise<PromptMessage & { entry: IntentMessage }> {
  const { message } = candidate;
  const nonce = newNonce();
  const isInConversation =
    session.resume &&
    earlier.nonces.length > 0 &&
    promptRecordsContaining(await context.claude.readSession(session.id, 0), earlier.nonces).size > 0;
  const isCut = Buffer.byteLength(safe(message.body)) > Math.max(roomBytes, limits.bodyHeadCharsMax);
  const mode: PromptMode = isInConversation ? 'interrupted' : earlier.wasSubmitted ? 'check' : 'body';
  return {
    message,
    mode,
    rider: isRider,
    nonce,
    attachments: (message.attachments ?? []).map(({ name: file }) =>
      join(context.layout.inbox.files, message.id, file),
    ),
    original: mode === 'interrupted' ? null : await keepOriginal(context, message, isCut, safe),
    isCut,
    entry: {
      ...identityOf(candidate),
      mode,
      rider: isRider,
      spentUsd: earlier.spentUsd,
      nonces: mode === 'interrupted' ? earlier.nonces : [...earlier.nonces, nonce],
    },
  };
}

/**
 * The path of a file with the unchanged body, if the prompt cannot contain it so; claude's Read tool may read it there.
 * Written once; a message that is sent again finds it.
 */
async function keepOriginal(
  { files, layout }: AgentContext,
  message: Message,
  isCut: boolean,
  safe: (text: string) => string,
): Promise<string | null> {
  if (!isCut && safe(message.body) === message.body) return null;
  const home = join(layout.inbox.files, message.id);
  const taken = new Set((message.attachments ?? []).map(({ name }) => name));
  let name = message.file ?? 'message.txt';
  while (taken.has(name)) name = `text-${name}`;
  const path = join(home, name);
  if ((await files.facts(path)) !== null) return path;
  await files.makeDirectory(home);
  // "exists": an earlier turn of the same message.
  await writeOnce(files, path, message.body);
  return path;
}

/** The nonces under which the body was sent before, whether claude accepted it, and what was spent on it. */
interface Evidence {
  nonces: string[];
  wasSubmitted: boolean;
  spentUsd: number;
}

async function earlierEvidence(context: AgentContext, name: MessageName): Promise<Evidence> {
  if (name.lastTurn === 0) return { nonces: [], wasSubmitted: false, spentUsd: 0 };
  const turn = turnLayout(context.layout.turns, name.lastTurn);
  const intent = await readRecord<Intent>(context.files, turn.intent);
  const entry = intent?.messages.find(({ id }) => id === name.id);
  const wasSubmitted = (await context.files.facts(turn.submitted)) !== null;
  const ended = await readEnded(context.files, turn);
  const sharers = Math.max(1, intent?.messages.filter(({ rider }) => !rider).length ?? 1);
  // A requeued dead letter starts with its full budget again.
  const earlier = await earlierOutcomes(context.files, context.layout.inbox, name);
  const isRequeued = earlier.some(({ outcome }) => outcome.turn === name.lastTurn);
  return {
    nonces: entry?.nonces ?? [],
    wasSubmitted: wasSubmitted || ended?.begun === true || entry?.mode === 'check',
    spentUsd: isRequeued ? 0 : (entry?.spentUsd ?? 0) + (entry?.rider ? 0 : (ended?.blamedUsd ?? 0) / sharers),
  };
}
