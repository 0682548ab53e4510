/**
 * The life of an agent: its own random word, written when it is added. An agent that is added under the name of a
 * removed one is a different agent; ids that derive from the name alone would be the same for both.
 */
import { dirname, join } from 'node:path';
import type { Inbox } from '#blackboard/layout.ts';
import { unlessDenied } from '#blackboard/system/denied.ts';
import { type Files, readText } from '#blackboard/system/files.ts';
import { newNonce } from '#blackboard/system/ids.ts';
import { writeOnce } from '#blackboard/system/record.ts';

const LIFE = /^[0-9a-f]{16}$/;

/** 64 random bits. */
const newLife = (): string => newNonce().slice(0, 16);

/** Gives the agent in this directory its life. "exists": an `add` that died here has done so. */
export const beginLife = (files: Files, home: string): Promise<'written' | 'exists'> =>
  writeOnce(files, join(home, 'life'), `${newLife()}\n`);

/** '' for agents of earlier versions, which have no life, and for every other peer: their derived ids stay the same. */
export async function lifeAt(files: Files, home: string): Promise<string> {
  const text = (await unlessDenied(readText(files, join(home, 'life'), 64), null))?.trim() ?? '';
  return LIFE.test(text) ? text : '';
}

/** The same for the agent that has this inbox, wherever it is. */
export const lifeOfInbox = (files: Files, { inbox }: Pick<Inbox, 'inbox'>): Promise<string> =>
  lifeAt(files, dirname(inbox));

/** The life as part of a derived id: nothing if there is none. */
export const lifePart = (life: string): string[] => (life === '' ? [] : [life]);
