// The page's small decisions: addresses, the fleet and its groups, drafts, tool calls, words.
import { describe, expect, test } from 'vitest';
import { mentionAt, mentionsOf, NO_DRAFT, tried } from '#runner/dashboard/page/draft.ts';
import { type FleetNews, NO_FLEET, peerNamed, withNews } from '#runner/dashboard/page/fleet.ts';
import {
  detailOf,
  groupOf,
  groupsOf,
  isNewSince,
  type PeerRow,
  stateWord,
  toneOf,
} from '#runner/dashboard/page/peer-state.ts';
import { hrefOf, type Route, routeOf } from '#runner/dashboard/page/route.ts';
import { createStore } from '#runner/dashboard/page/store.ts';
import { diffOf, toolView } from '#runner/dashboard/page/tool-view.ts';
import { durationText, spanText, tokensText, usdText } from '#runner/dashboard/page/words.ts';
import { HOSTILE_TEXTS } from '#test/support/hostile-texts.ts';

const agent = (name: string, more: object = {}): PeerRow =>
  ({
    ...{
      kind: 'agent',
      name,
      state: 'idle',
      detail: 'idle',
      needsYou: false,
      waiting: 0,
      later: 0,
      working: 0,
      dead: 0,
    },
    ...{ todayUsd: 0, notTaken: 0, ignored: 0, lastActivityAt: null, permissionMode: null, model: null },
    ...{ runnerPid: null, says: null, ...more },
  }) as PeerRow;
const session = (name: string, state: string): PeerRow =>
  ({
    ...{ kind: 'session', name, id: `id-${name}`, state, detail: null, waiting: 0, later: 0, notTaken: 0, ignored: 0 },
    ...{ dead: 0, cwd: '/src', lastActivityAt: '2026-11-30T12:00:00.000Z', pid: null, says: null },
  }) as PeerRow;

describe('addresses', () => {
  test.each<Route>([
    { view: 'fleet' },
    { view: 'costs' },
    { view: 'peer', name: 'ann' },
    { view: 'message', id: 'abc' },
    { view: 'search', text: '' },
    { view: 'search', text: 'a/b ?' },
    ...HOSTILE_TEXTS.filter(text => text.isWellFormed()).map(name => ({ view: 'peer', name }) as const),
  ])('%j leads to itself', route => {
    expect(routeOf(hrefOf(route))).toEqual(route);
  });

  test.each(['', '#', '#/nowhere', '#/peers', '#/peers/', '#/peers/%', `#${'A'.repeat(43)}`, '#javascript:x'])(
    '%s is the fleet',
    hash => {
      expect(routeOf(hash)).toEqual({ view: 'fleet' });
    },
  );
});

describe('the fleet', () => {
  const news = (more: Partial<FleetNews>): FleetNews => ({ peers: [], gone: [], ...more });

  test('rows come, change and go; cards stay until others come', () => {
    const first = withNews(
      NO_FLEET,
      news({ peers: [agent('ann'), agent('bob')], cards: [], counts: { unread: 1, todayUsd: 2, isDown: false } }),
      true,
    );
    const next = withNews(first, news({ peers: [agent('ann', { waiting: 3 })], gone: ['agent bob'] }), false);
    expect([...next.rows.values()].map(({ name, waiting }) => [name, waiting])).toEqual([['ann', 3]]);
    expect(next).toMatchObject({ cards: [], counts: { unread: 1 }, isLoaded: true, version: 2 });
  });

  test('after a reconnect everything comes: what it does not name is gone', () => {
    const first = withNews(NO_FLEET, news({ peers: [agent('ann'), agent('bob')] }), true);
    const again = withNews(first, news({ peers: [agent('bob')] }), true);
    expect([...again.rows.keys()]).toEqual(['agent bob']);
  });

  test('a session is found by its name and by its id', () => {
    const fleet = withNews(NO_FLEET, news({ peers: [session('shop', 'idle')] }), true);
    expect(peerNamed(fleet, 'shop')).toBe(peerNamed(fleet, 'id-shop'));
    expect(peerNamed(fleet, 'nobody')).toBeNull();
  });
});

describe('a row at a glance', () => {
  test.each([
    [agent('a', { state: 'busy', needsYou: true }), 'Needs you', 'wait', 'asks you'],
    [agent('a', { state: 'parked', needsYou: true }), 'Needs you', 'bad', 'parked'],
    [agent('a', { state: 'busy' }), 'Working', 'busy', 'busy'],
    [agent('a', { state: 'paused' }), 'Not working', 'off', 'paused'],
    [agent('a', { state: 'backing-off' }), 'Not working', 'wait', 'backing off'],
    [agent('a'), 'Idle', 'calm', 'idle'],
    [session('s', 'waiting'), 'Needs you', 'wait', 'waiting'],
    [session('s', 'busy'), 'Working', 'busy', 'busy'],
    [session('s', 'ended'), 'Over', 'off', 'ended'],
    [
      { kind: 'other', word: 'watcher', name: 'w', waiting: 0, later: 0, dead: 0 } as PeerRow,
      'Idle',
      'calm',
      'watcher',
    ],
  ] as const)('%#', (row, group, tone, word) => {
    expect([groupOf(row), toneOf(row), stateWord(row)]).toEqual([group, tone, word]);
  });

  test('the detail does not say the state once more, nor the process', () => {
    expect(detailOf(agent('a', { state: 'busy', detail: 'busy: turn 4 since 11:59, pid 12' }))).toBe(
      'turn 4 since 11:59',
    );
    expect(detailOf(agent('a'))).toBe('');
    expect(detailOf(session('s', 'idle'))).toBe('');
  });

  test('groups stand by urgency, rows by name, and a filter wants every word', () => {
    const rows = [
      agent('zoe'),
      agent('ann', { state: 'parked', needsYou: true, detail: 'parked: budget' }),
      agent('bob'),
    ];
    const names = (filter?: string) =>
      groupsOf(rows, filter).map(({ group, rows: found }) => [group, found.map(({ name }) => name)]);
    expect(names()).toEqual([
      ['Needs you', ['ann']],
      ['Idle', ['bob', 'zoe']],
    ]);
    expect(names('BUDGET ann')).toEqual([['Needs you', ['ann']]]);
    expect(names('budget bob')).toEqual([]);
  });

  test('it is new when it did something after a person looked, and not when nobody ever looked', () => {
    const row = session('s', 'idle');
    expect(isNewSince(row, '2026-11-30T11:00:00.000Z')).toBe(true);
    expect(isNewSince(row, '2026-11-30T13:00:00.000Z')).toBe(false);
    expect(isNewSince(row, undefined)).toBe(false);
  });
});

describe('a draft', () => {
  let keys = 0;
  const newKey = () => `key-${++keys}`;

  test('sent again unchanged it has the key that it had; changed, with another file too, it is another message', () => {
    const first = tried({ ...NO_DRAFT, text: 'hi' }, [], newKey);
    const again = tried(first, [], newKey);
    expect(again.tried.key).toBe(first.tried.key);
    expect(tried({ ...again, text: 'hi there' }, [], newKey).tried.key).not.toBe(first.tried.key);
    expect(tried(again, ['a.png 12'], newKey).tried.key).not.toBe(first.tried.key);
  });

  test('a name is being written behind an @ that begins a word', () => {
    expect(mentionAt('ask @re', 7)).toEqual({ from: 5, typed: 're' });
    expect(mentionAt('@', 1)).toEqual({ from: 1, typed: '' });
    expect(mentionAt('mail@host', 9)).toBeNull();
    expect(mentionAt('@ann is here', 12)).toBeNull();
    expect(mentionsOf(['writer', 'reviewer', 'rewriter'], 're')).toEqual(['reviewer', 'rewriter']);
    expect(mentionsOf(['writer', 'rewriter'], 'wri')).toEqual(['writer', 'rewriter']);
  });
});

describe('a tool call', () => {
  test('is named by its command, its file or what else names it', () => {
    expect(toolView('{"command":"npm test","description":"Run them"}')).toEqual({
      title: 'npm test',
      about: 'Run them',
      bodies: [],
    });
    expect(toolView('{"file_path":"a.ts","limit":3}')).toEqual({
      title: 'a.ts',
      about: '',
      bodies: [{ kind: 'text', text: 'limit: 3' }],
    });
  });

  test('Edit, MultiEdit and Write are differences', () => {
    const edit = toolView('{"file_path":"a","old_string":"one\\ntwo","new_string":"one\\nthree"}');
    expect(edit.bodies).toEqual([
      {
        kind: 'diff',
        lines: [
          { sign: ' ', text: 'one' },
          { sign: '-', text: 'two' },
          { sign: '+', text: 'three' },
        ],
      },
    ]);
    const several = toolView(
      '{"file_path":"a","edits":[{"old_string":"x","new_string":"y"},{"old_string":"p","new_string":""}]}',
    );
    expect(several.bodies).toHaveLength(2);
    expect(toolView('{"file_path":"a","content":"new\\n"}').bodies).toEqual([
      { kind: 'diff', lines: [{ sign: '+', text: 'new' }] },
    ]);
  });

  test('equal lines far from a change are left out, and counted', () => {
    const lines = Array.from({ length: 20 }, (_, at) => `line ${at}`);
    const signs = diffOf(lines.join('\n'), lines.with(19, 'other').join('\n')).map(({ sign }) => sign);
    expect(signs).toEqual(['gap', ' ', ' ', ' ', '-', '+']);
  });

  test.each([...HOSTILE_TEXTS, '[]', 'null', '"text"', '{"edits":[null,1,{"edits":[]}]}', '{"command":{"a":1}}'])(
    'of %j something is shown, whatever it is',
    text => {
      expect(() => toolView(text)).not.toThrow();
      expect(() => toolView(JSON.stringify({ command: text, old_string: text, new_string: '' }))).not.toThrow();
    },
  );
});

test('times, money and tokens take few characters', () => {
  expect([3_000, 42_000, 5 * 60_000, 26 * 3_600_000, 80 * 3_600_000].map(spanText)).toEqual([
    'now',
    '42 s',
    '5 min',
    '26 h',
    '3 d',
  ]);
  expect([1.26, 42.4, 300, 9_000].map(durationText)).toEqual(['1.3 s', '42 s', '5 min', '2.5 h']);
  expect([0, 0.0042, 0.5, 1_234.5].map(usdText)).toEqual(['$0', '$0.0042', '$0.50', '$1235']);
  expect([12, 8_600, 1_200_000].map(tokensText)).toEqual(['12', '9k', '1.2M']);
});

test('a store tells who follows it, and nobody when it is the same', () => {
  const store = createStore(1);
  const heard: number[] = [];
  const stop = store.follow(() => heard.push(store.get()));
  store.set(2);
  store.set(2);
  stop();
  store.set(3);
  expect(heard).toEqual([2]);
});
