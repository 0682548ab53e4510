/** Reads a whole message, in whatever state. It stays unread until `ack` or `reply`. */
import { locate } from '#blackboard/inbox/locate.ts';
import { decodeMessage } from '#blackboard/messages/message-decode.ts';
import { requireMessage } from '#blackboard/peers/known-message.ts';
import { noSuchError } from '#blackboard/system/errors.ts';
import { readText } from '#blackboard/system/files.ts';
import { limits } from '#blackboard/system/limits.ts';
import { shortId } from '#blackboard/system/short-id.ts';
import type { Read } from '#runner/results/messages.ts';
import type { VerbContext } from '#runner/verbs/context.ts';
import { messageResult } from '#runner/verbs/inbox-reading.ts';

/** `id`: the message's, or what tells it from all others. Throws 64 for what fits several, 65 for a file that is no message, 66 for none. */
export async function read({ files, root }: VerbContext, { id: typed }: { id: string }): Promise<Read> {
  const { id, inbox, peer } = await requireMessage(files, root, typed);
  const place = await locate(files, inbox, id);
  const text = place && (await readText(files, place.path, limits.recordBytesMax));
  if (!text)
    throw noSuchError(
      `message ${shortId(id)} to ${peer} is known, but its file is gone`,
      `What became of it: agent-runner trace ${shortId(id)}`,
    );
  const message = decodeMessage(text, place.path);
  return { ...(await messageResult(files, root, inbox, message)), to: peer, state: place.state };
}
