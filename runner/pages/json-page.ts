/** docs/json.md, made from the shapes of all results. Pure. */
import type { z } from 'zod';
import { type Names, typeText } from '#runner/pages/shape-text.ts';
import type { Result } from '#runner/results/all.ts';

const HEAD = `# What --json prints

With \`--json\` a command prints one JSON value to stdout and nothing else there; errors and warnings go to stderr, and the exit code means what it
means without. The types are written as in TypeScript; \`agent-runner schema <command>\` prints each as a JSON Schema, and tests hold the output of
every command against them. Keys may be added; none is taken away or changes its meaning within a major version. Times are ISO 8601 in UTC, amounts
of money are USD, what is not known is \`null\`.

\`board --follow\` and \`events\` print one entry or event a line. \`tail\`, \`logs\`, \`demo\` and \`completion\` print text alone.

This page is made by \`npm run pages\` from \`runner/results/\`.
`;

/** `shared`: shapes with a name of their own, in their order. */
export function jsonPage(shared: readonly (readonly [string, z.core.$ZodType])[], results: readonly Result[]): string {
  const names: Names = new Map(shared.map(([name, shape]) => [shape, name]));
  const block = (...types: string[]) => `\`\`\`ts\n${types.join('\n')}\n\`\`\`\n`;
  const sections = [...new Set(results.map(({ section }) => section))].map(section => {
    const parts = results
      .filter(each => each.section === section)
      .map(
        ({ verb, shape, about }) =>
          `### ${verb}\n\n${about ? `${about}\n\n` : ''}${block(typeText(nameOf(verb), shape, names))}`,
      );
    return `## ${section}\n\n${parts.join('\n')}`;
  });
  return [HEAD, block(...shared.map(([name, shape]) => typeText(name, shape, names))), ...sections].join('\n');
}

/** `dead list`: `DeadList`. */
const nameOf = (verb: string): string =>
  verb.replace(/(?:^|[ -])(\w)/g, (_whole, first: string) => first.toUpperCase());
