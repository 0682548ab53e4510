/** `agent-runner demo`: two agents at work for half a minute, with the real claude and no account. Leaves nothing behind. */

import { systemClock } from '#blackboard/system/clock.ts';
import { createDiskFiles } from '#blackboard/system/disk-files.ts';
import { exitCode, reasonOf } from '#blackboard/system/errors.ts';
import { printable } from '#blackboard/text/printable.ts';
import { requireVersion } from '#runner/claude/claude-process.ts';
import type { Declaration } from '#runner/cli/declare.ts';
import type { GlobalOptions } from '#runner/cli/terminal/global-options.ts';
import { playDemo } from '#runner/demo/demo.ts';
import { findDemoClaude, makeScratch, removeScratch, type Scratch } from '#runner/demo/scratch.ts';
import { endBySigpipe, whenReaderLeaves } from '#runner/text/reader.ts';
import { paintFor } from '#runner/text/terminal.ts';

export const command: Declaration = {
  words: 'demo',
  heading: 'To begin',
  about: 'two agents at work in a scratch directory: real claude, no account, nothing leaves this machine',
  options: [{ flags: '--keep', about: 'keep the scratch directory' }],
  examples: ['agent-runner demo', 'agent-runner demo --keep'],
  exits: { 69: 'claude was not found or did not answer' },
};

/** Milliseconds for the demo; what is left of a minute is for stopping what still runs. */
const LIMIT_MS = 48_000;

const say = (line: string): void => void process.stdout.write(`${line}\n`);

export async function run(_global: GlobalOptions, options: { keep?: boolean }): Promise<number> {
  const startedAt = systemClock.monotonicMs();
  const paint = paintFor(process.stdout, process.env);
  const claude = await findDemoClaude(process.env);
  await requireVersion(claude, process.env);
  const ending = endings();
  const scratch = await makeScratch();
  try {
    say(paint.bold('agent-runner demo: the real claude, a model that is a script, nothing leaves this machine'));
    const files = createDiskFiles();
    const answer = await playDemo({ files, scratch, claude, say, paint, signal: ending.signal });
    say(`\n${paint.bold('$ agent-runner inbox')}\nfrom ${answer.from}, ${answer.kind}:\n`);
    say(printable(answer.body).trimEnd().replace(/^/gm, '  '));
    await showTrace(scratch, answer.inReplyTo?.[0], paint.bold);
    say(`\nDone in ${((systemClock.monotonicMs() - startedAt) / 1000).toFixed(1)} s.${nextSteps}`);
    return exitCode.ok;
  } catch (error) {
    if (ending.hasReaderLeft()) return exitCode.no;
    process.stderr.write(`agent-runner: the demo failed: ${reasonOf(error)}\n`);
    if (!options.keep) process.stderr.write('  Look at what it left with: agent-runner demo --keep\n');
    return exitCode.no;
  } finally {
    ending.forget();
    if (options.keep) say(`Kept: ${scratch.directory}`);
    else await removeScratch(scratch);
    if (ending.hasReaderLeft()) endBySigpipe();
  }
}

/** The outcome as `trace` tells it, from the files that the demo's runner has left. */
async function showTrace(scratch: Scratch, id: string | undefined, bold: (text: string) => string): Promise<void> {
  if (!id) throw new Error('expected an answer that names the message it answers');
  say(`\n${bold(`$ agent-runner trace ${id}`)}`);
  const trace = await import('#runner/cli/commands/trace.ts');
  if ((await trace.run({ root: scratch.root }, id)) !== exitCode.ok) throw new Error(`trace ${id} did not end well`);
}

/** Time, signals and a reader that has gone: all of them end the demo, and the cleaning up comes after. */
function endings(): { signal: AbortSignal; hasReaderLeft(): boolean; forget(): void } {
  const ending = new AbortController();
  const end = (reason: string) => ending.abort(new Error(reason));
  const timer = setTimeout(end, LIMIT_MS, `no answer after ${LIMIT_MS / 1000} s`);
  const onSignal = (signal: NodeJS.Signals) => end(`ended by ${signal}`);
  const signals = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;
  for (const signal of signals) process.on(signal, onSignal);
  const reader = whenReaderLeaves(() => end('nobody reads its output'));
  return {
    signal: ending.signal,
    hasReaderLeft: reader.hasLeft,
    forget() {
      clearTimeout(timer);
      for (const signal of signals) process.off(signal, onSignal);
    },
  };
}

/** `npm run demo` is how people meet it who have a clone and no command yet. */
const install = process.env.npm_lifecycle_event === 'demo' ? '\n  npm install -g .' : '';

const nextSteps = `

Now yours (it needs a claude that is logged in):${install}
  agent-runner init
  agent-runner add reviewer --cwd ~/src/app
  agent-runner start
  echo "look at src/a.ts" > ~/.agent-runner/agents/reviewer/inbox/task.txt`;
