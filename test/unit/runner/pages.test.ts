import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { allDeclarations } from '#runner/cli/registry.ts';
import { manual, pages, schemas } from '#runner/pages/all.ts';
import { RESULTS } from '#runner/results/all.ts';
import { packageRoot } from '#test/architecture/source-tree.ts';

test.each(Object.entries(await pages()))(
  'docs/%s is what the declarations and shapes say (npm run pages)',
  (name, text) => {
    expect(readFileSync(join(packageRoot, 'docs', name), 'utf8')).toBe(text);
  },
);

test('every command that takes --json has a shape, and every shape belongs to a command', async () => {
  const withJson = (await allDeclarations()).filter(({ json }) => json).map(({ words }) => words);
  expect(RESULTS.map(({ verb }) => verb).sort()).toEqual(withJson.sort());
});

test('a schema is a JSON Schema of 2020-12 whose objects are open: keys may be added', () => {
  const all = schemas();
  expect(all['dead list']).toMatchObject({ $schema: 'https://json-schema.org/draft/2020-12/schema', type: 'array' });
  expect(JSON.stringify(all)).not.toContain('additionalProperties');
});

test('the man page names every command with its options, and holds no line that begins with a stray request', async () => {
  const page = await manual('1.2.3', '2026-11-30');
  for (const { words, options = [] } of await allDeclarations()) {
    expect(page).toContain(`.SS ${words.replaceAll('-', '\\-')}`);
    for (const { flags } of options) expect(page).toContain(`.B ${flags.replaceAll('-', '\\-')}`);
  }
  const requests = page.split('\n').filter(line => /^[.']/.test(line) && !/^\.(TH|SH|SS|TP|PP|B|nf|fi)\b/.test(line));
  expect(requests).toEqual([]);
});

test('the man page is ASCII, which every troff takes, and shows the examples as they are to be typed', async () => {
  const page = await manual('1.2.3', '2026-11-30');
  expect(page.match(/[^\n\x20-\x7e]/g)).toBeNull();
  const { words, examples } = (await allDeclarations()).find(({ words }) => words === 'ask')!;
  const section = page.slice(page.indexOf(`.SS ${words}\n`));
  for (const example of examples) expect(section).toContain(`    ${example.replaceAll('-', '\\-')}`);
});
