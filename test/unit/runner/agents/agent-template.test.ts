import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { type AgentOptions, composeAgentFile } from '#runner/agents/agent-template.ts';
import { templatesDirectory } from '#runner/version.ts';

const here = { home: '/home/u', cwd: '/src/app' };
const template = (text: string) => ({ name: 't', path: '/root/templates/t.md', text });
const compose = (text: string, options: AgentOptions = {}) => composeAgentFile(template(text), options, here);

describe('a shipped template', () => {
  const directory = join(templatesDirectory, 'agents');
  it.each(readdirSync(directory))(
    '%s is whole: it says where, with which permissions, for how much, and how to report',
    name => {
      const { definition, text } = compose(readFileSync(join(directory, name), 'utf8'));
      expect(definition.cwd).toBe('/src/app');
      expect(text).toContain('permissionMode:');
      expect(definition.permissionMode).toBe(name === 'worker.md' ? 'acceptEdits' : 'manual');
      expect(definition.budget.perDayUsd).toBeLessThanOrEqual(5);
      expect(definition.instructions).toMatch(/final answer|whole answer/);
      if (name !== 'worker.md') expect(definition.disallowedTools).toEqual(['Edit', 'Write', 'NotebookEdit']);
    },
  );
});

describe('composeAgentFile', () => {
  it('keeps comments, order and body of the template, byte for byte where nothing is overridden', () => {
    const text =
      '---\n# why\ncwd: /there\nmodel: haiku # cheap\n\nallowedTools:\n  - Bash(a *)\n---\nDo it.\n\n--- not a rule\n';
    expect(compose(text).text).toBe(text);
  });

  it('makes directories absolute: those of options from here, ~ from home', () => {
    const { definition } = compose('---\ncwd: ~/x\n---\n', { addDir: ['../lib', '~/notes', '/etc'] });
    expect(definition.cwd).toBe('/home/u/x');
    expect(definition.addDirs).toEqual(['/src/lib', '/home/u/notes', '/etc']);
    expect(compose('---\n---\n', { cwd: 'sub' }).definition.cwd).toBe('/src/app/sub');
  });

  it('writes values that YAML would read as something else in quotes', () => {
    const { definition } = compose('---\n---\n', { model: 'yes: "no" # x', cwd: '/a: b #c' });
    expect(definition).toMatchObject({ model: 'yes: "no" # x', cwd: '/a: b #c' });
  });

  it('overrides one budget and leaves the other', () => {
    const { definition } = compose('---\nbudget:\n  perTurnUsd: 1\n  perDayUsd: 4\n---\n', { perDayUsd: '$9.5' });
    expect(definition.budget).toMatchObject({ perTurnUsd: 1, perDayUsd: 9.5 });
    expect(compose('---\n---\n', { perTurnUsd: '1' }).definition.budget).toMatchObject({ perTurnUsd: 1, perDayUsd: 5 });
  });

  it.each([
    [{ permissionMode: 'bypas' }, '"permissionMode" is "bypas"'],
    [{ effort: 'hgh' }, '"effort" is "hgh"'],
    [{ perTurnUsd: '0' }, '--per-turn-usd "0": expected US dollars above 0'],
    [{ perTurnUsd: '1e9' }, '--per-turn-usd "1e9"'],
  ])('a wrong option is a usage error: %o', (options, words) => {
    expect(() => compose('---\ncwd: .\n---\n', options)).toThrow(expect.objectContaining({ code: 'usage' }));
    expect(() => compose('---\ncwd: .\n---\n', options)).toThrow(words);
  });

  it.each([
    ['no front matter', ':1: expected front matter'],
    ['---\nmodel: haiku\ncwdd: .\n---\n', ':3: unknown key "cwdd": did you mean "cwd"?'],
    ['---\nmodel: [\n---\n', ':'],
    ['---\nmodel:\n---\n', ':2: "model" is null'],
  ])('a broken template is its own fault, with its line: %j', (text, words) => {
    expect(() => compose(text, { effort: 'hgh' })).toThrow(expect.objectContaining({ code: 'configuration' }));
    expect(() => compose(text)).toThrow(`/root/templates/t.md${words}`);
  });
});
