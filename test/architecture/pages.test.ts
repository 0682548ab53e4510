/** The pages against what there is: every file on disk, every key, every path and link that a page names. */
import { existsSync } from 'node:fs';
import { basename, dirname, join, normalize } from 'node:path';
import { describe, expect, test } from 'vitest';
import {
  agentLayout,
  boardLayout,
  inboxLayout,
  operatorLayout,
  rootLayout,
  sessionLayout,
  turnLayout,
  wakeLayout,
} from '#blackboard/layout.ts';
import { AGENT_KEYS } from '#runner/agents/agent-file.ts';
import { CONFIG_KEYS } from '#runner/agents/config.ts';
import { readRooms } from './rooms.ts';
import { listFiles, listPages, packageRoot, readSource } from './source-tree.ts';

const pages = listPages();
/** What CHANGELOG.md says of a version was true of that version. */
const current = pages.filter(path => path !== 'CHANGELOG.md');

test('ARCHITECTURE.md is read in ten minutes: 12 KB at most', () => {
  expect(Buffer.byteLength(readSource('ARCHITECTURE.md'))).toBeLessThanOrEqual(12 * 1024);
});

/** The names that a layout's paths end with. */
const namesIn = (layout: object): string[] =>
  Object.values(layout).flatMap(value =>
    typeof value === 'string' && value.startsWith('/root/')
      ? [basename(value)]
      : typeof value === 'object'
        ? namesIn(value)
        : [],
  );

test('docs/states.md has every file and directory of the layout in its tables', () => {
  const rows = readSource('docs/states.md').match(/^\|.*$/gm) ?? [];
  const told = new Set(
    rows.flatMap(row => [...row.matchAll(/`([^`]+)`/g)].flatMap(([, path = '']) => path.split('/'))),
  );
  const layouts = [
    rootLayout('/root/r'),
    operatorLayout('/root/r'),
    boardLayout('/root/r'),
    agentLayout('/root/r', 'agents'),
    inboxLayout('/root/inbox'),
    turnLayout('/root/turns', 1),
    sessionLayout('/root/r', 'sessions'),
    wakeLayout('/root/r', 'wake'),
  ];
  const missing = new Set(layouts.flatMap(namesIn).filter(name => !told.has(name)));
  // The first levels of the examples above, and a turn's number.
  expect([...missing].sort()).toEqual(['000001', 'r']);
});

describe('docs/agent-md.md has every key', () => {
  const keysUnder = (title: string): string[] => {
    const [, section = ''] = readSource('docs/agent-md.md').split(`\n## ${title}\n`);
    const rows = [...section.split('\n## ')[0]!.matchAll(/^\| (`[^|]*`) \|/gm)];
    return rows.flatMap(([, keys = '']) => keys.match(/\w+/g) ?? []).sort();
  };

  test('of agent.md', () => {
    expect(keysUnder('Keys of agent.md')).toEqual([...AGENT_KEYS].sort());
  });

  test('of config.yaml', () => {
    expect(keysUnder('Keys of config.yaml')).toEqual([...CONFIG_KEYS].sort());
  });
});

describe('what a page names exists', () => {
  const tree = listFiles(['blackboard', 'hooks', 'runner', 'test', 'scripts', 'templates', 'docs', 'findings'], ['']);
  const names = new Set(tree.map(path => basename(path)));
  const isThere = (path: string) => existsSync(join(packageRoot, path)) || (!path.includes('/') && names.has(path));
  /** Files in backquotes whose names end like ours; `…` and `<n>` stand for something. */
  const pathsIn = (page: string) =>
    [...page.matchAll(/`([\w.-]+(?:\/[\w.-]+)*\.(?:ts|mjs|sh))`/g)].map(([, path = '']) => path);

  test('each source file, with its folder', () => {
    const lost = current.flatMap(page =>
      pathsIn(readSource(page))
        .filter(path => !isThere(path))
        .map(path => `${page}: ${path}`),
    );
    expect(lost).toEqual([]);
  });

  test('each link, with the heading it leads to', () => {
    const lost = pages.flatMap(page =>
      [...readSource(page).matchAll(/\]\((?!https?:)([^)#\s]*)(?:#([^)\s]+))?\)/g)].flatMap(
        ([link, to = '', anchor]) => {
          const target = to === '' ? page : normalize(join(dirname(page), to));
          if (!existsSync(join(packageRoot, target))) return [`${page}: ${link}`];
          return anchor === undefined || anchorsOf(readSource(target)).includes(anchor) ? [] : [`${page}: ${link}`];
        },
      ),
    );
    expect(lost).toEqual([]);
  });

  test('a source file that is not there is told, and so is a heading', () => {
    expect(pathsIn('see `runner/turn/nowhere.ts`, `settle.ts`').filter(path => !isThere(path))).toEqual([
      'runner/turn/nowhere.ts',
      'settle.ts',
    ]);
    expect(anchorsOf("# One\n\n## The project's own `x`\n")).toEqual(['one', 'the-projects-own-x']);
  });
});

/** As GitHub makes them: lower case, no punctuation, blanks to hyphens. */
const anchorsOf = (page: string): string[] =>
  [...page.matchAll(/^#+ (.*)$/gm)].map(([, title = '']) =>
    title
      .toLowerCase()
      .replace(/[^\p{L}\p{N} _-]/gu, '')
      .replaceAll(' ', '-'),
  );

test('ARCHITECTURE.md says where a line goes: one room, which is in the list or called a new one', () => {
  const page = readSource('ARCHITECTURE.md');
  const [, section = ''] = page.split('\n## Where a line of code goes\n');
  const rows = [...section.split('\n## ')[0]!.matchAll(/^\| (?!-|a line that \|)([^|]*) \| (.*) \|$/gm)];
  const rooms = new Set(readRooms(page).map(({ path }) => path));
  const senseless = rows.flatMap(([, line = '', answer = '']) => {
    const room = /^`([^`]+)`(, a new room)?/.exec(answer);
    return room && rooms.has(room[1]!) === (room[2] === undefined) ? [] : [line];
  });
  expect(senseless).toEqual([]);
  for (const line of ["a session's pane", 'a browser cancel', 'another host', 'trace --json'])
    expect(rows.filter(([, told = '']) => told.includes(line))).toHaveLength(1);
});
