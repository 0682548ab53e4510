/** A root on the disk and the context in which verbs are called there, as the operator; removed when it is disposed of. */
import { mkdir, mkdtemp, realpath, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { deliver } from '#blackboard/inbox/deliver.ts';
import { type AgentLayout, agentLayout } from '#blackboard/layout.ts';
import type { Message } from '#blackboard/messages/message.ts';
import { makeRoot } from '#blackboard/root.ts';
import { newId } from '#blackboard/system/ids.ts';
import { createSyncFiles } from '#blackboard/system/sync-files.ts';
import { addAgent } from '#runner/agents/add-agent.ts';
import type { VerbContext } from '#runner/verbs/context.ts';
import { templatesDirectory } from '#runner/version.ts';

export interface VerbRoot extends AsyncDisposable {
  context: VerbContext;
  /** HOME of the calls; empty. */
  home: string;
  /** Adds an agent that works in a directory of its own. */
  agent(name: string): Promise<AgentLayout>;
  /** Delivers a request of the operator's to an agent; its id. */
  deliver(to: AgentLayout, changes?: Partial<Message>): Promise<string>;
}

export async function verbRoot(): Promise<VerbRoot> {
  const directory = await realpath(await mkdtemp(join(tmpdir(), 'verbs-')));
  const home = join(directory, 'home');
  const root = join(directory, 'root');
  await mkdir(home);
  const files = createSyncFiles();
  await makeRoot(files, root, false);
  const context = { root, files, env: { HOME: home, PATH: process.env.PATH ?? '' } };
  return {
    context,
    home,
    async agent(name) {
      const cwd = join(directory, 'work', name);
      await mkdir(cwd, { recursive: true });
      await addAgent(files, { root, name, options: { cwd }, here: { home, cwd }, shipped: templatesDirectory });
      return agentLayout(root, name);
    },
    async deliver(to, changes = {}) {
      const id = newId(Date.now());
      const at = new Date().toISOString();
      await deliver(files, to.inbox, {
        id,
        from: 'operator',
        kind: 'request',
        at,
        trace: id,
        hops: 0,
        body: 'look at it',
        ...changes,
      });
      return changes.id ?? id;
    },
    [Symbol.asyncDispose]: () => rm(directory, { recursive: true, force: true }),
  };
}
