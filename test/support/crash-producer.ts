/** Keeps handing over messages of all sorts while others kill: each with a marker by which it is found again. */
import { createHash } from 'node:crypto';
import { open, readdir, rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { deliver } from '#blackboard/inbox/deliver.ts';
import type { Message } from '#blackboard/messages/message.ts';
import { OPERATOR } from '#blackboard/peers/operator.ts';
import { derivedId } from '#blackboard/system/ids.ts';
import type { Chance } from './crash-random.ts';
import type { RealRoot } from './real-root.ts';

const SORTS = {
  drop: 4,
  'drop with a head': 2,
  'slow drop': 1,
  attachment: 1,
  delivered: 4,
  'delivered twice at once': 3,
  'delivered again later': 3,
  thread: 3,
  'from an agent': 4,
  note: 2,
} as const;

/** Messages that may wait for one agent before the producer holds back. */
const WAITING_MAX = 8;

export interface Producer {
  /** Hands over one thing (a thread is several messages) as soon as some agent has room; null when `stop` aborts first. */
  next(stop: AbortSignal): Promise<keyof typeof SORTS | null>;
  /** Deliveries of an id that was known already. */
  repeated(): number;
}

export function createProducer(place: RealRoot, chance: Chance): Producer {
  let count = 0;
  let repeats = 0;
  const delivered: { to: string; message: Message }[] = [];

  const newMarker = () => {
    count++;
    return `crash-${count}-${createHash('sha256').update(`${count}/${chance.next()}`).digest('hex').slice(0, 8)}`;
  };

  const compose = (more: Partial<Message> = {}): { marker: string; message: Message } => {
    const marker = newMarker();
    const id = derivedId('crash', marker);
    const head = { id, from: OPERATOR, kind: chance.pick(['request', 'question'] as const), trace: id, hops: 0 };
    const at = new Date().toISOString();
    const priority = chance.pick(['high', 'normal', 'normal', 'normal', 'low'] as const);
    return { marker, message: { ...head, at, priority, body: `Work on ${marker}, @here.`, ...more } };
  };

  async function send(to: string, more: Partial<Message> = {}, times = 1): Promise<void> {
    const { marker, message } = compose(more);
    const entry = { to, from: message.from, kind: message.kind, marker, id: message.id, isAccepted: false };
    place.sent.push(entry);
    const { inbox } = place.layout(to);
    const results = await Promise.all(Array.from({ length: times }, () => deliver(place.files, inbox, message)));
    const fresh = results.filter(result => result === 'delivered').length;
    if (fresh !== 1) throw new Error(`${times} deliveries of ${message.id} at once: ${results}`);
    repeats += times - 1;
    entry.isAccepted = true;
    delivered.push({ to, message });
  }

  async function again(): Promise<void> {
    if (delivered.length === 0) return;
    const { to, message } = chance.pick(delivered);
    const result = await deliver(place.files, place.layout(to).inbox, message);
    if (result !== 'duplicate') throw new Error(`${message.id} was accepted a second time`);
    repeats++;
  }

  async function drop(to: string, text: (marker: string) => string | Uint8Array, name: (marker: string) => string) {
    const marker = newMarker();
    const { inbox } = place.layout(to).inbox;
    place.sent.push({ to, from: OPERATOR, kind: 'request', marker, id: null, isAccepted: true });
    await writeFile(join(inbox, `.${marker}`), text(marker));
    await rename(join(inbox, `.${marker}`), join(inbox, name(marker)));
  }

  async function slowDrop(to: string): Promise<void> {
    const marker = newMarker();
    place.sent.push({ to, from: OPERATOR, kind: 'request', marker, id: null, isAccepted: true });
    const file = await open(join(place.layout(to).inbox.inbox, `${marker}.txt`), 'w');
    await file.write('Take your time');
    await pause(150);
    await file.write(` with ${marker}.\n`);
    await file.close();
  }

  async function hand(sort: keyof typeof SORTS, to: string): Promise<void> {
    switch (sort) {
      case 'drop':
        return drop(
          to,
          marker => `Look at ${marker}.\n`,
          marker => `${marker.slice(0, 8)}${count}.txt`,
        );
      case 'drop with a head':
        return drop(
          to,
          marker => `---\nsubject: "one"\nthread: drops\n---\nLook at ${marker}.\n`,
          () => `task ${count}.md`,
        );
      case 'slow drop':
        return slowDrop(to);
      case 'attachment':
        return drop(
          to,
          () => new Uint8Array(70_000),
          marker => `${marker}.bin`,
        );
      case 'delivered':
        return send(to);
      case 'delivered twice at once':
        return send(to, {}, 2);
      case 'delivered again later':
        return again();
      case 'thread': {
        const thread = `thread ${chance.between(1, 5)}`;
        const times = chance.between(2, 4);
        for (let each = 0; each < times; each++) await send(to, { thread, kind: 'request', priority: 'normal' });
        return;
      }
      case 'from an agent': {
        const from = chance.pick(place.agents.filter(name => name !== to));
        return send(to, { from, hops: 1 });
      }
      case 'note':
        return send(to, { kind: chance.pick(['note', 'status', 'done'] as const) });
    }
  }

  async function room(): Promise<string | null> {
    const free: string[] = [];
    for (const name of place.agents) {
      const { inbox } = place.layout(name);
      const [waiting, dropped] = await Promise.all([readdir(inbox.new), readdir(inbox.inbox)]);
      // The inbox's own directories stand beside the drops.
      if (waiting.length + dropped.length - 10 < WAITING_MAX) free.push(name);
    }
    return free.length > 0 ? chance.pick(free) : null;
  }

  return {
    repeated: () => repeats,
    async next(stop) {
      while (!stop.aborted) {
        const to = await room();
        if (to !== null) {
          const sort = chance.weighted(SORTS);
          await hand(sort, to);
          return sort;
        }
        await pause(20);
      }
      return null;
    },
  };
}
