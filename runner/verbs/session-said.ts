/** The transcript of a session, as `peek` and `tail` read what was said there. */
import { noSuchError } from '#blackboard/system/errors.ts';
import type { VerbContext } from '#runner/verbs/context.ts';
import { paneOf, type SessionOrder } from '#runner/verbs/session-pane.ts';

/** The session's transcript as it is now: /clear begins another one. null: nothing was said there yet. */
export async function transcriptNow(context: VerbContext, order: SessionOrder): Promise<string | null> {
  const { files, root, env } = context;
  const { findTarget } = await import('#runner/panes/find-pane.ts');
  const { peer } = await findTarget({ files, root, env }, order.name);
  if (!peer) return (await paneOf(context, order)).transcript;
  // Our own hooks know it, wherever it runs.
  const { transcriptOf } = await import('#runner/panes/look.ts');
  return transcriptOf({ open: null, peer }, env);
}

export async function requireTranscript(context: VerbContext, order: SessionOrder): Promise<string> {
  const path = await transcriptNow(context, order);
  if (path && (await context.files.facts(path))) return path;
  throw noSuchError('nothing was said in that session yet: claude has written no transcript');
}
