// docs/json.md as data: what each command prints with --json, as a type that real output can be held against.
import { readFileSync } from 'node:fs';
import { parseTypes, type Type, violations } from './type-notation.ts';

/** By command; `types` are all that the page names. */
export function readJsonPage(): { types: Map<string, Type>; outputs: Map<string, Type> } {
  const page = readFileSync(new URL('../../docs/json.md', import.meta.url), 'utf8');
  const blocks = [...page.matchAll(/```ts\n([\s\S]*?)```/g)].map(found => found[1]!);
  const outputs = new Map<string, Type>();
  for (const [, command, block] of page.matchAll(/^### (.+)\n(?:(?!^###|^```)[^\n]*\n)*```ts\n([\s\S]*?)```/gm))
    outputs.set(command!, [...parseTypes(block!).values()][0]!);
  return { types: parseTypes(blocks.join('\n')), outputs };
}

/** What is wrong with a command's output, by its section of the page; empty if it is what the page says. */
export function jsonViolations(command: string, value: unknown): string[] {
  const { types, outputs } = readJsonPage();
  return violations(types, outputs.get(command)!, value);
}
