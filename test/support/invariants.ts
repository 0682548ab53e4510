/**
 * The promise, as rules over what lies on disk after any crash. Independent of how the engine works: it looks at places,
 * outcomes, answers, the claudes' ledger and their conversations.
 */
import { asksForReply } from '#blackboard/messages/message.ts';
import { OPERATOR } from '#blackboard/peers/operator.ts';
import { createSpendingReader } from '#blackboard/turns/spending.ts';
import {
  bodiesIn,
  type CrashScene,
  type CrashWorld,
  markOf,
  type Peer,
  type Placed,
  promptsIn,
  readCrashWorld,
  type Sent,
  type Turn,
} from './evidence.ts';

export interface Violation {
  rule:
    | 'lost' // accepted, and not exactly once in done or dead
    | 'outcome' // not exactly one, or not the one that its place says
    | 'body twice' // stands more than once in the agent's conversation
    | 'body never' // answered, but the model never had its body
    | 'ran again' // given to a model although its answer was recorded
    | 'turn twice' // one turn's prompt reached a model twice
    | 'two claudes' // at once for one agent, hence on one session
    | 'answers' // the sender was not answered exactly once
    | 'unproven' // reported as answered by a turn that asked no model
    | 'money' // the day's sum is not what its turns cost, each once
    | 'unfinished' // something in cur, a turn that is not closed, something accepted and not placed
    | 'survivor'; // a process that nobody has ended
  what: string;
}

/** Reads the scene and applies every rule. Empty: the promise held. */
export async function checkCrashes(scene: CrashScene): Promise<Violation[]> {
  const world = await readCrashWorld(scene);
  return [
    ...world.sent.flatMap(sent => checkMessage(world, sent)),
    ...[...world.peers.values()].flatMap(peer => [...checkPlaces(peer), ...checkFinished(peer)]),
    ...checkRunAgain(world),
    ...checkOneClaude(world),
    ...(await checkMoney(world)),
    ...world.survivors.map(what => ({ rule: 'survivor' as const, what })),
  ];
}

/** Lines for a person, and the rules alone for a test's expectation. */
export const describeViolations = (violations: readonly Violation[]): string =>
  violations.map(({ rule, what }) => `${rule}: ${what}`).join('\n');
export const rulesBroken = (violations: readonly Violation[]): Set<Violation['rule']> =>
  new Set(violations.map(({ rule }) => rule));

const holds = ({ message }: Placed, marker: string): boolean =>
  message !== null &&
  message.kind !== 'answer' &&
  (message.body.includes(marker) || (message.attachments ?? []).some(({ name }) => name.includes(marker)));

function checkMessage(world: CrashWorld, sent: Sent): Violation[] {
  const peer = world.peers.get(sent.to)!;
  const name = `${sent.marker} (${sent.kind} from ${sent.from} to ${sent.to})`;
  const found = peer.placed.filter(
    placed =>
      (sent.id === null || placed.message?.id === sent.id) && holds(placed, sent.marker) && isFrom(placed, sent),
  );
  if (found.length === 0) return sent.isAccepted ? [{ rule: 'lost', what: `${name} is nowhere` }] : [];
  if (found.length > 1)
    return [
      { rule: 'lost', what: `${name} lies in ${found.length} places: ${found.map(({ path }) => path).join(', ')}` },
    ];
  const [placed] = found as [Placed];
  const id = placed.message!.id;
  if (placed.state !== 'done' && placed.state !== 'dead') {
    // What asks for no reply waits until something else starts a turn.
    if (!asksForReply(sent.kind) && placed.state === 'new') return checkBodies(world, sent, null, name);
    return [{ rule: 'lost', what: `${name} ${id} still lies in ${placed.path}` }];
  }
  return [
    ...checkOutcome(peer, placed, sent, name),
    ...checkBodies(world, sent, placed, name),
    ...checkAnswers(world, sent, placed, name),
  ];
}

const isFrom = ({ message }: Placed, sent: Sent): boolean => message?.from === sent.from;

function checkOutcome(peer: Peer, { state, message }: Placed, sent: Sent, name: string): Violation[] {
  const outcome = peer.outcomes.get(message!.id);
  const expected = state === 'dead' ? 'dead' : asksForReply(sent.kind) ? 'replied' : 'done';
  if (outcome?.outcome === expected) return [];
  return [{ rule: 'outcome', what: `${name} lies in ${state}, its outcome is ${outcome?.outcome ?? 'missing'}` }];
}

function checkBodies(world: CrashWorld, sent: Sent, placed: Placed | null, name: string): Violation[] {
  let count = 0;
  for (const [session, prompts] of world.prompts) {
    if (world.agentOf.get(session) !== sent.to) continue;
    const here = prompts.reduce((sum, prompt) => sum + bodiesIn(prompt, sent.marker), 0);
    count = world.rotates ? Math.max(count, here) : count + here;
  }
  const violations: Violation[] = [];
  if (count > 1) violations.push({ rule: 'body twice', what: `${name} stands ${count} times in the conversation` });
  const outcome = placed && world.peers.get(sent.to)!.outcomes.get(placed.message!.id);
  if (!outcome || outcome.outcome === 'dead') return violations;
  const turn = world.peers.get(sent.to)!.turns.find(({ number }) => number === outcome.turn);
  const asked = (turn?.intent && world.requests.get(turn.intent.mark)) || [];
  if (asked.length === 0)
    violations.push({
      rule: 'unproven',
      what: `${name} is ${outcome.outcome} by turn ${outcome.turn}, which asked no model`,
    });
  else if (!turn || !modelHad(world, turn, asked, sent.marker))
    violations.push({ rule: 'body never', what: `${name} was answered by turn ${turn?.number} without its body` });
  return violations;
}

/** In the turn's own prompt, or in the conversation that it resumed. */
function modelHad(world: CrashWorld, turn: Turn, prompts: readonly string[], marker: string): boolean {
  const hasIt = (each: readonly string[]) => each.some(prompt => bodiesIn(prompt, marker) > 0);
  if (hasIt(prompts)) return true;
  const { sessionId, transcriptBytes, mark } = turn.intent!;
  const known = world.conversations.get(mark);
  if (known !== undefined) return hasIt(promptsIn(known));
  const before = Buffer.from(world.transcripts.get(sessionId) ?? '').subarray(0, transcriptBytes);
  return hasIt(promptsIn(before.toString()));
}

function checkAnswers(world: CrashWorld, sent: Sent, { state, message }: Placed, name: string): Violation[] {
  const told = (peer: string, kind: 'answer' | 'note') =>
    (world.peers.get(peer)?.placed ?? []).filter(
      ({ message: each }) => each?.from === sent.to && each.kind === kind && each.inReplyTo?.includes(message!.id),
    ).length;
  const isDead = state === 'dead';
  const expected: [string, 'answer' | 'note', number][] = [[OPERATOR, 'note', isDead ? 1 : 0]];
  if (asksForReply(sent.kind))
    expected.push([sent.from, 'answer', isDead ? 0 : 1], [sent.from, 'note', isDead ? 1 : 0]);
  return expected
    .filter(([peer, kind, count]) => told(peer, kind) !== count)
    .map(([peer, kind, count]) => ({
      rule: 'answers' as const,
      what: `${name} is ${state}: ${peer} should have ${count} ${kind}(s) about it and has ${told(peer, kind)}`,
    }));
}

function checkPlaces(peer: Peer): Violation[] {
  const seen = new Map<string, string>();
  const violations: Violation[] = [];
  for (const { path, message } of peer.placed) {
    if (message === null) violations.push({ rule: 'lost', what: `${path} is no message` });
    else if (seen.has(message.id))
      violations.push({ rule: 'lost', what: `${message.id} lies in ${seen.get(message.id)} and in ${path}` });
    else seen.set(message.id, path);
  }
  for (const id of peer.outcomes.keys())
    if (!seen.has(id)) violations.push({ rule: 'outcome', what: `${id} of ${peer.name} has one and lies nowhere` });
  return violations;
}

function checkFinished(peer: Peer): Violation[] {
  return [
    ...peer.placed.filter(({ state }) => state === 'cur').map(({ path }) => path),
    ...peer.turns
      .filter(({ isClosed }) => !isClosed)
      .map(({ number }) => `turn ${number} of ${peer.name} is not closed`),
    ...peer.unplaced.map(entry => `${entry} in tmp of ${peer.name} was accepted and not placed`),
  ].map(what => ({ rule: 'unfinished' as const, what }));
}

/** By the ledger, which no engine writes: what reached a model after the answer of one of its messages was recorded. */
function checkRunAgain(world: CrashWorld): Violation[] {
  const violations: Violation[] = [];
  const seen = new Set<string>();
  for (const { what, prompt, at, pid } of world.ledger) {
    const mark = what === 'model-request' && prompt !== undefined ? markOf(prompt) : null;
    const found = mark === null ? undefined : world.turnOf.get(mark);
    if (!found) continue;
    const where = `turn ${found.turn.number} of ${found.agent} (pid ${pid})`;
    if (seen.has(mark!)) violations.push({ rule: 'turn twice', what: `${where} asked a model again` });
    seen.add(mark!);
    for (const { id } of found.turn.intent!.messages) {
      const answeredBy = world.peers.get(found.agent)!.turns.find(turn => isAnsweredBy(turn, id));
      if (!answeredBy || answeredBy === found.turn) continue;
      if (found.turn.number > answeredBy.number || at > Date.parse(answeredBy.ended!.at))
        violations.push({ rule: 'ran again', what: `${id} in ${where}, answered by turn ${answeredBy.number}` });
    }
  }
  return violations;
}

/** Its answer was found and recorded there. */
const isAnsweredBy = ({ ended }: Turn, id: string): boolean =>
  ended?.verdict.kind === 'answered' && ended.messages.some(message => message.id === id);

/** By the ledger's order and the test's own kills: a claude that was killed writes no end. */
function checkOneClaude(world: CrashWorld): Violation[] {
  const violations: Violation[] = [];
  const alive = new Map<string, { pid: number; session: string; at: number }>();
  for (const { what, pid, session, at } of world.ledger) {
    const agent = world.agentOf.get(session) ?? session;
    const before = alive.get(agent);
    if (what === 'end' && before?.pid === pid) alive.delete(agent);
    if (what !== 'start') continue;
    const isGone =
      !before || world.kills.some(kill => kill.pid === before.pid && kill.at >= before.at && kill.at <= at);
    if (!isGone)
      violations.push({
        rule: 'two claudes',
        what: `pid ${pid} on session ${session} of ${agent} began while pid ${before.pid} on ${before.session} ran`,
      });
    alive.set(agent, { pid, session, at });
  }
  return violations;
}

/** The sums that the budgets are asked for, by agent and day, against what each closed turn says that it cost. */
async function checkMoney(world: CrashWorld): Promise<Violation[]> {
  const spending = createSpendingReader(world.files, world.root);
  const violations: Violation[] = [];
  for (const { name, turns } of world.peers.values()) {
    const days = new Map<string, number>();
    for (const { ended, isClosed } of turns)
      if (ended && isClosed) days.set(ended.day, (days.get(ended.day) ?? 0) + ended.costUsd);
    for (const [day, usd] of days) {
      const summed = (await spending(day)).byAgent.get(name) ?? 0;
      if (Math.abs(summed - usd) > 1e-9)
        violations.push({ rule: 'money', what: `${name} spent ${usd} on ${day}, and ${summed} stands in costs` });
    }
  }
  return violations;
}
