/** What may happen to one or two messages until the power goes: producers, agents at work, a cancel, a requeue, drops. */
import { join } from 'node:path';
import type { Delivery } from '#blackboard/inbox/deliver.ts';
import { requeue } from '#blackboard/inbox/requeue.ts';
import type { Message } from '#blackboard/messages/message.ts';
import { parseMessageName } from '#blackboard/messages/message-name.ts';
import { OPERATOR } from '#blackboard/peers/operator.ts';
import { derivedId } from '#blackboard/system/ids.ts';
import { cancelMessage } from '#runner/turn/cancelling.ts';
import { type Behaviour, type House, sendTo } from './simulated-root.ts';

export interface Life {
  agents?: readonly string[];
  front?: readonly string[];
  behaviours?: readonly Behaviour[];
  /** What there is before; the power stays. */
  before?(house: House): Promise<void>;
  lives(house: House): Promise<void>;
  /** What is tried again, by anyone who was given no answer. */
  tries?(house: House): Promise<void>;
  /** The session is replaced on the way. */
  rotates?: boolean;
  /** What else must hold then; '' if it does. */
  after?(house: House): Promise<string>;
  /** What the rules do not know of: a message that died, was put back and answered. */
  except?: RegExp;
}

/** Nobody tries again what was accepted. */
async function send(
  house: House,
  marker: string,
  more: Parameters<typeof sendTo>[3] = {},
): Promise<Delivery | 'known'> {
  if (house.sent.find(sent => sent.marker === marker)?.isAccepted) return 'known';
  return sendTo(house, house.files, marker, more);
}

async function drop(house: House, marker: string, name: string, data: string | Uint8Array): Promise<void> {
  house.sent.push({ to: 'alpha', from: OPERATOR, kind: 'request', marker, id: null, isAccepted: true });
  const path = join(house.layout('alpha').inbox.inbox, name);
  await house.files.create(path, data);
  await house.files.syncDirectory(house.layout('alpha').inbox.inbox);
}

async function dropEmpty(house: House, name: string): Promise<void> {
  const { inbox } = house.layout('alpha').inbox;
  await house.files.create(join(inbox, name), '');
  await house.files.syncDirectory(inbox);
}

/** All of them, to the end of each, as processes of their own. */
async function together(...work: Promise<unknown>[]): Promise<void> {
  for (const result of await Promise.allSettled(work)) if (result.status === 'rejected') throw result.reason;
}

const runs = async (house: House) => void (await house.run(house.files));
const one = (house: House) => send(house, 'power-one').then(() => {});
const sendsThenRuns =
  (more: Partial<Message> & { once?: boolean } = {}) =>
  async (house: House) => {
    await send(house, 'power-one', more);
    await runs(house);
  };
const cancels = async (house: House) => {
  const { inbox } = house.layout('alpha');
  const { files, root, clock } = house;
  const canceller = { files, root, clock, by: 'beta', isRun: async () => false };
  await cancelMessage(canceller, { peer: 'alpha', inbox, id: derivedId('power-one') });
};
const requeues = async (house: House) => {
  const { inbox } = house.layout('alpha');
  for (const entry of await house.files.list(inbox.dead)) {
    const name = parseMessageName(entry);
    if (!name) continue;
    const letter = { path: join(inbox.dead, entry), name };
    await requeue(house.files, inbox, letter, { at: new Date(house.clock.nowMs()).toISOString(), by: OPERATOR });
  }
};

const producers = async (house: House) => {
  await together(send(house, 'power-plain', { once: true }), send(house, 'power-keyed', { from: 'beta', hops: 1 }));
};
const retries = async (house: House) => void (await send(house, 'power-keyed', { from: 'beta', hops: 1 }));

export const lives: Record<string, Life> = {
  'two producers send two messages, and both are answered': {
    agents: ['alpha', 'beta'],
    async lives(house) {
      await producers(house);
      await runs(house);
    },
    tries: retries,
  },
  'a message is sent once': { lives: sendsThenRuns({ once: true }) },
  'two producers send two messages to an agent at work': {
    agents: ['alpha', 'beta'],
    before: one,
    lives: house => together(producers(house), runs(house)),
    tries: retries,
  },
  'two producers send the same message': {
    agents: ['alpha', 'beta'],
    async lives(house) {
      await together(send(house, 'power-one'), send(house, 'power-one'));
      await runs(house);
    },
    tries: one,
  },
  'a child dies after its transcript is written': { behaviours: ['dies written'], before: one, lives: runs },
  'a child dies before its transcript is written': {
    behaviours: ['answers', 'dies unwritten'],
    before: house => send(house, 'power-zero', { priority: 'high' }).then(() => one(house)),
    lives: runs,
  },
  'a child answers and its transcript is lost': {
    behaviours: ['answers, dies unwritten'],
    before: house => one(house).then(() => send(house, 'power-two').then(() => {})),
    lives: runs,
  },
  'a launcher dies before its link': { behaviours: ['launcher dies before its link'], before: one, lives: runs },
  'a launcher is late': {
    behaviours: ['launcher is late'],
    before: one,
    async lives(house) {
      await runs(house);
      await house.wake();
    },
  },
  'the API is down for a while': { behaviours: ['api down', 'api down'], before: one, lives: runs },
  'somebody must log in': { behaviours: ['refused'], before: one, lives: runs },
  'a message fails until it is buried': {
    front: ['maxAttempts: 2'],
    behaviours: ['fails', 'fails', 'fails', 'fails'],
    agents: ['alpha', 'beta'],
    before: house => send(house, 'power-one', { from: 'beta', hops: 1 }).then(() => {}),
    lives: runs,
  },
  'a message for later': {
    async lives(house) {
      await send(house, 'power-one', { notBefore: new Date(house.clock.nowMs() + 60_000).toISOString() });
      await runs(house);
      await house.clock.sleep(60_000);
      await runs(house);
    },
    tries: one,
  },
  'a message for later, and one after it': {
    async lives(house) {
      await send(house, 'power-one', { notBefore: new Date(house.clock.nowMs() + 60_000).toISOString() });
      await send(house, 'power-two');
      await runs(house);
      await house.clock.sleep(60_000);
      await runs(house);
    },
  },
  'a message expires': {
    agents: ['alpha', 'beta'],
    lives: sendsThenRuns({ from: 'beta', hops: 1, expiresAt: '2026-01-01T12:00:00.000Z' }),
    tries: house =>
      send(house, 'power-one', { from: 'beta', hops: 1, expiresAt: '2026-01-01T12:00:00.000Z' }).then(() => {}),
  },
  'a drop is settled and answered': {
    before: house => drop(house, 'power-drop', 'task.md', 'Do power-drop.'),
    lives: runs,
  },
  'a drop that is no text becomes an attachment': {
    before: house => drop(house, 'power-file', 'power-file.bin', new Uint8Array(100)),
    lives: runs,
  },
  'drops that cannot be worked on are buried, one after the other': {
    before: house => dropEmpty(house, 'empty-one.md'),
    async lives(house) {
      await runs(house);
      await dropEmpty(house, 'empty-two.md');
      await runs(house);
    },
    async after(house) {
      const names = (await house.files.list(house.layout('alpha').inbox.dead)).filter(name => name.endsWith('.md'));
      return names.some(name => name.includes('empty-one')) ? '' : `buried: ${names}`;
    },
    except: /^lost: \S+-empty-\w+\.md is no message/,
  },
  'a waiting message is cancelled': { agents: ['alpha', 'beta'], before: one, lives: cancels, tries: cancels },
  'a waiting message is cancelled, and nobody tries again': { agents: ['alpha', 'beta'], before: one, lives: cancels },
  'a dead letter is put back': {
    front: ['maxAttempts: 1'],
    behaviours: ['fails'],
    before: house => one(house).then(() => runs(house)),
    async lives(house) {
      await requeues(house);
      await runs(house);
    },
    tries: requeues,
    async after(house) {
      const names = (await house.files.list(house.layout('alpha').inbox.outcomes)).map(name => name.slice(36));
      return ['', '.r1', '.r1.requeued'].every(name => names.includes(name))
        ? ''
        : `of its outcomes there are ${names}`;
    },
    except: /^answers: .* is done: operator should have 0 note/,
  },
  'a session is replaced by another': {
    front: ['session: { rotateAfterTurns: 1 }', 'batch: one'],
    before: house => one(house).then(() => send(house, 'power-two').then(() => {})),
    lives: runs,
    rotates: true,
  },
};
