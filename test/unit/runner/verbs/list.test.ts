import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { registerSession } from '#blackboard/peers/sessions.ts';
import { selfIdentity } from '#blackboard/system/process-identity.ts';
import { list } from '#runner/verbs/list.ts';
import { overview } from '#runner/verbs/overview.ts';
import { jsonViolations } from '#test/support/json-output.ts';
import { makeWorkerRoot, operatorInbox, SESSION, type WorkerRoot } from './worker-root.ts';

let root: WorkerRoot;
beforeEach(async () => {
  root = await makeWorkerRoot();
});
afterEach(() => root.clear());

test('agents come with their state and what waits, sessions after them, as the shape of --json says', async () => {
  await root.send();
  root.run();
  const { files, root: path } = root.context;
  await registerSession(files, path, {
    id: SESSION,
    cwd: '/src/app',
    branch: null,
    process: selfIdentity(),
    tmux: null,
    configDir: null,
    transcript: null,
    startedAt: new Date().toISOString(),
  });
  const { peers, overlaps, rootProblems } = await list(root.context);
  expect(jsonViolations('list', peers)).toEqual([]);
  expect(peers).toMatchObject([
    { kind: 'agent', name: 'worker', state: 'idle', needsYou: false, waiting: 1 },
    { kind: 'session', name: 'app', id: SESSION },
  ]);
  expect({ overlaps, rootProblems }).toEqual({ overlaps: [], rootProblems: [] });
});

test('what no row tells comes beside the rows: an agent around the root, and what lies for the operator', async () => {
  const wide = await root.addAgent('wide');
  writeFileSync(wide.definition, `---\ncwd: ${root.place}\n---\nDo well.\n`);
  writeFileSync(join(operatorInbox(root.context.root).inbox, '.hidden'), '');
  const listing = await list(root.context, { elsewhere: true });
  expect(listing.overlaps).toEqual([{ name: 'wide', sentence: expect.stringContaining('contains the root') }]);
  expect(listing.lyingElsewhere).toEqual([expect.stringContaining('operator: 1 name')]);
  expect((await list(root.context)).lyingElsewhere).toEqual([]);
});

test('the overview counts what a person should look at', async () => {
  root.spend(0.5);
  writeFileSync(
    root.agent.parked,
    JSON.stringify({ code: 'auth', reason: 'not logged in', at: '2026-11-21T00:00:00Z' }),
  );
  const { listing, ...figures } = await overview(root.context);
  expect(listing.peers).toMatchObject([{ name: 'worker', state: 'parked', needsYou: true }]);
  expect(figures).toEqual({ cards: 0, unread: 0, parked: 1, stuck: 0, dead: 0, isDown: true, todayUsd: 0.5 });
});
