/** `agent-runner ack`: moves messages that were read to done. An agent's requests and questions are its work. */
import { exitCode } from '#blackboard/system/errors.ts';
import { shortId } from '#blackboard/system/short-id.ts';
import type { Call, Declaration } from '#runner/cli/declare.ts';
import type { Ack } from '#runner/results/messages.ts';
import { printJson } from '#runner/text/printing.ts';

export const command: Declaration = {
  words: 'ack',
  heading: 'Your inbox',
  about: 'move messages that you have read to done',
  arguments: [{ name: '<message-id...>', completes: 'message' }],
  json: true,
  examples: ['agent-runner ack 5f0c9e1b', 'agent-runner ack 5f0c9e1b 77ad20c4 --json'],
  exits: {
    1: 'one is dead',
    64: 'a beginning that fits several',
    65: 'its file is no message',
    66: 'no such message',
    77: "it is somebody's work",
  },
};

export async function run(call: Call, ids: string[]): Promise<number> {
  const { ack } = await import('#runner/verbs/ack.ts');
  const acked = await ack(await call.context(), { ids });
  if (call.json) printJson(acked);
  else for (const each of acked) process.stdout.write(`${sentenceOf(each)}\n`);
  return acked.some(({ state }) => state === 'dead') ? exitCode.no : exitCode.ok;
}

function sentenceOf({ id, state }: Ack[number]): string {
  const shown = shortId(id);
  if (state === 'acked') return `${shown} is done`;
  return state === 'done' ? `${shown} was done already` : `${shown} is dead: agent-runner dead show ${shown}`;
}
