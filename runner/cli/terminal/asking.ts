/** What people and programs see of a wait for a reply: `ask` and `send --wait`. */
import { type Denial, deniedText } from '#blackboard/messages/denials.ts';
import { exitCode, temporaryError, usageError } from '#blackboard/system/errors.ts';
import { limits } from '#blackboard/system/limits.ts';
import { shortId } from '#blackboard/system/short-id.ts';
import type { GlobalOptions } from '#runner/cli/terminal/global-options.ts';
import type { Ask } from '#runner/results/messages.ts';
import { headLine, printJson, printText } from '#runner/text/printing.ts';
import { showWaiting, type Waiting } from '#runner/text/waiting.ts';
import { type AskInput, type AskProgress, ask } from '#runner/verbs/ask.ts';
import type { VerbContext } from '#runner/verbs/context.ts';

/** `600` → 600,000 ms. Throws a usage error that names the flag. */
export function parseSeconds(flag: string, text: string): number {
  if (/^\d{1,9}(\.\d{1,3})?$/.test(text)) return Number(text) * 1000;
  throw usageError(`expected ${flag} to be a number of seconds, got ${JSON.stringify(text.slice(0, 40))}`);
}

/**
 * Sends, waits and prints the reply. Exit codes: 0 the reply is printed · 1 there is none (dead) · 75 time-out, the message stays
 * queued · 77 a circle of waits. A signal ends the wait and then the process, as the signal would have.
 */
export async function askAndTell(global: GlobalOptions, context: VerbContext, input: AskInput): Promise<number> {
  const json = global.json === true;
  const interrupted = signalCatcher();
  let shown: Waiting | undefined;
  let to = input.to;
  const progress = (now: AskProgress) => {
    if (now.step === 'begun') return interrupted.begin();
    to = now.to;
    if (now.delivery === 'duplicate')
      process.stderr.write(`agent-runner: already sent: ${now.id}; waiting for its reply\n`);
    if (now.waits) process.stderr.write(`agent-runner: the message waits: ${now.waits}\n`);
    shown = showWaiting(`waiting for ${to} to answer`, { json, catchesSignals: true });
  };
  try {
    const asked = await ask(context, input, { signal: interrupted.signal, progress }).finally(() =>
      shown?.[Symbol.dispose](),
    );
    return tell(asked, { to, json, isAborted: interrupted.signal.aborted, timeoutMs: input.timeoutMs });
  } finally {
    interrupted.letGo();
  }
}

/** From `begin` on it aborts at the first signal that would end the process; `letGo`, or a second one, then lets it end by that signal. */
function signalCatcher(): { signal: AbortSignal; begin(): void; letGo(): void } {
  const controller = new AbortController();
  const signals = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;
  let caught: NodeJS.Signals | undefined;
  const letGo = () => {
    for (const signal of signals) process.off(signal, onSignal);
    if (!caught) return;
    // proper-lockfile's signal-exit listens as well, and a signal that is listened to may come after the exit.
    process.removeAllListeners(caught);
    process.kill(process.pid, caught);
  };
  const onSignal = (signal: NodeJS.Signals) => {
    if (caught) return letGo();
    caught = signal;
    controller.abort();
  };
  const begin = () => {
    for (const signal of signals) process.on(signal, onSignal);
  };
  return { signal: controller.signal, begin, letGo };
}

function tell(asked: Ask, how: { to: string; json: boolean; isAborted: boolean; timeoutMs: number }): number {
  const { id, reply, outcome, denials, reason } = asked;
  const look = `Look: agent-runner trace ${shortId(id)}`;
  if (outcome === null && how.isAborted) {
    process.stderr.write(`agent-runner: stopped waiting; message ${shortId(id)} stays queued\n  ${look}\n`);
    return exitCode.temporary;
  }
  if (how.json) printJson(asked);
  else if (reply !== null) printText(reply.body);
  if (outcome === null)
    throw temporaryError(
      `no reply from ${how.to} within ${how.timeoutMs / 1000} s; message ${shortId(id)} stays queued, and the reply will come into your inbox`,
      look,
    );
  if (reply === null)
    process.stderr.write(
      `agent-runner: no reply from ${how.to}: message ${shortId(id)} is ${outcome}: ${reason}\n  ${look}\n`,
    );
  sayDenied(denials);
  return reply === null ? exitCode.no : exitCode.ok;
}

/** One line under the reply; stdout has the reply alone. */
function sayDenied(denials: readonly Denial[]): void {
  if (denials.length > 0)
    process.stderr.write(`agent-runner: ${headLine(deniedText(denials), limits.deniedLineCharsMax)}\n`);
}
