/**
 * The life of an agent: a word of its own, written when it is added. An agent that is removed and one that is added under the same name
 * are two, and what derives from the name alone would be the same for both.
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

/** '' for agents that were there before there were lives, and for every other peer: ids that derive from it are those of before. */
export async function lifeAt(files: Files, home: string): Promise<string> {
  const text = (await unlessDenied(readText(files, join(home, 'life'), 64), null))?.trim() ?? '';
  return LIFE.test(text) ? text : '';
}

/** The same of the agent whose inbox it is, wherever that lies. */
export const lifeOfInbox = (files: Files, { inbox }: Pick<Inbox, 'inbox'>): Promise<string> =>
  lifeAt(files, dirname(inbox));

/** The part of a derived id that the life is: none where there is none. */
export const lifePart = (life: string): string[] => (life === '' ? [] : [life]);
