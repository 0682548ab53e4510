/** Everything that is made from declarations and shapes: pages of docs/, the man page, JSON Schemas. scripts/pages.mjs writes them. */
import { z } from 'zod';
import { GROUPS, WHOLE } from '#runner/cli/groups.ts';
import { allDeclarations } from '#runner/cli/registry.ts';
import { commandsPage, manPage } from '#runner/pages/commands-page.ts';
import { jsonPage } from '#runner/pages/json-page.ts';
import { RESULTS } from '#runner/results/all.ts';
import {
  agentShape,
  agentStateShape,
  attachmentShape,
  dayShape,
  denialShape,
  idShape,
  kindShape,
  messageShape,
  sessionShape,
  timeShape,
  verdictShape,
} from '#runner/results/shared.ts';

/** For the plugin's skill. */
export { REACTION_POLICY } from '#hooks/news/reaction-policy.ts';

/** Shapes with a name, in the order of docs/json.md. */
const SHARED = {
  Time: timeShape,
  Day: dayShape,
  Id: idShape,
  Kind: kindShape,
  Attachment: attachmentShape,
  Denial: denialShape,
  Message: messageShape,
  Verdict: verdictShape,
  AgentState: agentStateShape,
  Agent: agentShape,
  Session: sessionShape,
};

/** Pages that are kept in docs/, by name. */
export async function pages(): Promise<Record<string, string>> {
  const commands = await allDeclarations();
  return {
    'commands.md': commandsPage({ whole: WHOLE, groups: GROUPS, commands }),
    'json.md': jsonPage(Object.entries(SHARED), RESULTS),
  };
}

/** The man page. `date`: of the release, 2026-11-30. */
export async function manual(version: string, date: string): Promise<string> {
  return manPage({ whole: WHOLE, groups: GROUPS, commands: await allDeclarations() }, version, date);
}

/** A JSON Schema (2020-12) for each verb, by its words. Objects are open: keys may be added. */
export function schemas(): Record<string, object> {
  const open = {
    override: ({ jsonSchema }: { jsonSchema: { additionalProperties?: unknown } }) =>
      void delete jsonSchema.additionalProperties,
  };
  return Object.fromEntries(
    RESULTS.map(({ verb, shape }) => [verb, { title: `agent-runner ${verb} --json`, ...z.toJSONSchema(shape, open) }]),
  );
}
