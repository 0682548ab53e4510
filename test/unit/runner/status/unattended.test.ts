// What `send` says of a message that nobody will work on yet. On a real disk, with this process as the runner.
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { agentLayout, rootLayout } from '#blackboard/layout.ts';
import { localDay } from '#blackboard/system/clock.ts';
import { selfIdentity } from '#blackboard/system/process-identity.ts';
import { createRunnerFiles } from '#blackboard/system/runner-files.ts';
import { recordRaise } from '#blackboard/turns/spending.ts';
import { whyUnattended } from '#runner/status/unattended.ts';
import { NOON } from '#test/unit/fake-clock.ts';

const files = createRunnerFiles();
let root: string;
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'ar-unattended-'));
  const { home, definition, runner, inbox, turns } = agentLayout(root, 'worker');
  for (const directory of [home, inbox.new, turns, rootLayout(root).costs]) mkdirSync(directory, { recursive: true });
  writeFileSync(definition, '---\ncwd: /\nbudget: { perDayUsd: 3 }\n---\n');
  writeFileSync(runner, JSON.stringify({ identity: selfIdentity(), startedAt: '' }));
});
afterEach(() => rmSync(root, { recursive: true }));

const spend = (usd: number) =>
  writeFileSync(
    join(rootLayout(root).costs, `${localDay(NOON)}.jsonl`),
    `${JSON.stringify({ agent: 'worker', turn: 1, at: new Date(NOON).toISOString(), usd })}\n`,
  );
const why = () => whyUnattended(files, root, 'worker', NOON, {});

test('where the money of the day is spent, the sentence says until when a message waits, and how to go on', async () => {
  spend(2.5);
  expect(await why()).toBeNull();
  spend(3);
  expect(await why()).toMatch(
    /^worker is held: budget\.perDayUsd \(\$3\) is spent for today \(until .+ 00:00:00\); .*agent-runner resume worker --raise <usd>$/,
  );
  await recordRaise(files, root, localDay(NOON), 'worker', 1);
  expect(await why()).toBeNull();
});
