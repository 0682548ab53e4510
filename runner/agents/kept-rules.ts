/**
 * What a person allowed an agent for good (`approve --always`): permission rules of claude's, one in each file of the
 * agent's `rules/`. Every turn gets them. A person takes one back by removing its file.
 */
import { join } from 'node:path';
import type { CardRule } from '#blackboard/cards/card.ts';
import { ruleWords } from '#blackboard/cards/card-words.ts';
import type { AgentLayout } from '#blackboard/layout.ts';
import type { Files } from '#blackboard/system/files.ts';
import { derivedId } from '#blackboard/system/ids.ts';
import { readRecord, writeRecord } from '#blackboard/system/record.ts';
import { shortId } from '#blackboard/system/short-id.ts';

/** Returns their files. Durable when it returns. Keeping one again changes nothing. */
export async function keepRules(
  files: Files,
  layout: Pick<AgentLayout, 'rules'>,
  rules: readonly CardRule[],
): Promise<string[]> {
  const paths: string[] = [];
  if (rules.length > 0) await files.makeDirectory(layout.rules);
  for (const rule of rules) {
    const { toolName, ruleContent = '' } = rule;
    const name = `${shortId(derivedId('rule', toolName, ruleContent))}.json`;
    const path = join(layout.rules, name);
    await writeRecord(files, path, rule);
    paths.push(path);
  }
  return paths;
}

/** As `permissions.allow` of claude's settings has them, sorted. What is no rule is left out. */
export async function keptRules(files: Files, layout: AgentLayout): Promise<string[]> {
  const names = (await files.list(layout.rules)).filter(name => name.endsWith('.json')).sort();
  const rules = await Promise.all(
    names.map(name => readRecord<CardRule>(files, join(layout.rules, name)).catch(() => null)),
  );
  return rules.flatMap(rule => (rule && typeof rule.toolName === 'string' ? [ruleWords(rule)] : []));
}
