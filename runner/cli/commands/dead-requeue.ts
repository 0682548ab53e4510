/**
 * `agent-runner dead requeue`: puts a dead letter back into its inbox. What the agent's conversation holds already is
 * not sent to it again.
 */

import { locate } from '#blackboard/inbox/locate.ts';
import { requeue } from '#blackboard/inbox/requeue.ts';
import { type DeadLetter, dropAgain, requireDeadLetter } from '#blackboard/peers/dead-letters.ts';
import { mayBeMessageId, requireMessage } from '#blackboard/peers/known-message.ts';
import { REMOVED } from '#blackboard/peers/peers.ts';
import { requireRoot, rootPath } from '#blackboard/root.ts';
import { createDiskFiles } from '#blackboard/system/disk-files.ts';
import { badDataError, exitCode, isRunnerError, refusedError, temporaryError } from '#blackboard/system/errors.ts';
import type { Files } from '#blackboard/system/files.ts';
import { shortId } from '#blackboard/system/short-id.ts';
import { quoted } from '#blackboard/text/shell-word.ts';
import type { Declaration } from '#runner/cli/declare.ts';
import type { GlobalOptions } from '#runner/cli/terminal/global-options.ts';
import { authorOf } from '#runner/messages/author.ts';
import { whyUnattended } from '#runner/status/unattended.ts';
import { printJson } from '#runner/text/printing.ts';

export const command: Declaration = {
  words: 'dead requeue',
  about: 'put a dead letter back into its inbox',
  arguments: [{ name: '<message-id>', completes: 'message' }],
  json: true,
  examples: ['agent-runner dead requeue 5f0c9e1b', 'agent-runner dead requeue 5f0c9e1b --json'],
  exits: {
    1: 'it is not dead',
    64: 'a beginning that fits several',
    65: 'a thing that cannot be work',
    66: 'no such message',
    77: 'its agent was removed',
  },
};

export async function run(global: GlobalOptions, typed: string): Promise<number> {
  const files = createDiskFiles();
  const root = await requireRoot(rootPath(global.root, process.env));
  const by = await authorOf(files, root, process.env);
  // Somebody else may requeue the same letter, and it may die again, between a look and the rename: look again.
  for (let round = 0; round < 3; round++) {
    const letter = await findLetter(files, root, typed);
    if (!letter) return exitCode.no;
    if (letter.peer.startsWith(REMOVED))
      throw refusedError(
        `the agent of dead letter ${shortId(letter.id)} was removed (${letter.peer})`,
        `Send it to another: agent-runner send <peer> --file ${quoted(letter.path)}`,
      );
    const where = await putBack(files, letter, by);
    if (where === null) continue;
    if (global.json) printJson({ id: letter.id, peer: letter.peer, kind: letter.name ? 'message' : 'drop' });
    else process.stdout.write(`${where}\n`);
    const why = await whyUnattended(files, root, letter.peer, Date.now());
    if (why) process.stderr.write(`agent-runner: the message waits: ${why}\n`);
    return exitCode.ok;
  }
  throw temporaryError(`dead letter ${JSON.stringify(typed)} is being moved by somebody else`, 'Try again.');
}

/** null: the message is known and not dead, which was said. */
async function findLetter(files: Files, root: string, typed: string): Promise<DeadLetter | null> {
  try {
    return await requireDeadLetter(files, root, typed);
  } catch (error) {
    if (!isRunnerError(error) || error.exit !== exitCode.noSuch || !mayBeMessageId(typed)) throw error;
    const { id, inbox, peer } = await requireMessage(files, root, typed);
    const place = await locate(files, inbox, id);
    process.stderr.write(
      `agent-runner: message ${shortId(id)} to ${peer} is not dead${place ? `: ${place.path}` : ''}\n`,
    );
    return null;
  }
}

/** What to say, or null if somebody else moved the letter. */
async function putBack(files: Files, letter: DeadLetter, by: string): Promise<string | null> {
  const { inbox, path, name, peer, id } = letter;
  if (name) {
    const at = new Date().toISOString();
    return (await requeue(files, inbox, { path, name }, { at, by })) === 'gone'
      ? null
      : `${shortId(id)} waits for ${peer} again`;
  }
  const facts = await files.facts(path);
  if (!facts) return null;
  if (facts.kind !== 'file' || facts.sizeBytes === 0)
    throw badDataError(
      `${path} cannot be work: it is ${facts.kind === 'file' ? 'empty' : `a ${facts.kind}`}`,
      'Only regular files with something in them can.',
    );
  const target = await dropAgain(files, letter);
  return target === 'gone' ? null : `dropped again: ${target}`;
}
