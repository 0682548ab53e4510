/**
 * All that a crash test can know afterwards, read from files alone: who sent what, where it lies, what each turn wrote
 * down, what the claudes said they did (ledger) and what their conversations hold. Judges nothing: invariants.ts does.
 */
import { join } from 'node:path';
import { type Outcome, readOutcome } from '#blackboard/inbox/outcome.ts';
import { agentLayout, type Inbox, inboxLayout, rootLayout, type TurnLayout } from '#blackboard/layout.ts';
import type { Message, MessageKind } from '#blackboard/messages/message.ts';
import { decodeMessage } from '#blackboard/messages/message-decode.ts';
import { parseClaimedName, parseMessageName } from '#blackboard/messages/message-name.ts';
import { OPERATOR } from '#blackboard/peers/operator.ts';
import { type Files, readText } from '#blackboard/system/files.ts';
import { readRecord } from '#blackboard/system/record.ts';
import type { Ended, Intent } from '#blackboard/turns/turn-records.ts';
import { listTurns } from '#blackboard/turns/turns.ts';

/** What a producer tried to hand over. */
export interface Sent {
  to: string;
  from: string;
  kind: MessageKind;
  /** Stands in the body or, for an attachment, in the file's name, and nowhere else. */
  marker: string;
  /** null: a plain drop, the engine chose its id. */
  id: string | null;
  /** false: the producer died or was refused on the way, so it may be there or not. */
  isAccepted: boolean;
}

/** A line of the fake claude's ledger. */
export interface LedgerLine {
  what: 'linked' | 'start' | 'model-request' | 'end';
  pid: number;
  session: string;
  /** Unix milliseconds. */
  at: number;
  prompt?: string;
  /** Of `linked`: the directory of the turn whose child it is. */
  turn?: string;
  /** The transcript of its session at that moment, where a later one may have lost it (a power loss). */
  before?: string;
}

/** Where the evidence is, and what the test itself did. */
export interface CrashScene {
  files: Files;
  root: string;
  agents: readonly string[];
  sent: readonly Sent[];
  /** In the order in which it happened. */
  ledger: readonly LedgerLine[];
  /** SIGKILLs by the test: Unix milliseconds just before each. */
  kills: readonly { pid: number; at: number }[];
  /** Text of each session's transcript. */
  transcripts: ReadonlyMap<string, string>;
  /** Sessions are replaced: a body may stand once in each conversation. */
  rotates?: boolean;
  /** Processes of the scene that are still there and should not be. */
  survivors: readonly string[];
}

export type PlaceState = 'new' | 'later' | 'cur' | 'done' | 'dead';

export interface Placed {
  state: PlaceState;
  path: string;
  /** null: a file that is no message of ours (a buried drop, a foreign file). */
  message: Message | null;
}

export interface Turn {
  number: number;
  intent: Intent | null;
  ended: Ended | null;
  isClosed: boolean;
}

export interface Peer {
  name: string;
  isAgent: boolean;
  placed: Placed[];
  outcomes: Map<string, Outcome>;
  /** Oldest first; none for the operator. */
  turns: Turn[];
  /** Drops in tmp and linked files there: accepted and not placed. */
  unplaced: string[];
}

export interface CrashWorld extends CrashScene {
  peers: ReadonlyMap<string, Peer>;
  /** Which agent a session belongs to, by the intents. */
  agentOf: ReadonlyMap<string, string>;
  /** The turn that a prompt belongs to, by its mark. */
  turnOf: ReadonlyMap<string, { agent: string; turn: Turn }>;
  /** The prompts of each session's conversation. */
  prompts: ReadonlyMap<string, readonly string[]>;
  /** The prompts that reached a model, by their mark. */
  requests: ReadonlyMap<string, readonly string[]>;
  /** Where the ledger has it: the transcript that each request went on from, by the mark. */
  conversations: ReadonlyMap<string, string>;
}

export async function readCrashWorld(scene: CrashScene): Promise<CrashWorld> {
  const peers = new Map<string, Peer>();
  for (const name of scene.agents) {
    const layout = agentLayout(scene.root, name);
    const turns = (await listTurns(scene.files, layout.turns)).reverse();
    peers.set(name, {
      ...(await readInbox(scene.files, name, layout.inbox)),
      isAgent: true,
      turns: await Promise.all(turns.map(turn => readTurn(scene.files, turn))),
    });
  }
  const operator = inboxLayout(rootLayout(scene.root).operator);
  peers.set(OPERATOR, { ...(await readInbox(scene.files, OPERATOR, operator)), isAgent: false, turns: [] });
  const agentOf = new Map<string, string>();
  const turnOf = new Map<string, { agent: string; turn: Turn }>();
  for (const { name, turns } of peers.values())
    for (const turn of turns) {
      if (!turn.intent) continue;
      agentOf.set(turn.intent.sessionId, name);
      turnOf.set(turn.intent.mark, { agent: name, turn });
    }
  const prompts = new Map([...scene.transcripts].map(([session, text]) => [session, promptsIn(text)] as const));
  const requests = new Map<string, string[]>();
  const conversations = new Map<string, string>();
  for (const { what, prompt, before } of scene.ledger) {
    const mark = what === 'model-request' && prompt !== undefined ? markOf(prompt) : null;
    if (mark !== null && before !== undefined) conversations.set(mark, before);
    if (mark !== null) requests.set(mark, [...(requests.get(mark) ?? []), prompt!]);
  }
  return { ...scene, peers, agentOf, turnOf, prompts, requests, conversations };
}

async function readTurn(files: Files, turn: TurnLayout): Promise<Turn> {
  return {
    number: turn.number,
    intent: await readRecord<Intent>(files, turn.intent),
    ended: await readRecord<Ended>(files, turn.ended),
    isClosed: (await files.facts(turn.closed)) !== null,
  };
}

async function readInbox(files: Files, name: string, inbox: Inbox) {
  const placed: Placed[] = [];
  for (const state of ['new', 'later', 'cur', 'dead'] as const)
    placed.push(...(await readDirectory(files, inbox[state], state)));
  for (const day of await files.list(inbox.done))
    placed.push(...(await readDirectory(files, join(inbox.done, day), 'done')));
  const outcomes = new Map<string, Outcome>();
  for (const id of new Set((await files.list(inbox.outcomes)).map(entry => entry.slice(0, 36)))) {
    const outcome = await readOutcome(files, inbox, id);
    if (outcome) outcomes.set(id, outcome);
  }
  const unplaced: string[] = [];
  for (const entry of await files.list(inbox.tmp)) {
    const facts = await files.facts(join(inbox.tmp, entry));
    const isLinked = (facts?.links ?? 0) > 1 && !(await isPlaced(files, join(inbox.tmp, entry), placed));
    if (entry.startsWith('drop-') || isLinked) unplaced.push(entry);
  }
  return { name, placed, outcomes, unplaced };
}

/** A second name of a message that has its place: a power loss can bring it back. */
async function isPlaced(files: Files, path: string, placed: readonly Placed[]): Promise<boolean> {
  const text = await readText(files, path, 1 << 24);
  return placed.some(({ message }) => message !== null && text?.includes(`id: "${message.id}"\n`));
}

async function readDirectory(files: Files, directory: string, state: PlaceState): Promise<Placed[]> {
  const placed: Placed[] = [];
  for (const entry of await files.list(directory)) {
    if (entry.endsWith('.reason') || entry.includes('.tmp-')) continue;
    const path = join(directory, entry);
    const isOurs = (state === 'cur' ? parseClaimedName(entry)?.name : parseMessageName(entry)) != null;
    const text = isOurs ? await readText(files, path, 1 << 24) : null;
    placed.push({ state, path, message: text === null ? null : decodeMessage(text, entry) });
  }
  return placed;
}

/** The mark of a prompt that the engine composed. */
export const markOf = (prompt: string): string | null =>
  /^\[agent-runner\] turn \d+ \(([0-9a-f]{32})\)/.exec(prompt)?.[1] ?? null;

/** How often a marked body stands in a prompt: between its two boundary lines, or as an attachment that is named. */
export function bodiesIn(prompt: string, marker: string): number {
  if (!prompt.includes(marker)) return 0;
  const frames = [...prompt.matchAll(/^=== ([0-9a-f]{32}) ===\n([\s\S]*?)\n=== \1 ===$/gm)];
  const attachments = [...prompt.matchAll(/^attachment: .*$/gm)];
  return [...frames.map(([, , body]) => body!), ...attachments.map(([line]) => line)].filter(text =>
    text.includes(marker),
  ).length;
}

/** The prompts of a conversation: what was sent by somebody, no tool result, no copy, nothing that a hook said. */
export function promptsIn(transcript: string): string[] {
  return transcript.split('\n').flatMap(line => {
    if (!line.includes('"user"')) return [];
    try {
      const record = JSON.parse(line);
      const isPrompt =
        record.type === 'user' && record.isSidechain === false && !record.isMeta && record.promptSource !== undefined;
      return isPrompt && typeof record.message.content === 'string' ? [record.message.content as string] : [];
    } catch {
      return [];
    }
  });
}
