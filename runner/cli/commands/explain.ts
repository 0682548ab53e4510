/** `agent-runner explain`: prints what is known of a message, each step with the file that proves it. */
import type { Call, Declaration } from '#runner/cli/declare.ts';
import type { Explain } from '#runner/results/messages.ts';
import { headLine } from '#runner/text/printing.ts';
import { instantText } from '#runner/text/terminal.ts';

export const command: Declaration = {
  words: 'explain',
  heading: 'Messages',
  about: 'what is known of a message, each step with the file that proves it',
  arguments: [{ name: '<message-id>', completes: 'message' }],
  json: true,
  examples: ['agent-runner explain 5f0c9e1b', 'agent-runner explain 5f0c9e1b --json'],
  exits: { 64: 'a beginning that fits several', 66: 'no such message' },
};

export async function run(call: Call, typed: string): Promise<void> {
  const { explain } = await import('#runner/verbs/explain.ts');
  const context = await call.context();
  const explained = await explain(context, { id: typed });
  call.show(explained, () => render(explained, context.root, Date.now()));
}

const WORD_CHARS = 10;

/** Paths from the root on, which the first line names. */
function render({ id, from, to, gist, state, steps, open }: Explain, root: string, nowMs: number): string {
  const under = (path: string) => headLine(path.startsWith(`${root}/`) ? path.slice(root.length + 1) : path, 1000);
  const lines = [
    `${id}: ${from === null ? '' : `${headLine(from, 60)} `}to ${headLine(to, 60)}, ${state} (files are in ${headLine(root, 1000)})`,
    ...(gist ? [`  ${gist}`] : []),
    ...steps.flatMap(({ step, at, proves, evidence, isProven }) => [
      `${step.padEnd(WORD_CHARS)}${instantText(Date.parse(at), nowMs)}  ${isProven ? proves : `Not proven any more. It said: ${proves}`}`,
      ...evidence.map(
        ({ path, what, isThere }) =>
          `${' '.repeat(WORD_CHARS)}${under(path)}: ${isThere ? headLine(what, 200) : 'cleared away'}`,
      ),
    ]),
    ...open.map(({ word, proves }) => `${word.padEnd(WORD_CHARS)}nothing proves it yet. It would say: ${proves}`),
  ];
  return `${lines.join('\n')}\n`;
}
