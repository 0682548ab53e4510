import { describe, expect, it } from 'vitest';
import { ageText } from '#blackboard/text/age.ts';
import { columnsOf } from '#runner/text/columns.ts';
import { instantText, paintFor, table, usdText } from '#runner/text/terminal.ts';

describe('paintFor', () => {
  it('paints on a terminal only, and never with NO_COLOR or a dumb terminal', () => {
    expect(paintFor({ isTTY: true }, {}).red('x')).toBe('\u001b[31mx\u001b[0m');
    for (const [stream, env] of [
      [{}, {}],
      [{ isTTY: true }, { NO_COLOR: '1' }],
      [{ isTTY: true }, { TERM: 'dumb' }],
    ] as const)
      expect(paintFor(stream, env).red('x')).toBe('x');
  });

  it('takes an empty NO_COLOR for none', () => {
    expect(paintFor({ isTTY: true }, { NO_COLOR: '' }).bold('x')).toContain('\u001b[1m');
  });
});

describe('table', () => {
  const columns = [{ head: 'NAME' }, { head: 'STATE', shrinks: true }, { head: 'N', right: true }];

  it('aligns columns and leaves no blanks at the end of a line', () => {
    expect(
      table(
        [{ head: 'A' }, { head: 'B', right: true }, { head: 'C' }],
        [
          ['aa', '1', ''],
          ['b', '22', 'c'],
        ],
        null,
      ),
    ).toBe('A    B  C\naa   1\nb   22  c\n');
  });

  it('shortens the column that may shrink where the terminal is too narrow, and only there', () => {
    const row = ['worker', 'parked: the key is not valid any more', '3'];
    expect(table(columns, [row], null)).toContain('parked: the key is not valid any more');
    const lines = table(columns, [row], 40).trimEnd().split('\n');
    expect(lines[1]).toMatch(/^worker {2}parked: the key is not.*… {2}3$/);
    expect(lines.every(line => line.length <= 40)).toBe(true);
  });

  it.each([60, 80, 120])(
    'at %i columns no line is longer, whatever the cells hold; what may leave goes first',
    width => {
      const many = [
        { head: 'NAME', shrinks: true },
        { head: 'STATE', shrinks: true },
        { head: 'WAITING', right: true },
        { head: 'PERMISSIONS' },
        { head: 'MODEL', shrinks: true, leaves: 1 },
      ];
      const row = [
        'a-name-of-forty-characters-aaaaaaaaaaaaaa',
        'parked: 日本語の長い理由 '.repeat(9),
        '12, 3 later',
        'bypassPermissions',
        'm'.repeat(30),
      ];
      const lines = table(many, [row], width).trimEnd().split('\n');
      for (const line of lines) expect(columnsOf(line)).toBeLessThanOrEqual(width);
      expect(lines[1]).toContain('bypassPermissions');
      expect(lines[1]).toContain('…');
      expect(lines[0]!.includes('MODEL')).toBe(width > 60);
    },
  );

  it('lets no escape and no line break of a cell through', () => {
    expect(table([{ head: 'A' }], [['x\u001b[31m\ny']], null)).toBe('A\nx�[31m y\n');
  });

  it('paints cells without counting the escapes', () => {
    const paint = (text: string) => `<${text}>`;
    expect(table([{ head: 'A', paint }, { head: 'B' }], [['x', 'y']], null)).toBe('A  B\n<x>  y\n');
  });
});

it.each([
  [-5, '0s'],
  [17_400, '17s'],
  [8 * 60_000 + 59_000, '8m'],
  [3_600_000, '1h'],
  [5 * 3_600_000 + 2 * 60_000, '5h2m'],
  [(3 * 24 + 20) * 3_600_000, '3d20h'],
])('an age of %i ms reads %s', (ms, text) => expect(ageText(ms)).toBe(text));

it.each([
  [0, '$0.00'],
  [0.0042, '$0.0042'],
  [1.005, '$1.00'],
  [12.5, '$12.50'],
])('%d USD read %s', (usd, text) => expect(usdText(usd)).toBe(text));

it('an instant carries its date unless it is of today', () => {
  const at = new Date(2026, 10, 21, 3, 4, 5).getTime();
  expect(instantText(at, at + 1000)).toBe('03:04:05');
  expect(instantText(at, at + 86_400_000)).toBe('2026-11-21 03:04:05');
});
