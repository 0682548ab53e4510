/** `agent-runner read`: prints a whole message. It stays unread until `ack` or `reply`. */
import { deniedText } from '#blackboard/messages/denials.ts';
import { OPERATOR } from '#blackboard/peers/operator.ts';
import { limits } from '#blackboard/system/limits.ts';
import { shortId } from '#blackboard/system/short-id.ts';
import type { Call, Declaration } from '#runner/cli/declare.ts';
import type { Read } from '#runner/results/messages.ts';
import { terminalColumns, wrapTo } from '#runner/text/columns.ts';
import { headLine, printJson, printText } from '#runner/text/printing.ts';
import { instantText } from '#runner/text/terminal.ts';
import { answeredText } from '#runner/verbs/gist.ts';

export const command: Declaration = {
  words: 'read',
  heading: 'Your inbox',
  about: 'a message in full',
  arguments: [{ name: '<message-id>', completes: 'message' }],
  json: true,
  examples: ['agent-runner read 5f0c9e1b', 'agent-runner read 5f0c9e1b --json'],
  exits: { 64: 'a beginning that fits several', 65: 'its file is no message', 66: 'no such message' },
};

export async function run(call: Call, typed: string): Promise<void> {
  const { read } = await import('#runner/verbs/read.ts');
  const message = await read(await call.context(), { id: typed });
  if (call.json) printJson(message);
  else print(message);
}

function print(message: Read): void {
  const { id, to, state, denials } = message;
  const head: [string, string | null][] = [
    ['from', message.from],
    ['to', to],
    ['kind', message.kind],
    ['sent', instantText(Date.parse(message.at), Date.now())],
    ['message', id],
    ['subject', message.subject],
    ['thread', message.thread],
    ['in reply to', answeredText(message.inReplyTo, message.answers).join(', ') || null],
    ...message.attachments.map(({ path }): [string, string | null] => ['file', path ?? null]),
  ];
  for (const [key, value] of head)
    if (value !== null)
      process.stdout.write(`${wrapTo(`${`${key}:`.padEnd(13)}${headLine(value, 1000)}`, terminalColumns())}\n`);
  process.stdout.write('\n');
  printText(message.body);
  if (denials.length > 0)
    process.stdout.write(`\n${wrapTo(headLine(deniedText(denials), limits.deniedLineCharsMax), terminalColumns())}\n`);
  if (to === OPERATOR && state === 'new')
    process.stderr.write(
      `\nanswer it: agent-runner reply ${shortId(id)} "text"   done with it: agent-runner ack ${shortId(id)}\n`,
    );
}
