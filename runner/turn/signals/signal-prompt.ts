/** What a prompt says about signals: that one of this type came, and none of a sender's words. Pure. */
import { limits } from '#blackboard/system/limits.ts';
import { quotedName } from '#blackboard/text/printable.ts';
import type { Intent, IntentSignal } from '#blackboard/turns/turn-records.ts';

/** Sections of the prompt; none without signals. `safe`: for names from outside. */
export function signalSections(signals: Intent['signals'], safe: (text: string) => string): string[] {
  if (!signals || signals.taken.length === 0) return [];
  const lines = ['A signal came from outside. It says only this:', ...signals.taken.map(line(safe))];
  if (signals.taken.some(({ interruptions }) => interruptions > 0))
    lines.push('An earlier turn for it was interrupted: check first what is done already.');
  return [lines.join('\n')];
}

/** The last words of a prompt without messages. */
export const SIGNAL_REQUEST =
  'No message came with it. Do what your instructions say about such a signal; if they say nothing, look at what has changed and report. Nobody waits for your answer: it stands in your transcript.';

/** The path is quoted and cut: it is a name, whatever words it is made of. */
const line =
  (safe: (text: string) => string) =>
  ({ type, path }: IntentSignal): string =>
    path === undefined ? `- ${type}` : `- ${type} ${safe(quotedName(path, limits.signalNameShownCharsMax))}`;
