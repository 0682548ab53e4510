/** `agent-runner dead show`: a dead letter's reason and its whole text. */
import { exitCode } from '#blackboard/system/errors.ts';
import { shortId } from '#blackboard/system/short-id.ts';
import { printable, printableLine } from '#blackboard/text/printable.ts';
import type { Declaration } from '#runner/cli/declare.ts';
import type { GlobalOptions } from '#runner/cli/terminal/global-options.ts';
import type { DeadShow } from '#runner/results/messages.ts';
import { headLine, printJson } from '#runner/text/printing.ts';
import { instantText } from '#runner/text/terminal.ts';
import { verbContext } from '#runner/verbs/context.ts';

export const command: Declaration = {
  words: 'dead show',
  about: 'a dead letter and its reason',
  arguments: [{ name: '<message-id>', completes: 'message' }],
  json: true,
  examples: ['agent-runner dead show 5f0c9e1b', 'agent-runner dead show 5f0c9e1b --json'],
  exits: { 64: 'a beginning that fits several', 66: 'no such dead letter' },
};

export async function run(global: GlobalOptions, typed: string): Promise<number> {
  const { deadShow } = await import('#runner/verbs/dead-show.ts');
  const letter = await deadShow(await verbContext(global.root, process.env), { letter: typed });
  if (global.json) printJson(letter);
  else process.stdout.write(render(letter));
  return exitCode.ok;
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
