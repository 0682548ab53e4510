/** `agent-runner trace`: what became of a message, each step with its time, from files only. */

import { requireMessage } from '#blackboard/peers/known-message.ts';
import { requireRoot, rootPath } from '#blackboard/root.ts';
import { createDiskFiles } from '#blackboard/system/disk-files.ts';
import { exitCode } from '#blackboard/system/errors.ts';
import { shortId } from '#blackboard/system/short-id.ts';
import type { Declaration } from '#runner/cli/declare.ts';
import type { GlobalOptions } from '#runner/cli/terminal/global-options.ts';
import { answeredBy, gistOf } from '#runner/messages/gist.ts';
import { type History, readHistory, type Step, stateOf, stepsOf } from '#runner/status/message-history.ts';
import { whyUnattended } from '#runner/status/unattended.ts';
import { terminalColumns, wrapTo } from '#runner/text/columns.ts';
import { headLine, printJson } from '#runner/text/printing.ts';
import { instantText, usdText } from '#runner/text/terminal.ts';

export const command: Declaration = {
  words: 'trace',
  heading: 'Messages',
  about: "a message's outcome: queued, claimed, started, ended, replied | failed | dead",
  arguments: [{ name: '<message-id>', completes: 'message' }],
  json: true,
  examples: ['agent-runner trace 5f0c9e1b', 'agent-runner trace 5f0c9e1b --json'],
  exits: { 64: 'a beginning that fits several', 66: 'no such message' },
};

export async function run(global: GlobalOptions, typed: string): Promise<number> {
  const files = createDiskFiles();
  const root = await requireRoot(rootPath(global.root, process.env));
  const history = await readHistory(files, root, await requireMessage(files, root, typed));
  const steps = stepsOf(history);
  const nowMs = Date.now();
  const isQueued = stateOf(steps, history.place) === 'queued';
  const waits = isQueued ? await whyUnattended(files, root, history.to, nowMs) : null;
  if (global.json) printJson({ ...asJson(history, steps), waits });
  else {
    const answers = history.message ? await answeredBy(files, root, history.message) : [];
    const text = render(history, steps, answers, nowMs) + (waits ? `it waits: ${waits}\n` : '');
    process.stdout.write(wrapTo(text, terminalColumns()));
  }
  return exitCode.ok;
}

function asJson({ id, to, message, place }: History, steps: readonly Step[]) {
  return {
    id,
    to,
    from: message?.from ?? null,
    kind: message?.kind ?? null,
    subject: message?.subject ?? null,
    thread: message?.thread ?? null,
    inReplyTo: message?.inReplyTo ?? [],
    trace: message?.trace ?? null,
    hops: message?.hops ?? null,
    attachments: message?.attachments ?? [],
    state: stateOf(steps, place),
    place: place && { state: place.state, path: place.path },
    steps,
  };
}

const textCharsMax = 100;

function render(
  { id, to, message, place }: History,
  steps: readonly Step[],
  answers: readonly string[],
  nowMs: number,
): string {
  const text = message && gistOf(message, textCharsMax);
  const lines = [
    `${message ? `${message.kind} ` : ''}${id}: ${message ? `${headLine(message.from, 60)} to ${to}` : `to ${to}`}`,
    ...(text ? [`  ${text}`] : []),
    ...answers.map(answered => `  answers ${answered}`),
    ...(message?.attachments ?? []).map(
      ({ name, sizeBytes }) => `  attached: ${headLine(name, 300)} (${sizeBytes} bytes)`,
    ),
    ...steps.flatMap(step => {
      const [words, ...more] = describe(step);
      const time = instantText(Date.parse(step.at), nowMs);
      return [`${time}  ${words}`, ...more.map(line => `${' '.repeat(time.length + 2)}${line}`)];
    }),
    `now ${stateOf(steps, place)}${place ? `: ${place.path}` : '; its file was cleared away'}`,
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
        `claimed by turn ${step.turn}${step.rider ? ' (goes along, asks for no reply)' : MODES[step.mode]}`,
        ...(step.alsoIn ? [`in a new session; its text stands in the earlier one, too: ${shortId(step.alsoIn)}`] : []),
      ];
    case 'started':
      return [`started turn ${step.turn}: pid ${step.pid}, session ${shortId(step.session)}`];
    case 'stopping':
      return [`turn ${step.turn} told to stop: ${step.reason}, by ${step.by}`];
    case 'ended': {
      const reason = step.reason ? `: ${headLine(step.reason, 300)}` : '';
      const denials = step.denials.map(({ tool, input }) => `denied: ${headLine(`${tool} ${input}`, textCharsMax)}`);
      return [`ended turn ${step.turn}: ${step.verdict}${reason} · ${usdText(step.costUsd)}`, ...denials];
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
