/** `agent-runner trace`: prints what became of a message, each step with its time, from files only. */
import { shortId } from '#blackboard/system/short-id.ts';
import type { Call, Declaration } from '#runner/cli/declare.ts';
import type { Step, Trace } from '#runner/results/messages.ts';
import { headLine } from '#runner/text/printing.ts';
import { instantText, usdText, verdictText } from '#runner/text/terminal.ts';
import { answeredText } from '#runner/verbs/gist.ts';

export const command: Declaration = {
  words: 'trace',
  heading: 'Messages',
  about: "a message's outcome: queued, claimed, started, seen, ended, replied | done | dead",
  arguments: [{ name: '<message-id>', completes: 'message' }],
  json: true,
  examples: ['agent-runner trace 5f0c9e1b', 'agent-runner trace 5f0c9e1b --json'],
  exits: { 64: 'a beginning that fits several', 66: 'no such message' },
};

export async function run(call: Call, typed: string): Promise<void> {
  const { trace } = await import('#runner/verbs/trace.ts');
  const traced = await trace(await call.context(), { id: typed });
  call.show(traced, () => render(traced, Date.now()));
}

const textCharsMax = 100;

function render(traced: Trace, nowMs: number): string {
  const {
    id,
    to,
    from,
    kind,
    gist,
    thread,
    answers,
    inReplyTo,
    attachments,
    steps,
    state,
    place,
    waits,
    clearedBefore,
  } = traced;
  const lines = [
    `${kind ? `${kind} ` : ''}${id}: ${from === null ? `to ${to}` : `${headLine(from, 60)} to ${to}`}`,
    ...(gist ? [`  ${gist}`] : []),
    ...(thread === null ? [] : [`  in thread ${headLine(thread, 200)}`]),
    ...answeredText(inReplyTo, answers).map(answered => `  answers ${answered}`),
    ...attachments.map(({ name, sizeBytes }) => `  attached: ${headLine(name, 300)} (${sizeBytes} bytes)`),
    ...(clearedBefore === null
      ? []
      : [`  a turn before ${clearedBefore} may have had it and never started: those turns are cleared away`]),
    ...steps.flatMap(step => {
      const [words, ...more] = describe(step);
      const time = instantText(Date.parse(step.at), nowMs);
      return [`${time}  ${words}`, ...more.map(line => `${' '.repeat(time.length + 2)}${line}`)];
    }),
    `now ${state}${place ? `: ${place.path}` : '; its file was cleared away'}`,
    ...(waits ? [`it waits: ${waits}`] : []),
  ];
  return `${lines.join('\n')}\n`;
}

const MODES = {
  body: '',
  check: ' (sent again, with a warning that it may have begun)',
  interrupted: ' (its text stands in the conversation; told to go on)',
};

/** The first line, and what belongs under it. */
function describe(step: Step): string[] {
  switch (step.step) {
    case 'queued':
      return ['queued'];
    case 'claimed':
      return [
        `${step.turn === null ? 'shown by a hook, not proven to be seen' : `claimed by turn ${step.turn}`}${step.rider ? ' (goes along, asks for no reply)' : MODES[step.mode]}`,
        ...(step.alsoIn ? [`in a new session; its text stands in the earlier one, too: ${shortId(step.alsoIn)}`] : []),
      ];
    case 'started':
      return [`started turn ${step.turn}: pid ${step.pid}, session ${shortId(step.session)}`];
    case 'seen':
      return [`seen${step.turn === null ? '' : ` in turn ${step.turn}`}: ${step.proof}`];
    case 'stopping':
      return [`turn ${step.turn} told to stop: ${step.reason}, by ${step.by}`];
    case 'ended': {
      const denials = step.denials.map(({ tool, input }) => `denied: ${headLine(`${tool} ${input}`, textCharsMax)}`);
      return [
        `ended turn ${step.turn}: ${verdictText(step.verdict, step.reason && headLine(step.reason, 300))} · ${usdText(step.costUsd)}`,
        ...denials,
      ];
    }
    case 'failed':
      return [`failed (attempt ${step.failures}); waits again`];
    case 'released':
      return ['waits again'];
    case 'replied':
      return [
        `replied${step.reply ? `: ${shortId(step.reply)}` : ''}${step.undelivered ? `, undelivered: ${step.undelivered}` : ''}`,
      ];
    case 'done':
      return ['done'];
    case 'dead':
      return [`dead: ${headLine(step.reason, 300)}`];
    case 'requeued':
      return [`requeued by ${step.by}`];
  }
}
