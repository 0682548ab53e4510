/** Makes the root. Calling it again adds only what is missing. */
import { chmod, readdir, stat } from 'node:fs/promises';
import { rootLayout } from '#blackboard/layout.ts';
import { listAgents } from '#blackboard/peers/agent.ts';
import { makeRoot, requireTrustIfThere, rootPath } from '#blackboard/root.ts';
import { refusedError } from '#blackboard/system/errors.ts';
import { writeOnce } from '#blackboard/system/record.ts';
import { createSyncFiles } from '#blackboard/system/sync-files.ts';
import { readConfig } from '#runner/agents/config.ts';
import type { Init } from '#runner/results/setup.ts';

const FORCED = 'filesystem: forced';

export interface InitOrder {
  /** As it was named, or undefined; nothing need be there yet. */
  root: string | undefined;
  env: NodeJS.ProcessEnv;
  /** Although its file system lacks hard links or lies on a network. */
  forceFilesystem: boolean;
}

/** Throws 77 where the directory holds other things, is not to be trusted, or lies on a file system that will not do. */
export async function init({ env, forceFilesystem, ...order }: InitOrder): Promise<Init> {
  const root = rootPath(order.root, env);
  const files = createSyncFiles();
  await requireTrustIfThere(root);
  await refuseForeignContent(root);
  const { config } = rootLayout(root);
  const saysForced = async () => (await readConfig(files, root)).filesystem === 'forced';
  const made = await makeRoot(files, root, forceFilesystem || (await saysForced()));
  const isShut = await shut(root);
  const isKept =
    !forceFilesystem || (await writeOnce(files, config, `${FORCED}\n`)) !== 'exists' || (await saysForced());
  return {
    root,
    made: made === 'made',
    agents: (await listAgents(files, root)).length,
    shut: isShut,
    configLine: isKept ? null : FORCED,
  };
}

const OURS = new Set([
  'agents',
  'operator',
  'costs',
  'runners',
  'templates',
  'config.yaml',
  'service.env',
  'pause',
  'lost+found',
]);

/** A directory full of other things is a slip of the keyboard (`--root .`), not a root. */
async function refuseForeignContent(root: string): Promise<void> {
  const names = await readdir(root).catch((): string[] => []);
  const foreign = names.find(name => !OURS.has(name) && !name.startsWith('.'));
  if (names.includes('agents') || foreign === undefined) return;
  throw refusedError(
    `${root} is no root of agent-runner and not empty (there is ${JSON.stringify(foreign)})`,
    'Name an empty directory, or one that does not exist yet: agent-runner --root <directory> init',
  );
}

/** Whether the mode had to be changed. makeRoot has refused a root that others can write in. */
async function shut(root: string): Promise<boolean> {
  if (((await stat(root)).mode & 0o077) === 0) return false;
  await chmod(root, 0o700);
  return true;
}
