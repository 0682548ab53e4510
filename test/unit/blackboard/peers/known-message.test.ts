// Messages by what a person types of their ids.
import { expect, test } from 'vitest';
import { deliver, makeInbox } from '#blackboard/inbox/deliver.ts';
import { agentLayout } from '#blackboard/layout.ts';
import { mayBeMessageId, requireMessage } from '#blackboard/peers/known-message.ts';
import { exitCode } from '#blackboard/system/errors.ts';
import { newId } from '#blackboard/system/ids.ts';
import { shortId, toldApart } from '#blackboard/system/short-id.ts';
import { createMemoryFiles } from '#test/support/memory-files.ts';

const ROOT = '/root';
const NOW = Date.parse('2026-11-21T12:00:00.000Z');

async function inboxWith(...ids: string[]) {
  const files = createMemoryFiles(() => NOW);
  const layout = agentLayout(ROOT, 'worker');
  files.prepare(`${ROOT}/agents/worker`);
  await makeInbox(files, layout.inbox);
  for (const id of ids)
    await deliver(files, layout.inbox, {
      id,
      from: 'operator',
      kind: 'request',
      at: new Date(NOW).toISOString(),
      trace: id,
      hops: 0,
      body: 'x',
    });
  return files;
}

test('messages of one minute are told apart, and each is found, by the characters that are shown', async () => {
  const ids = Array.from({ length: 20 }, (_, at) => newId(NOW + at * 1000));
  expect(new Set(ids.map(id => id.slice(0, 8))).size, 'their beginnings are the same').toBe(1);
  const files = await inboxWith(...ids);
  for (const id of ids) expect(await requireMessage(files, ROOT, shortId(id))).toMatchObject({ id, peer: 'worker' });
});

test('a message is found by its whole id, a beginning, an end, in capitals, or its file', async () => {
  const id = '01a1fc0b-65c1-7a13-a650-68d7794199fb';
  const files = await inboxWith(id, '01a1fc0b-65c1-7a13-a650-68d7794199fa');
  for (const typed of [id, shortId(id), '4199fb', '7794199FB ', `${NOW}-${id}`, `3.${NOW}-${id},t2`])
    expect(await requireMessage(files, ROOT, typed), typed).toMatchObject({ id });
});

test('what fits several names them as they can be typed; what fits none, or is too short, says so', async () => {
  const files = await inboxWith('01a1fc0b-65c1-7a13-a650-68d7794199fb', '01a1fc0b-65c1-7a13-a650-68d7794199fa');
  await expect(requireMessage(files, ROOT, '01a1fc0b')).rejects.toMatchObject({
    exit: exitCode.usage,
    message: '"01a1fc0b" fits 2 messages: 794199fa (worker), 794199fb (worker)',
  });
  await expect(requireMessage(files, ROOT, 'ffffffff')).rejects.toMatchObject({ exit: exitCode.noSuch });
  await expect(requireMessage(files, ROOT, '199fb')).rejects.toMatchObject({ exit: exitCode.usage });
  expect(['------', 'reviewer', 'cafe', '../../x'].some(mayBeMessageId)).toBe(false);
});

test('a dropped file that never became a message is told from a message that does not exist', async () => {
  const files = await inboxWith();
  const { dead } = agentLayout(ROOT, 'worker').inbox;
  const path = `${dead}/drop-01a1fc0b-65c1-7a13-a650-68d7794199fb-bad.md`;
  files.prepare(dead);
  await files.create(path, 'x');
  await files.create(`${path}.reason`, 'a mistake');
  await expect(requireMessage(files, ROOT, '794199fb')).rejects.toMatchObject({
    exit: exitCode.noSuch,
    message: '"794199fb" is a dropped file that never became a message',
    hint: 'Look at it: agent-runner dead show 794199fb',
  });
});

test('ids that end alike are shown whole', () => {
  const twins = ['00000001-0000-7000-8000-000000000009', '00000002-0000-7000-8000-000000000009'];
  expect(toldApart(twins)).toEqual(twins);
  expect(toldApart([...twins, twins[0]!].slice(1))).toEqual([...twins].reverse());
  expect(toldApart(['00000001-0000-7000-8000-000000000009', '00000002-0000-7000-8000-000000000008'])).toEqual([
    '00000009',
    '00000008',
  ]);
});
