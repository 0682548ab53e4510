import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { findCycle, floorOf, loadedPackages, packageRoot, parseSource, productionFiles } from './source-tree.ts';

const files = productionFiles();
const source = (path: string, code: string) => parseSource(path, code);

test('imports go downward only: runner may know hooks and blackboard, hooks the blackboard, the blackboard nobody', () => {
  const upward = files.flatMap(({ path, imports }) =>
    imports.filter(({ file }) => file && floorOf(file) > floorOf(path)).map(({ file }) => `${path} imports ${file}`),
  );
  expect(upward).toEqual([]);
});

test('production code imports nothing from outside the three floors', () => {
  const outside = files.flatMap(({ path, imports }) =>
    imports.filter(({ file }) => file !== null && floorOf(file) < 0).map(({ file }) => `${path} imports ${file}`),
  );
  expect(outside).toEqual([]);
});

test('no files import one another in a circle, not even for types', () => {
  expect(findCycle(files)?.join(' → ') ?? 'no circle').toBe('no circle');
});

test('every import names a file that is there, with its ending', () => {
  const broken = files.flatMap(({ path, imports }) =>
    imports
      .filter(({ file, specifier }) => file && !(specifier.endsWith('.ts') && existsSync(join(packageRoot, file))))
      .map(({ specifier }) => `${path} imports ${specifier}`),
  );
  expect(broken).toEqual([]);
});

test('a hook never loads the command line, the watcher, a process library, a server or a broker', () => {
  const heavy = /^(commander|execa|chokidar|fastify|proper-lockfile|@nats-io\/.*|@modelcontextprotocol\/.*)$/;
  const loads = files
    .filter(({ path }) => path.startsWith('hooks/'))
    .flatMap(({ path }) => [...loadedPackages(path, files)].map(([name, by]) => ({ path, name, by })))
    .filter(({ name }) => heavy.test(name))
    .map(({ path, name, by }) => `${path} loads ${name} through ${by}`);
  expect(loads).toEqual([]);
});

test('the commands that people wait for load no schema, no YAML, no watcher and no lock when they start', () => {
  const heavy = /^(zod|yaml|chokidar|proper-lockfile|execa|croner)$/;
  const loads = ['runner/cli/main.ts', ...['send', 'list', 'status'].map(name => `runner/commands/${name}.ts`)]
    .flatMap(path => [...loadedPackages(path, files, { atStart: true })].map(([name, by]) => ({ path, name, by })))
    .filter(({ name }) => heavy.test(name))
    .map(({ path, name, by }) => `${path} loads ${name} through ${by}`);
  expect(loads).toEqual([]);
});

describe('the reader of imports itself', () => {
  const specifiersOf = (code: string) => source('runner/a.ts', code).imports.map(({ specifier }) => specifier);

  test('sees every form: type, side effect, re-export, several lines, dynamic', () => {
    const code = [
      "import { a } from './a.ts';",
      "import type { B } from './b.ts';",
      "import './c.ts';",
      "export { d } from './d.ts';",
      "export * from './e.ts';",
      "import {\n  f,\n  type G,\n} from './f.ts';",
      "const h = await import('./h.ts');",
      "type I = typeof import('./i.ts');",
      "import * as j from 'j';",
    ].join('\n');
    expect(specifiersOf(code)).toEqual([
      ...['./a.ts', './b.ts', './c.ts', './d.ts', './e.ts', './f.ts', './h.ts', './i.ts'],
      'j',
    ]);
  });

  test('is not taken in by comments, and not put off by quotes and slashes in strings', () => {
    const code = [
      "// import './no.ts';",
      "/* import './no.ts'; */",
      "const url = 'http://x/'; import './a.ts';",
      // biome-ignore lint/suspicious/noTemplateCurlyInString: it is source text.
      'const nested = `${[`it’s`].join()} // no comment`;',
      "import './b.ts';",
    ].join('\n');
    expect(specifiersOf(code)).toEqual(['./a.ts', './b.ts']);
  });

  test('finds a circle through three files, and none where a file is merely met twice', () => {
    const circle = [
      source('runner/a.ts', "import './b.ts';"),
      source('runner/b.ts', "import type { C } from './c.ts';"),
      source('runner/c.ts', "const a = import('./a.ts');"),
    ];
    expect(findCycle(circle)).toEqual(['runner/a.ts', 'runner/b.ts', 'runner/c.ts', 'runner/a.ts']);
    const diamond = [
      source('runner/a.ts', "import './b.ts';\nimport './c.ts';"),
      source('runner/b.ts', "import './d.ts';"),
      source('runner/c.ts', "import './d.ts';"),
      source('runner/d.ts', ''),
    ];
    expect(findCycle(diamond)).toBeNull();
  });

  test('follows what is loaded through other files, and not what is only a type', () => {
    const hook = [
      source('hooks/a.ts', "import '../blackboard/b.ts';\nimport type { C } from 'commander';"),
      source('blackboard/b.ts', "import chokidar from 'chokidar';"),
    ];
    expect([...loadedPackages('hooks/a.ts', hook).keys()]).toEqual(['chokidar']);
    const lazy = [source('runner/a.ts', "import 'commander';\nconst load = () => import('zod');")];
    expect([...loadedPackages('runner/a.ts', lazy).keys()]).toEqual(['commander', 'zod']);
    expect([...loadedPackages('runner/a.ts', lazy, { atStart: true }).keys()]).toEqual(['commander']);
  });

  test('looked at the whole tree', () => {
    expect(files.length).toBeGreaterThan(60);
    expect(files.find(({ path }) => path === 'runner/cli/registry.ts')!.imports.length).toBeGreaterThan(10);
  });
});
