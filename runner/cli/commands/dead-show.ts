/** `agent-runner dead show`: prints a dead letter with its reason. */
import { shortId } from '#blackboard/system/short-id.ts';
import { printable, printableLine } from '#blackboard/text/printable.ts';
import type { Call, Declaration } from '#runner/cli/declare.ts';
import type { DeadShow } from '#runner/results/messages.ts';
import { headLine } from '#runner/text/printing.ts';
import { instantText } from '#runner/text/terminal.ts';

export const command: Declaration = {
  words: 'dead show',
  about: 'a dead letter and its reason',
  arguments: [{ name: '<message-id>', completes: 'message' }],
  json: true,
  examples: ['agent-runner dead show 5f0c9e1b', 'agent-runner dead show 5f0c9e1b --json'],
  exits: { 64: 'a beginning that fits several', 66: 'no such dead letter' },
};

export async function run(call: Call, typed: string): Promise<void> {
  const { deadShow } = await import('#runner/verbs/dead-show.ts');
  const letter = await deadShow(await call.context(), { letter: typed });
  call.show(letter, render);
}

function render({ id, peer, droppedAs, at, reason, path, text, noText }: DeadShow): string {
  const shown = text === null ? `(${noText})` : printable(text);
  return [
    `${droppedAs === null ? `message ${id}` : `${shortId(id)} ${headLine(droppedAs, 300)}`} of ${peer}`,
    `died ${instantText(Date.parse(at), Date.now())}: ${printableLine(reason)}`,
    printableLine(path),
    '',
    shown.endsWith('\n') ? shown : `${shown}\n`,
  ].join('\n');
}
