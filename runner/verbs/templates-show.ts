/** Reads a template. */
import { rootIfThere } from '#blackboard/root.ts';
import { readTemplate, templateDirectories } from '#runner/agents/agent-template.ts';
import type { Template } from '#runner/results/setup.ts';
import type { VerbContext } from '#runner/verbs/context.ts';
import { templatesDirectory } from '#runner/version.ts';

/** Takes an unchecked context: there need be no root yet. Throws 66 for an unknown template. */
export async function templatesShow({ root, files }: VerbContext, { name }: { name: string }): Promise<Template> {
  return readTemplate(files, templateDirectories(await rootIfThere(root), templatesDirectory), name);
}
