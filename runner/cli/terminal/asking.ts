/** What `ask` and `send --wait` print while they wait, and at the end. */
import { deniedText } from '#blackboard/messages/denials.ts';
import { exitCode, temporaryError } from '#blackboard/system/errors.ts';
import { limits } from '#blackboard/system/limits.ts';
import { shortId } from '#blackboard/system/short-id.ts';
import type { Call } from '#runner/cli/declare.ts';
import type { Ask } from '#runner/results/messages.ts';
import { headLine, printJson, printText } from '#runner/text/printing.ts';
import { showWaiting, type Waiting } from '#runner/text/waiting.ts';
import { type AskInput, type AskProgress, ask } from '#runner/verbs/ask.ts';

/**
 * Sends, waits and prints the reply. Exit 0: there is a reply · 1: there is none (dead) · 75: time-out, the message stays
 * queued · 77: a circle of waits. A Unix signal ends the wait, and then the process.
 */
export async function askAndTell(call: Call, input: AskInput): Promise<number> {
  const context = await call.context();
  const interrupted = signalCatcher();
  let shown: Waiting | undefined;
  let to = input.to;
  const progress = (now: AskProgress) => {
    if (now.step === 'begun') return interrupted.begin();
    to = now.to;
    if (now.delivery === 'duplicate') call.warn(`already sent: ${now.id}; waiting for its reply`);
    if (now.waits) call.warn(`the message waits: ${now.waits}`);
    shown = showWaiting(`waiting for ${to} to answer`, { json: call.json, catchesSignals: true });
  };
  try {
    const asked = await ask(context, input, { signal: interrupted.signal, progress }).finally(() =>
      shown?.[Symbol.dispose](),
    );
    return tell(call, asked, { to, isAborted: interrupted.signal.aborted, timeoutMs: input.timeoutMs });
  } finally {
    interrupted.letGo();
  }
}

/**
 * The same of a group: each reply below the name of who gave it. Exit 0: all have answered · 75: some have not in time · 1: some
 * cannot any more.
 */
export async function askAllAndTell(call: Call, input: AskInput): Promise<number> {
  const { askGroup } = await import('#runner/verbs/ask-group.ts');
  const context = await call.context();
  const interrupted = signalCatcher();
  const shown = showWaiting(`waiting for ${input.to} to answer`, { json: call.json, catchesSignals: true });
  let isBegun = false;
  const progress = ({ step }: AskProgress) => {
    if (step === 'begun' && !isBegun) interrupted.begin();
    isBegun = true;
  };
  try {
    const asked = await askGroup(context, input, { signal: interrupted.signal, progress }).finally(() =>
      shown[Symbol.dispose](),
    );
    if (call.json) printJson(asked);
    for (const { to, id, reply, outcome, reason } of asked) {
      if (reply !== null && !call.json) printText(`${to}:\n${reply.body}`);
      if (reply !== null) continue;
      const why = reason ?? (outcome === null ? 'no reply in time; its reply will come into your inbox' : outcome);
      call.warn(`${headLine(to, 60)}: ${headLine(why, 300)}${id === null ? '' : ` (message ${shortId(id)})`}`);
    }
    if (asked.every(({ reply }) => reply !== null)) return exitCode.ok;
    return asked.some(({ id, outcome }) => id !== null && outcome === null) ? exitCode.temporary : exitCode.no;
  } finally {
    interrupted.letGo();
  }
}

/** After `begin` the first Unix signal aborts. `letGo`, or a second signal, then lets the signal end the process. */
function signalCatcher(): { signal: AbortSignal; begin(): void; letGo(): void } {
  const controller = new AbortController();
  const signals = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;
  let caught: NodeJS.Signals | undefined;
  const letGo = () => {
    for (const signal of signals) process.off(signal, onSignal);
    if (!caught) return;
    // signal-exit (proper-lockfile) listens too; while anybody listens, the signal does not end the process.
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

function tell(call: Call, asked: Ask, how: { to: string; isAborted: boolean; timeoutMs: number }): number {
  const { id, reply, outcome, denials, reason } = asked;
  const look = `Look: agent-runner trace ${shortId(id)}`;
  if (outcome === null && how.isAborted) {
    call.warn(`stopped waiting; message ${shortId(id)} stays queued\n  ${look}`);
    return exitCode.temporary;
  }
  if (call.json) printJson(asked);
  else if (reply !== null) printText(reply.body);
  if (outcome === null)
    throw temporaryError(
      `no reply from ${how.to} within ${how.timeoutMs / 1000} s; message ${shortId(id)} stays queued, and the reply will come into your inbox`,
      look,
    );
  if (reply === null) call.warn(`no reply from ${how.to}: message ${shortId(id)} is ${outcome}: ${reason}\n  ${look}`);
  // stdout has the reply alone.
  if (denials.length > 0) call.warn(headLine(deniedText(denials), limits.deniedLineCharsMax));
  return reply === null ? exitCode.no : exitCode.ok;
}
