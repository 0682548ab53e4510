// What a newcomer's npm does with package.json, and which claude the pages name.
import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { CLAUDE_FROM, CLAUDE_TESTED, INSTALL_CLAUDE } from '#runner/claude/claude-version.ts';

const json = (path: string) => JSON.parse(readFileSync(path, 'utf8'));

test('every package with an install script is allowed to run it, or is not: npm 11 has nothing to say, npm 12 runs the right ones', () => {
  const packages = Object.entries<{ hasInstallScript?: boolean }>(json('package-lock.json').packages);
  const withScript = packages.filter(([path, { hasInstallScript }]) => hasInstallScript && !/\/fsevents$/.test(path));
  const names = withScript.map(([path]) => path.replace(/^.*node_modules\//, ''));
  expect(names.sort()).toEqual(Object.keys(json('package.json').allowScripts).sort());
  // It puts claude's program in place; the others check or build what came prebuilt.
  expect(json('package.json').allowScripts['@anthropic-ai/claude-code']).toBe(true);
});

test('the pinned claude is the last that is said to be tested', () => {
  expect(json('package.json').devDependencies['@anthropic-ai/claude-code']).toBe(CLAUDE_TESTED[1]);
});

test.each(['README.md', 'docs/first-agent.md'])(
  '%s names the versions of claude that work, and how to get one',
  page => {
    const text = readFileSync(page, 'utf8');
    expect(text).toContain(`${CLAUDE_FROM} or newer`);
    expect(text).toContain(INSTALL_CLAUDE);
  },
);
