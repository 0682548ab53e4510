/** `agent-runner demo`: runs two agents for half a minute, with the real claude and without an account. */
import { exitCode } from '#blackboard/system/errors.ts';
import { printable } from '#blackboard/text/printable.ts';
import { callOf } from '#runner/cli/call.ts';
import type { Call, Declaration } from '#runner/cli/declare.ts';
import { endBySigpipe, whenReaderLeaves } from '#runner/text/reader.ts';
import { paintFor } from '#runner/text/terminal.ts';
import type { DemoStep } from '#runner/verbs/demo.ts';

export const command: Declaration = {
  words: 'demo',
  heading: 'To begin',
  about: 'two agents at work in a scratch directory: real claude, no account, nothing leaves this machine',
  options: [{ flags: '--keep', about: 'keep the scratch directory' }],
  examples: ['agent-runner demo', 'agent-runner demo --keep'],
  exits: { 1: 'the agents did not come to an answer', 78: 'there is no claude, or it is too old' },
};

/** Milliseconds for the demo; what is left of a minute is for stopping what still runs. */
const LIMIT_MS = 48_000;

const say = (line: string): void => void process.stdout.write(`${line}\n`);

export async function run(call: Call, options: { keep?: boolean }): Promise<number> {
  const { demo } = await import('#runner/verbs/demo.ts');
  const ending = endings();
  try {
    const keep = options.keep === true;
    const { failure, tookMs, kept } = await demo(call, { keep, signal: ending.signal, tell: teller() });
    if (failure === null) say(`\nDone in ${(tookMs / 1000).toFixed(1)} s.${nextSteps}`);
    else if (!ending.hasReaderLeft())
      call.warn(`the demo failed: ${failure}${keep ? '' : '\n  Look at what it left with: agent-runner demo --keep'}`);
    if (kept !== null) say(`Kept: ${kept}`);
    return failure === null ? exitCode.ok : exitCode.no;
  } finally {
    ending.forget();
    if (ending.hasReaderLeft()) endBySigpipe();
  }
}

/** Says each step. */
function teller(): (step: DemoStep) => Promise<void> {
  const { bold, tint } = paintFor(process.stdout, process.env);
  let agents: readonly string[] = [];
  return async step => {
    switch (step.kind) {
      case 'begun':
        return say(bold('agent-runner demo: the real claude, a model that is a script, nothing leaves this machine'));
      case 'ready':
        agents = step.agents;
        return say(`Model server on ${step.modelUrl}; two agents in ${step.root}, at work in ${step.work}`);
      case 'dropped':
        return say(`\n$ cp ${step.file} ${step.inbox}/\n`);
      case 'line': {
        const name = step.agent.padEnd(Math.max(...agents.map(each => each.length)));
        return say(`${tint(`${name} │`, agents.indexOf(step.agent))} ${step.line}`);
      }
      case 'answered':
        say(`\n${bold('$ agent-runner inbox')}\nfrom ${step.answer.from}, ${step.answer.kind}:\n`);
        say(printable(step.answer.body).trimEnd().replace(/^/gm, '  '));
        return showTrace(step.root, step.answer.inReplyTo?.[0]);
    }
  };
}

/** Prints the outcome as `trace` does, from the files of the demo's runner. */
async function showTrace(root: string, id: string | undefined): Promise<void> {
  if (!id) throw new Error('expected an answer that names the message it answers');
  say(`\n${paintFor(process.stdout, process.env).bold(`$ agent-runner trace ${id}`)}`);
  const trace = await import('#runner/cli/commands/trace.ts');
  await trace.run(callOf({ root }), id);
}

/** A time-out, a Unix signal, or a reader that leaves ends the demo; then it cleans up. */
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

/** People with a clone run `npm run demo`, and have no command yet. */
const install = process.env.npm_lifecycle_event === 'demo' ? '\n  npm install -g .' : '';

const nextSteps = `

Now yours (it needs a claude that is logged in):${install}
  agent-runner init
  agent-runner add reviewer --cwd ~/src/app
  agent-runner start
  echo "look at src/a.ts" > ~/.agent-runner/agents/reviewer/inbox/task.txt`;
