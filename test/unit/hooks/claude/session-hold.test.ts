import { describe, expect, test } from 'vitest';
import { type ModeEvidence, mayBypass, modeIn } from '#hooks/claude/session-hold.ts';

const plain: ModeEvidence = { argv: ['claude'], defaultModes: [null, null, null], transcriptMode: null };

describe('anyone who can get into bypassPermissions counts as being there', () => {
  test.each<[string, Partial<ModeEvidence>]>([
    ['its newest prompt says so', { transcriptMode: 'bypassPermissions' }],
    ['it was started so', { argv: ['claude', '--dangerously-skip-permissions'] }],
    [
      'it may be switched to',
      { argv: ['claude', '--allow-dangerously-skip-permissions', '--permission-mode', 'manual'] },
    ],
    ['the flag says so', { argv: ['claude', '--permission-mode', 'bypassPermissions'] }],
    ['the flag says so in one word', { argv: ['claude', '--permission-mode=bypassPermissions'] }],
    ['a settings file says so', { defaultModes: [null, 'bypassPermissions', null] }],
    ['nobody knows how it was started', { argv: null }],
  ])('%s', (_why, evidence) => {
    expect(mayBypass({ ...plain, ...evidence })).toBe(true);
  });

  test.each<[string, Partial<ModeEvidence>]>([
    ['it was started plainly', {}],
    ['its newest prompt says another mode', { transcriptMode: 'acceptEdits' }],
    [
      'a flag overrides the settings',
      { argv: ['claude', '--permission-mode', 'plan'], defaultModes: ['bypassPermissions'] },
    ],
  ])('not where %s', (_why, evidence) => {
    expect(mayBypass({ ...plain, ...evidence })).toBe(false);
  });
});

test('the newest record tells the mode', () => {
  const record = (mode: string) => `{"type":"permission-mode","permissionMode":"${mode}","sessionId":"x"}\n`;
  expect(modeIn(record('bypassPermissions') + record('default'))).toBe('default');
  expect(modeIn('{"type":"user"}\n')).toBeNull();
});
