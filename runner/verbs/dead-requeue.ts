/** Puts a dead letter back into its inbox. Text that the agent's conversation already contains is not sent again. */
import { locate } from '#blackboard/inbox/locate.ts';
import { requeue } from '#blackboard/inbox/requeue.ts';
import { REMOVED } from '#blackboard/peers/agent.ts';
import { type DeadLetter, dropAgain, requireDeadLetter } from '#blackboard/peers/dead-letters.ts';
import { mayBeMessageId, requireMessage } from '#blackboard/peers/known-message.ts';
import {
  badDataError,
  exitCode,
  isRunnerError,
  notSoError,
  refusedError,
  temporaryError,
} from '#blackboard/system/errors.ts';
import type { Files } from '#blackboard/system/files.ts';
import { shortId } from '#blackboard/system/short-id.ts';
import { quoted } from '#blackboard/text/shell-word.ts';
import { callerOf } from '#runner/agents/caller.ts';
import type { DeadRequeue } from '#runner/results/messages.ts';
import { whyUnattended } from '#runner/status/unattended.ts';
import type { VerbContext } from '#runner/verbs/context.ts';

/**
 * `letter`: an id, an end or a beginning of it, or the file's name. Throws 1 where the message is not dead, 65 for a thing that cannot
 * be work, 66 for none, 64 for several, 77 where its agent was removed.
 */
export async function deadRequeue(
  { files, root, env }: VerbContext,
  { letter: typed }: { letter: string },
): Promise<DeadRequeue> {
  const by = (await callerOf(files, root, env)).peer;
  // Somebody else may requeue the same letter, and it may die again, between a look and the rename: look again.
  for (let round = 0; round < 3; round++) {
    const letter = await findLetter(files, root, typed);
    const { id, peer, path, name } = letter;
    if (peer.startsWith(REMOVED))
      throw refusedError(
        `the agent of dead letter ${shortId(id)} was removed (${peer})`,
        `Send it to another: agent-runner send <peer> --file ${quoted(path)}`,
      );
    const back = await putBack(files, letter, by);
    if (back === 'gone') continue;
    return {
      id,
      peer,
      kind: name ? 'message' : 'drop',
      path: back,
      waits: await whyUnattended(files, root, peer, Date.now(), env, name?.priority),
    };
  }
  throw temporaryError(`dead letter ${JSON.stringify(typed)} is being moved by somebody else`, 'Try again.');
}

async function findLetter(files: Files, root: string, typed: string): Promise<DeadLetter> {
  try {
    return await requireDeadLetter(files, root, typed);
  } catch (error) {
    if (!isRunnerError(error) || error.exit !== exitCode.noSuch || !mayBeMessageId(typed)) throw error;
    const { id, inbox, peer } = await requireMessage(files, root, typed);
    const place = await locate(files, inbox, id);
    throw notSoError(`message ${shortId(id)} to ${peer} is not dead${place ? `: ${place.path}` : ''}`);
  }
}

/** The path of a drop, null for a message. "gone": somebody else moved the letter. */
async function putBack(files: Files, letter: DeadLetter, by: string): Promise<string | null | 'gone'> {
  const { inbox, path, name } = letter;
  if (name) {
    const at = new Date().toISOString();
    return (await requeue(files, inbox, { path, name }, { at, by })) === 'gone' ? 'gone' : null;
  }
  const facts = await files.facts(path);
  if (!facts) return 'gone';
  if (facts.kind !== 'file' || facts.sizeBytes === 0)
    throw badDataError(
      `${path} cannot be work: it is ${facts.kind === 'file' ? 'empty' : `a ${facts.kind}`}`,
      'Only regular files with something in them can.',
    );
  return dropAgain(files, letter);
}
