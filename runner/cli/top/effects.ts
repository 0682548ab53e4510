/** What `top` does outside, and what it says of it in a line. */
import { shortId } from '#blackboard/system/short-id.ts';
import { decidedText } from '#runner/cli/decided-text.ts';
import type { Effect } from '#runner/cli/top/state.ts';
import { answer } from '#runner/verbs/answer.ts';
import { approve } from '#runner/verbs/approve.ts';
import type { VerbContext } from '#runner/verbs/context.ts';
import { deny } from '#runner/verbs/deny.ts';
import { notify } from '#runner/verbs/notify.ts';
import { send } from '#runner/verbs/send.ts';

type Done = Extract<Effect, { do: 'send' | 'wake' | 'approve' | 'deny' | 'answer' }>;

/** Throws what the verbs throw. */
export async function said(context: VerbContext, effect: Done, cwd: string): Promise<string> {
  switch (effect.do) {
    case 'send': {
      const { to, text } = effect;
      const sent = await send(context, { to, text, files: [], cwd, explains: true });
      return `sent ${shortId(sent.id)} to ${sent.to}${sent.waits ? `; it waits: ${sent.waits}` : ''}`;
    }
    case 'wake': {
      const [told] = await notify(context, { peer: effect.name, type: 'wake', cwd, waitMs: 0 });
      return told ? `wake ${told.peer}: ${told.answer}${told.reason ? `, ${told.reason}` : ''}` : '';
    }
    case 'approve':
      return decidedText(await approve(context, { id: effect.id, always: false }));
    case 'deny':
      return decidedText(await deny(context, effect));
    case 'answer':
      return decidedText(await answer(context, effect));
  }
}
