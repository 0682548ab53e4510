import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { breaches, readRooms, roomOf } from './rooms.ts';
import { FLOORS, listFiles, packageRoot, parseSource, productionFiles } from './source-tree.ts';

const rooms = readRooms(readFileSync(join(packageRoot, 'ARCHITECTURE.md'), 'utf8'));
const files = productionFiles();

test('a room imports from rooms above its line in ARCHITECTURE.md only, types included, and never what its line rules out', () => {
  expect(breaches(rooms, files)).toEqual([]);
});

test('every folder of the sources is a room, and every room is there', () => {
  const inRooms = new Set(files.map(({ path }) => roomOf(rooms, path)?.path ?? path));
  expect([...inRooms].sort()).toEqual(rooms.map(({ path }) => path).sort());
  const strays = listFiles(FLOORS, ['.ts', '.sh']).filter(path => !roomOf(rooms, path));
  expect(strays).toEqual([]);
});

test('what a room never imports is a room that stands before it, or a package', () => {
  const names = rooms.map(({ path }) => path);
  const senseless = rooms.flatMap(({ path, never }, at) =>
    never
      .filter(name => (name.includes('/') ? !names.slice(0, at).includes(name) : !/^(@[\w-]+\/)?[\w-]+$/.test(name)))
      .map(name => `${path}: ${name}`),
  );
  expect(senseless).toEqual([]);
});

describe('the walls hold', () => {
  const page = [
    '## Rooms',
    '',
    '| `a` | low | packages |',
    '| `b` | middle | `zod` |',
    '| `c.ts` | top | `a` |',
    '',
    '## Next',
  ];
  const three = readRooms(page.join('\n'));
  const told = (path: string, code: string) => breaches(three, [parseSource(path, code)]);

  test('an import upward is told, and so is one of a type', () => {
    expect(told('a/x.ts', "import type { Y } from '#b/y.ts';")).toEqual(['a/x.ts imports b/y.ts: up, from a to b']);
    expect(told('b/y.ts', "import '#a/x.ts';")).toEqual([]);
  });

  test('an import that the line rules out is told: of a room, of one package, of any', () => {
    expect(told('c.ts', "import '#a/x.ts';")).toEqual(['c.ts imports a/x.ts, and c.ts never imports a']);
    expect(told('b/y.ts', "import { z } from 'zod/v4';\nimport 'yaml';")).toEqual([
      'b/y.ts imports zod/v4, which b never does',
    ]);
    expect(told('a/x.ts', "import 'yaml';\nimport 'node:fs';")).toEqual(['a/x.ts imports yaml, which a never does']);
  });

  test('a file that lies in no room is told', () => {
    expect(told('d/z.ts', '')).toEqual(['d/z.ts lies in no room']);
  });
});
