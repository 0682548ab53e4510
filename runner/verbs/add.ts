/** Adds an agent from a template. */
import { stat } from 'node:fs/promises';
import { join } from 'node:path';
import { homeOrNone } from '#blackboard/system/home-directory.ts';
import { addAgent } from '#runner/agents/add-agent.ts';
import type { AgentDefinition } from '#runner/agents/agent-file.ts';
import type { AgentOptions } from '#runner/agents/agent-template.ts';
import { refuseAgents } from '#runner/agents/person.ts';
import type { Add } from '#runner/results/setup.ts';
import type { VerbContext } from '#runner/verbs/context.ts';
import { templatesDirectory } from '#runner/version.ts';

export interface AddOrder {
  name: string;
  /** Absent: as the name, else worker. */
  template?: string;
  /** Replaces what the template says. */
  options: AgentOptions;
  /** The base of relative directories, and the default working directory. */
  cwd: string;
}

/** Throws 64 for a wrong option, 65 for a wrong name or cwd, 66 for no such template, 73 where the name is taken, 77 around the root, 78. */
export async function add({ files, root, env }: VerbContext, order: AddOrder): Promise<Add> {
  await refuseAgents(files, root, env, 'add');
  const { layout, definition, template } = await addAgent(files, {
    root,
    name: order.name,
    ...(order.template === undefined ? {} : { template: order.template }),
    options: order.options,
    here: { home: homeOrNone(env), cwd: order.cwd },
    shipped: templatesDirectory,
  });
  const readsProject = doesReadProject(definition);
  return {
    name: order.name,
    template: template.name,
    cwd: definition.cwd,
    path: layout.home,
    inbox: layout.inbox.inbox,
    definition: layout.definition,
    transcript: layout.transcript,
    permissionMode: definition.permissionMode,
    readsProject,
    leavesOut: !readsProject && (await hasProjectSettings(definition.cwd)),
  };
}

const doesReadProject = ({ settingSources }: AgentDefinition): boolean =>
  settingSources === undefined || settingSources.includes('project') || settingSources.includes('local');

/** Files that a person would expect claude to read. */
async function hasProjectSettings(cwd: string): Promise<boolean> {
  for (const name of ['CLAUDE.md', '.claude']) if (await stat(join(cwd, name)).catch(() => null)) return true;
  return false;
}
