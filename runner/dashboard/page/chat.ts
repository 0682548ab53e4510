/** A peer's lines as a conversation: messages, turns with what was said and done in them, and notes between. Pure. */
import type { Event } from '#blackboard/events/event.ts';
import type { Line } from './lines.ts';

/** Something in a turn, in its order. `isCut`: it is longer than what the line holds. */
export type Part =
  | { kind: 'text'; key: string; text: string; isCut: boolean }
  | { kind: 'tool'; key: string; tool: string; input: string; isCut: boolean; failed: string | null }
  | { kind: 'denied'; key: string; tool: string; input: string }
  | { kind: 'retried'; key: string; text: string }
  | { kind: 'card'; key: string; id: string; tool: string; text: string; end: string | null };

export type Tone = 'quiet' | 'wait' | 'bad';

export interface MessageItem {
  kind: 'message';
  key: string;
  at: string;
  id: string;
  from: string;
  /** request, question…; null: the line that says it is gone. */
  messageKind: string | null;
  /** Or its beginning; null: it has to be read. */
  text: string | null;
  isCut: boolean;
  state: 'waits' | 'later' | 'taken' | 'answered' | 'read' | 'dead' | 'gone';
  /** Why it is dead, or until when it waits. */
  note: string | null;
}

export interface TurnEnd {
  at: string;
  verdict: string;
  reason: string | null;
  costUsd: number;
  seconds: number | null;
  cacheMissed: boolean;
}

export interface TurnItem {
  kind: 'turn';
  key: string;
  at: string;
  number: number;
  turnKind: string;
  bySignal: boolean;
  signals: string[];
  parts: readonly Part[];
  end: TurnEnd | null;
  /** Another turn began, and no line tells how this one ended. */
  isLost: boolean;
}

export interface NoteItem {
  kind: 'note';
  key: string;
  at: string;
  tone: Tone;
  text: string;
  /** The command that mends it. */
  mend: string | null;
}

export interface SaidItem {
  kind: 'said';
  key: string;
  at: string | null;
  role: 'user' | 'assistant';
  text: string;
}

export type Item = MessageItem | TurnItem | NoteItem | SaidItem;

export interface Chat {
  add(line: Line): void;
  /** Those that did not change are the same objects as before. */
  items(): readonly Item[];
}

export function createChat(): Chat {
  const items: Item[] = [];
  const messages = new Map<string, number>();
  const turns = new Map<number, number>();
  let shown: readonly Item[] = [];
  let isShown = true;

  function push(item: Item): number {
    return items.push(item) - 1;
  }

  function message(id: string, at: string, key: string, change: Partial<MessageItem>): void {
    const found = messages.get(id);
    if (found !== undefined) {
      items[found] = { ...(items[found] as MessageItem), ...change };
      return;
    }
    const blank = { from: '', messageKind: null, text: null, isCut: false, state: 'waits', note: null } as const;
    messages.set(id, push({ kind: 'message', key: `m ${key}`, at, id, ...blank, ...change }));
  }

  function turn(number: number, at: string, key: string, change: (item: TurnItem) => Partial<TurnItem>): void {
    let found = turns.get(number);
    if (found === undefined) {
      const blank = { turnKind: 'work', bySignal: false, signals: [], parts: [], end: null, isLost: false };
      found = push({ kind: 'turn', key: `t ${key}`, at, number, ...blank });
      turns.set(number, found);
    }
    const item = items[found] as TurnItem;
    items[found] = { ...item, ...change(item) };
  }

  const part = (event: Event & { turn: number }, key: string, made: Part): void =>
    turn(event.turn, event.at, key, ({ parts }) => ({ parts: [...parts, made] }));

  function changeLast(
    event: Event & { turn: number },
    key: string,
    fits: (part: Part) => boolean,
    change: object,
  ): boolean {
    const found = turns.get(event.turn);
    const { parts } = (found === undefined ? { parts: [] } : items[found]) as TurnItem;
    const at = parts.findLastIndex(fits);
    if (at < 0) return false;
    turn(event.turn, event.at, key, () => ({ parts: parts.with(at, { ...parts[at]!, ...change } as Part) }));
    return true;
  }

  function addEvent(event: Event, key: string): void {
    const { at } = event;
    const isCut = event.isCut === true;
    switch (event.type) {
      case 'turn.started':
        for (const [number, found] of turns) {
          const item = items[found] as TurnItem;
          if (number < event.turn && !item.end && !item.isLost) items[found] = { ...item, isLost: true };
        }
        for (const { id, from, kind, text } of event.messages)
          message(id, at, `${key} ${id}`, {
            ...{ from, messageKind: kind, state: 'taken', note: null },
            ...(text === '' ? {} : { text, isCut }),
          });
        turn(event.turn, at, key, () => ({
          ...{ at, turnKind: event.kind, bySignal: event.bySignal },
          signals: (event.signals ?? []).map(({ signal, path }) => (path === null ? signal : `${signal} ${path}`)),
        }));
        break;
      case 'turn.text':
        part(event, key, { kind: 'text', key, text: event.text, isCut });
        break;
      case 'turn.tool': {
        const { tool, input } = event;
        part(event, key, { kind: 'tool', key, tool, input, isCut, failed: null });
        break;
      }
      case 'turn.toolFailed':
        // It names no call: of several at once the last that is not told of takes it.
        if (!changeLast(event, key, each => each.kind === 'tool' && each.failed === null, { failed: event.text }))
          part(event, key, { kind: 'tool', key, tool: 'tool', input: '', isCut, failed: event.text });
        break;
      case 'turn.denied':
        part(event, key, { kind: 'denied', key, tool: event.tool, input: event.input });
        break;
      case 'turn.retried': {
        const { attempt, status, reason, waitMs } = event;
        const text = `The API did not answer (${status ?? 'no connection'}: ${reason}). Try ${attempt}, again in ${Math.round(waitMs / 1_000)} s.`;
        part(event, key, { kind: 'retried', key, text });
        break;
      }
      case 'card.asked':
        part(event, key, { kind: 'card', key, id: event.id, tool: event.tool, text: event.text, end: null });
        break;
      case 'card.ended':
        changeLast(event, key, each => each.kind === 'card' && each.id === event.id, { end: event.how });
        break;
      case 'turn.ended': {
        const { verdict, reason, costUsd, seconds, cacheMissed } = event;
        for (const { id, became } of event.messages) {
          const state = { replied: 'answered', done: 'read', waiting: 'waits', dead: 'dead' } as const;
          if (messages.has(id)) message(id, at, key, { state: state[became] });
        }
        turn(event.turn, at, key, () => ({ end: { at, verdict, reason, costUsd, seconds, cacheMissed } }));
        break;
      }
      case 'message.queued': {
        const { id, from, kind, dueAt } = event;
        const waits = { state: dueAt === null ? 'waits' : 'later', note: dueAt } as const;
        message(id, at, key, { from, messageKind: kind, ...waits });
        break;
      }
      case 'message.due':
      case 'message.released':
      case 'message.requeued':
        message(event.id, at, key, { state: 'waits', note: null });
        break;
      case 'message.claimed':
        message(event.id, at, key, { state: 'taken', note: null });
        break;
      case 'message.replied':
        message(event.id, at, key, { state: 'answered', note: null });
        break;
      case 'message.done':
      case 'message.acked':
        message(event.id, at, key, { state: 'read', note: null });
        break;
      case 'message.buried':
        message(event.id, at, key, { state: 'dead', note: event.reason });
        break;
      case 'message.purged':
        message(event.id, at, key, { state: 'gone' });
        break;
      default: {
        const note = noteOf(event);
        if (note) push({ kind: 'note', key: `n ${key}`, at, ...note });
      }
    }
  }

  return {
    add(line) {
      isShown = false;
      if ('event' in line) addEvent(line.event, line.key);
      else push({ kind: 'said', key: `s ${line.key}`, at: line.at, role: line.said.role, text: line.said.text });
    },
    items() {
      if (!isShown) shown = [...items];
      isShown = true;
      return shown;
    },
  };
}

type Note = Pick<NoteItem, 'tone' | 'text' | 'mend'>;
const note = (tone: Tone, text: string, mend: string | null = null): Note => ({ tone, text, mend });

/** The sentence for what is neither a message nor a turn; null: nothing that a person wants to know. */
function noteOf(event: Event): Note | null {
  switch (event.type) {
    case 'agent.parked': {
      const until =
        event.untilAt === null ? 'until you resume it' : `until ${new Date(event.untilAt).toLocaleString()}`;
      return note('bad', `Parked ${until}: ${event.reason}`, event.mend ?? null);
    }
    case 'agent.resumed':
      return note('quiet', `Works again (it was parked: ${event.code})`);
    case 'agent.held':
      return note('wait', `Held: ${event.reason}`);
    case 'agent.stuck':
      return note('bad', `Stuck: ${event.problem}`, event.mend);
    case 'agent.faulted':
      return note('bad', event.problem, event.mend);
    case 'agent.recovered':
      return note('quiet', `Recovered: ${event.problem}`);
    case 'agent.skipped':
      return note('wait', `Left undone: ${event.reason}`);
    case 'part.failed':
      return note('bad', `${event.part ?? 'The runner'} does not work: ${event.problem}`);
    case 'part.recovered':
      return note('quiet', `${event.part ?? 'The runner'} works again`);
    case 'drop.left':
      return note('bad', `${event.name} can neither be taken nor put aside (${event.errno})`);
    case 'drop.buried':
      return note('bad', `${event.name} became no message: ${event.reason}`);
    case 'drop.returned':
      return note('quiet', `${event.name} lies in the inbox again`);
    case 'message.disputed':
      return note('wait', `A message had another outcome before: ${event.before ?? 'one that cannot be read'}`);
    case 'turn.left':
      return note('wait', `Turn ${event.turn} was left by its runner and still runs (pid ${event.pid})`);
    case 'turn.cleared':
      return note('quiet', `Processes that turn ${event.turn} had left running were ended: ${event.count}`);
    case 'claim.taken':
      return note('quiet', `Claims ${event.what}`);
    case 'claim.released':
      return note('quiet', `Released ${event.what}`);
    case 'claim.expired':
      return note('quiet', `Its claim of ${event.what} is over: ${event.reason}`);
    case 'signal.taken':
      return note('quiet', `Signal ${event.signal}${event.path === null ? '' : ` ${event.path}`} (${event.source})`);
    case 'signals.spent':
      return note('wait', 'No more signals start turns today');
    case 'session.appeared':
      return note('quiet', `Began in ${event.cwd}`);
    case 'session.ended':
      return note('quiet', 'Ended');
    default:
      return null;
  }
}
