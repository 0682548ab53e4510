// An agent's life: edit, remove, start.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readdirSync, readFileSync, renameSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { rootLayout } from '#blackboard/layout.ts';
import { identify, selfIdentity } from '#blackboard/system/process-identity.ts';
import { runnerMark } from '#blackboard/system/process-mark.ts';
import { definitionText, edit } from '#runner/verbs/edit.ts';
import { remove } from '#runner/verbs/remove.ts';
import { start } from '#runner/verbs/start.ts';
import { stop } from '#runner/verbs/stop.ts';
import { eventsIn } from '#test/support/events-in.ts';
import { fakeClaudePath } from '#test/support/isolated-claude.ts';
import { jsonViolations } from '#test/support/json-output.ts';
import { makeWorkerRoot, type WorkerRoot } from './worker-root.ts';

let root: WorkerRoot;
beforeEach(async () => {
  root = await makeWorkerRoot();
});
afterEach(() => root.clear());

const said = () => readFileSync(root.agent.definition, 'utf8');
const changed = (before: string) => before.replace('Do well.', 'Do better.');

test('edit puts a valid text in place of agent.md, and leaves nothing beside it', async () => {
  const { text: before, path } = await definitionText(root.context, { name: 'worker' });
  const text = changed(before);
  expect(await edit(root.context, { name: 'worker', before, text })).toEqual({ name: 'worker', path, changed: true });
  expect(said()).toBe(text);
  expect(readdirSync(root.agent.home).filter(name => name.startsWith('draft'))).toEqual([]);
  expect(await edit(root.context, { name: 'worker', before: text, text })).toMatchObject({ changed: false });
});

test('edit leaves agent.md where the text is not valid (78), or somebody changed it meanwhile (75)', async () => {
  const { text: before } = await definitionText(root.context, { name: 'worker' });
  const broken = edit(root.context, { name: 'worker', before, text: '---\nbudget: none\n---\n' });
  await expect(broken).rejects.toMatchObject({ exit: 78 });
  expect(said()).toBe(before);
  writeFileSync(root.agent.definition, `${before}\nBy somebody else.\n`);
  const late = edit(root.context, { name: 'worker', before, text: changed(before), keptIn: '/tmp/mine.md' });
  await expect(late).rejects.toMatchObject({ exit: 75, hint: expect.stringContaining('/tmp/mine.md') });
  expect(said()).toContain('By somebody else.');
});

test('edit of a link replaces the file that it leads to', async () => {
  const elsewhere = join(root.place, 'worker.md');
  renameSync(root.agent.definition, elsewhere);
  symlinkSync(elsewhere, root.agent.definition);
  const { text: before } = await definitionText(root.context, { name: 'worker' });
  await edit(root.context, { name: 'worker', before, text: changed(before) });
  expect(readFileSync(elsewhere, 'utf8')).toContain('Do better.');
});

test('remove keeps everything, and refuses an agent with work (77) unless it must', async () => {
  await root.send();
  await expect(remove(root.context, { name: 'worker', force: false })).rejects.toMatchObject({ exit: 77 });
  expect(existsSync(root.agent.definition)).toBe(true);
  const removed = await remove(root.context, { name: 'worker', force: true });
  expect(jsonViolations('remove', removed)).toEqual([]);
  expect(removed).toMatchObject({ name: 'worker', buried: 1 });
  expect(existsSync(removed.kept)).toBe(true);
  await expect(remove(root.context, { name: 'worker', force: true })).rejects.toMatchObject({ exit: 66 });
});

const useClaude = (path: string) => writeFileSync(join(root.context.root, 'config.yaml'), `claude: ${path}\n`);
const order = { names: [], once: true, log: null as string | null, quiet: true };

test('start works until the inboxes are empty, and says which agents it skipped', async () => {
  useClaude(fakeClaudePath());
  const off = await root.addAgent('off', 'enabled: false\n');
  const log = join(root.place, 'log');
  const runner = await start(root.context, { ...order, names: ['worker'], log });
  expect(runner.isService).toBe(false);
  expect(await runner.done).toEqual([]);
  const another = await start(root.context, { ...order, names: [off.name], log });
  expect(await another.done).toEqual([{ name: 'off', reason: expect.stringContaining('enabled: false') }]);
  const { files, root: path } = root.context;
  const both = [
    { type: 'runner.started', pid: process.pid, root: path, once: true, agents: 2 },
    { type: 'runner.ended', pid: process.pid },
  ];
  expect(await eventsIn(files, rootLayout(path).events)).toMatchObject([...both, ...both]);
  expect(await eventsIn(files, off.events)).toMatchObject([{ peer: 'off', type: 'agent.skipped' }]);
  const skipped = 'agent-runner: skipped off: disabled; to go on: ';
  await vi.waitFor(() => expect(readFileSync(log, 'utf8')).toContain(skipped));
});

test('start without a claude is refused with 78, an unknown agent with 66', async () => {
  useClaude(join(root.place, 'no-claude'));
  await expect(start(root.context, order)).rejects.toMatchObject({ exit: 78 });
  useClaude(fakeClaudePath());
  await expect(start(root.context, { ...order, names: ['nobody'] })).rejects.toMatchObject({ exit: 66 });
});

test('stop ends the runners that it reaches, and names those in another container, which are still up', async () => {
  const child = spawn(process.execPath, ['-e', 'setInterval(() => {}, 1000); console.log()'], { stdio: 'pipe' });
  try {
    await once(child.stdout, 'data');
    const ours = (await identify(child.pid!))!;
    const theirs = { ...selfIdentity(), pid: 7, place: '1234@0a1b2c3d-build-1' };
    for (const identity of [ours, theirs])
      writeFileSync(runnerMark(root.context.root, identity), JSON.stringify(identity));
    const far = await root.addAgent('far');
    writeFileSync(far.runner, JSON.stringify({ identity: theirs, startedAt: new Date().toISOString() }));
    const stopped = await stop(root.context, { names: [], now: false });
    expect(jsonViolations('stop', stopped)).toEqual([]);
    expect(stopped).toEqual({
      runners: [{ pid: child.pid, agents: [] }],
      notReached: [{ pid: 7, agents: ['far'], where: 'another container or host (build-1)' }],
    });
  } finally {
    child.kill('SIGKILL');
  }
});
