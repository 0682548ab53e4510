/** `agent-runner read`: a message in full, wherever it lies; it stays unread until `ack` or `reply`. */

import { locate } from '#blackboard/inbox/locate.ts';
import { deniedText } from '#blackboard/messages/denials.ts';
import { decodeMessage } from '#blackboard/messages/message-decode.ts';
import { requireMessage } from '#blackboard/peers/known-message.ts';
import { OPERATOR } from '#blackboard/peers/peers.ts';
import { requireRoot, rootPath } from '#blackboard/root.ts';
import { createDiskFiles } from '#blackboard/system/disk-files.ts';
import { exitCode, noSuchError } from '#blackboard/system/errors.ts';
import { readText } from '#blackboard/system/files.ts';
import { limits } from '#blackboard/system/limits.ts';
import { shortId } from '#blackboard/system/short-id.ts';
import type { Declaration } from '#runner/cli/declare.ts';
import type { GlobalOptions } from '#runner/cli/terminal/global-options.ts';
import { answeredBy } from '#runner/messages/gist.ts';
import { messageJson } from '#runner/messages/inbox-reading.ts';
import { terminalColumns, wrapTo } from '#runner/text/columns.ts';
import { headLine, printJson, printText } from '#runner/text/printing.ts';
import { instantText } from '#runner/text/terminal.ts';

export const command: Declaration = {
  words: 'read',
  heading: 'Your inbox',
  about: 'a message in full',
  arguments: [{ name: '<message-id>', completes: 'message' }],
  json: true,
  examples: ['agent-runner read 5f0c9e1b', 'agent-runner read 5f0c9e1b --json'],
  exits: { 64: 'a beginning that fits several', 65: 'its file is no message', 66: 'no such message' },
};

export async function run(global: GlobalOptions, typed: string): Promise<number> {
  const files = createDiskFiles();
  const root = await requireRoot(rootPath(global.root, process.env));
  const { id, inbox, peer } = await requireMessage(files, root, typed);
  const place = await locate(files, inbox, id);
  const text = place && (await readText(files, place.path, limits.recordBytesMax));
  if (!text)
    throw noSuchError(
      `message ${shortId(id)} to ${peer} is known, but its file is gone`,
      `What became of it: agent-runner trace ${shortId(id)}`,
    );
  const message = decodeMessage(text, place.path);
  const shown = { ...messageJson(inbox, message), to: peer, state: place.state };
  if (global.json) {
    printJson(shown);
    return exitCode.ok;
  }
  const head: [string, string | null][] = [
    ['from', shown.from],
    ['to', peer],
    ['kind', shown.kind],
    ['sent', instantText(Date.parse(shown.at), Date.now())],
    ['message', id],
    ['subject', shown.subject],
    ['thread', shown.thread],
    ['in reply to', (await answeredBy(files, root, message)).join(', ') || null],
    ...shown.attachments.map(({ path }): [string, string] => ['file', path]),
  ];
  for (const [key, value] of head)
    if (value !== null)
      process.stdout.write(`${wrapTo(`${`${key}:`.padEnd(13)}${headLine(value, 1000)}`, terminalColumns())}\n`);
  process.stdout.write('\n');
  printText(message.body);
  if (message.denials?.length)
    process.stdout.write(
      `\n${wrapTo(headLine(deniedText(message.denials), limits.deniedLineCharsMax), terminalColumns())}\n`,
    );
  if (peer === OPERATOR && place.state === 'new')
    process.stderr.write(
      `\nanswer it: agent-runner reply ${shortId(id)} "text"   done with it: agent-runner ack ${shortId(id)}\n`,
    );
  return exitCode.ok;
}
