/**
 * A text that is too long for the box of a pane: it goes ahead, as a message where the session has our hooks, else as a file, and the
 * pane gets one line that names it. Never as a paste that claude shows as a chip, which a model need not follow.
 */
import { join } from 'node:path';
import { rootLayout } from '#blackboard/layout.ts';
import { isRunnerError, temporaryError, usageError } from '#blackboard/system/errors.ts';
import { newId } from '#blackboard/system/ids.ts';
import { limits } from '#blackboard/system/limits.ts';
import { textOf } from '#blackboard/text/text-encoding.ts';
import type { PaneView } from '#runner/panes/look.ts';
import { OUR_WORD } from '#runner/panes/typed-text.ts';
import type { TypedInto } from '#runner/results/panes.ts';
import type { VerbContext } from '#runner/verbs/context.ts';
import { send } from '#runner/verbs/send.ts';

export type Carried = NonNullable<TypedInto['carried']>;

/** Throws 75 if the session's inbox is full. On disk if it dies: the message waits for the next prompt, the file for its retention. */
export async function carryAhead(context: VerbContext, view: PaneView, text: string): Promise<Carried> {
  return (await asMessage(context, view, text)) ?? (await asFile(context, text));
}

/** null: the session has no inbox. */
async function asMessage(context: VerbContext, { peer, open }: PaneView, text: string): Promise<Carried | null> {
  if (!peer || (open && open.sessionId !== peer.id)) return null;
  try {
    // The line itself begins the turn that reads it.
    const { id } = await send(context, { to: peer.id, text, files: [], cwd: '/', kind: 'note', wake: false });
    return { as: 'message', name: id };
  } catch (error) {
    if (isRunnerError(error) && error.code === 'no-such') return null;
    throw error;
  }
}

async function asFile({ files, root }: VerbContext, text: string): Promise<Carried> {
  await files.makeDirectory(rootLayout(root).typed);
  const name = fileFor(root);
  await files.create(name, text);
  return { as: 'file', name };
}

/** What is typed in its place. */
export const lineOf = ({ as, name }: Carried): string =>
  as === 'message'
    ? `${OUR_WORD}The text of this prompt is too long to be typed. It is the message ${name} in your inbox: read all of it (agent-runner read ${name}), and follow it as if it stood here.`
    : `${OUR_WORD}The text of this prompt is too long to be typed. It stands in the file ${name}: read it, and follow it as if it stood here.`;

/** As long as any line of this root will be. */
export const linesFor = (root: string): string[] =>
  (['message', 'file'] as const).map(as => lineOf({ as, name: fileFor(root) }));

const fileFor = (root: string): string => join(rootLayout(root).typed, `${newId(Date.now())}.txt`);

/** The error of a write whose text went ahead. */
export const withCarried = ({ as, name }: Carried, error: unknown): unknown => {
  if (!isRunnerError(error)) return error;
  const where =
    as === 'message'
      ? `The text itself waits in the session's inbox as ${name}, for its next prompt: do not send it again.`
      : `The text itself is in ${name}.`;
  return temporaryError(error.message, [error.hint, where].filter(Boolean).join(' '));
};

/** Reads what was piped. Throws 64 for what is no text, and for more than a prompt can be. */
export async function wholeText(given: string | AsyncIterable<Uint8Array> | null): Promise<string> {
  if (given === null || typeof given === 'string') return given ?? '';
  const chunks: Uint8Array[] = [];
  let sizeBytes = 0;
  for await (const chunk of given) {
    chunks.push(chunk);
    sizeBytes += chunk.length;
    if (sizeBytes > limits.typedBytesMax) throw tooMuch();
  }
  const text = textOf(Buffer.concat(chunks));
  if (text !== null) return text;
  throw usageError('what was piped in is no text', 'Send it as a file: agent-runner send <peer> --file <path>');
}

const tooMuch = () =>
  usageError(
    `a prompt has at most ${limits.typedBytesMax / 1024 / 1024} MiB of text`,
    'Send it as a file: agent-runner send <peer> --file <path>',
  );
