import { expect, test, vi } from 'vitest';
import { selfIdentity } from '#blackboard/system/process-identity.ts';
import { stopChild, waitUntilGone } from '#blackboard/system/stop-process.ts';

const clock = { nowMs: () => 0, monotonicMs: () => 0, sleep: () => Promise.reject(new Error('nothing to wait for')) };

test('a pid that has been given to another process is never signalled', async () => {
  const kill = vi.spyOn(process, 'kill').mockReturnValue(true);
  try {
    const before = { ...selfIdentity(), startTime: '1' };
    expect(await stopChild(before, { graceMs: [1, 1] }, clock)).toBeNull();
    expect(await waitUntilGone(before, { pollMs: 1 }, clock)).toBe('gone');
    expect(kill).not.toHaveBeenCalled();
  } finally {
    kill.mockRestore();
  }
});

test('waiting for one that lives on can be given up', async () => {
  const self = selfIdentity();
  const aborted = AbortSignal.abort();
  expect(await waitUntilGone(self, { pollMs: 1, signal: aborted }, clock)).toBe('aborted');
});
