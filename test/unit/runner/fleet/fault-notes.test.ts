import { beforeEach, expect, test } from 'vitest';
import { makeInbox } from '#blackboard/inbox/deliver.ts';
import { inboxLayout } from '#blackboard/layout.ts';
import { decodeMessage } from '#blackboard/messages/message-decode.ts';
import { createFaultNotes } from '#runner/fleet/fault-notes.ts';
import { createMemoryFiles, type MemoryFiles } from '#test/support/memory-files.ts';
import { createFakeClock, type FakeClock } from '#test/unit/fake-clock.ts';

const ROOT = '/root';
const operator = inboxLayout(`${ROOT}/operator`);
const problem = 'no space is left on the disk of /root (ENOSPC)';
const faulted = { type: 'agent.faulted', problem, mend: 'Free some: df -h /root; df -i /root' } as const;
const recovered = { type: 'agent.recovered', problem, sinceAt: '2026-11-21T12:00:00.000Z' } as const;

let clock: FakeClock;
let files: MemoryFiles;
/** While it is set, nothing can be written. */
let isFull: boolean;

beforeEach(async () => {
  clock = createFakeClock();
  files = createMemoryFiles(clock.nowMs);
  files.prepare(`${ROOT}/operator`);
  await makeInbox(files, operator);
  isFull = false;
});

const notes = () => {
  const create: MemoryFiles['create'] = async (path, data) => {
    if (isFull) throw Object.assign(new Error('ENOSPC'), { code: 'ENOSPC' });
    return files.create(path, data);
  };
  return createFaultNotes({ files: { ...files, create }, root: ROOT, clock });
};

/** Notes are sent without waiting for them. */
const settled = () => new Promise(resolve => setImmediate(resolve));

async function bodies(): Promise<string[]> {
  for (let round = 0; round < 20; round++) await settled();
  const decoder = new TextDecoder();
  const found = [];
  for (const name of await files.list(operator.new))
    found.push(decodeMessage(decoder.decode((await files.read(`${operator.new}/${name}`))!), name).body);
  return found;
}

test('a full disk is one note with the command, no matter who else says it and however often it comes back', async () => {
  const [one, two] = [notes(), notes()];
  for (const tell of [one, two, one]) {
    tell('ENOSPC', faulted);
    await settled();
    tell('ENOSPC', recovered);
  }
  expect(await bodies()).toEqual([
    'Agents wait, because no space is left on the disk of /root (ENOSPC): Free some: df -h /root; df -i /root\n',
  ]);
});

test('where not even the note could be written, it is told when it is over, once', async () => {
  const tell = notes();
  isFull = true;
  tell('ENOSPC', faulted);
  expect(await bodies()).toEqual([]);
  isFull = false;
  tell('ENOSPC', recovered);
  expect(await bodies()).toEqual([
    expect.stringMatching(/^Agents waited from .* until .*, because no space is left .*: agent-runner doctor\n$/),
  ]);
});

test('another one, hours later, is told again', async () => {
  const tell = notes();
  tell('ENOSPC', faulted);
  tell('ENOSPC', recovered);
  expect(await bodies()).toHaveLength(1);
  await clock.advance(2 * 3_600_000);
  tell('ENOSPC', faulted);
  expect(await bodies()).toHaveLength(2);
});
