/** `agent-runner rename`: gives a session another name; its own, when it is called from one. */

import { isAgent } from '#blackboard/peers/peers.ts';
import { sessionNamed } from '#blackboard/peers/session-names.ts';
import { renameSession } from '#blackboard/peers/sessions.ts';
import { requireRoot, rootPath } from '#blackboard/root.ts';
import { createDiskFiles } from '#blackboard/system/disk-files.ts';
import { exitCode, noSuchError, usageError } from '#blackboard/system/errors.ts';
import type { Files } from '#blackboard/system/files.ts';
import { callerOf } from '#runner/agents/caller.ts';
import type { Declaration } from '#runner/cli/declare.ts';
import type { GlobalOptions } from '#runner/cli/terminal/global-options.ts';
import { printJson } from '#runner/text/printing.ts';

export const command: Declaration = {
  words: 'rename',
  heading: 'The board, and your own sessions',
  about: 'give a session another name (default: the one this is called from)',
  arguments: [{ name: '<session-or-new-name>' }, { name: '[new-name]' }],
  json: true,
  examples: ['agent-runner rename app-main', 'agent-runner rename app-main app-review'],
  exits: { 64: 'no name, taken, an agent, or no session to rename', 66: 'no such session' },
};

export async function run(global: GlobalOptions, first: string, second: string | undefined): Promise<number> {
  const files = createDiskFiles();
  const root = await requireRoot(rootPath(global.root, process.env));
  const own = second === undefined ? await ownSession(files, root) : first;
  if (own === null)
    throw usageError('this is not called from a session', 'Say which one: agent-runner rename <session> <new-name>');
  const id = await sessionNamed(files, root, own);
  if (id === null && (await isAgent(files, root, own)))
    throw usageError(
      `${own} is an agent, and an agent keeps its name: it stands in its conversation and in what others wrote to it`,
      'rename is for sessions. For an agent of another name: agent-runner add <name>, then agent-runner edit <name>',
    );
  if (id === null)
    throw noSuchError(`there is no session ${JSON.stringify(own.slice(0, 60))}`, 'See: agent-runner list');
  const renamed = await renameSession(files, root, id, second ?? first);
  if (global.json) printJson(renamed);
  else process.stdout.write(`${own} is now ${renamed.name}\n`);
  return exitCode.ok;
}

async function ownSession(files: Files, root: string): Promise<string | null> {
  const caller = await callerOf(files, root, process.env);
  return caller.kind === 'session' ? caller.peer : null;
}
