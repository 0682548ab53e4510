// A kind of peer that the product does not have, in one file: what finds peers, lists them, delivers to them and shows their messages
// works with it, and nothing else had to be changed.
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { makeInbox } from '#blackboard/inbox/deliver.ts';
import { inboxLayout } from '#blackboard/layout.ts';
import { agentKind } from '#blackboard/peers/agent.ts';
import { requireMessage } from '#blackboard/peers/known-message.ts';
import { sendNote } from '#blackboard/peers/notes.ts';
import { operatorKind } from '#blackboard/peers/operator.ts';
import { findSender, listInboxes, requirePeer } from '#blackboard/peers/peers.ts';
import { makeRoot } from '#blackboard/root.ts';
import { systemClock } from '#blackboard/system/clock.ts';
import { createRunnerFiles } from '#blackboard/system/runner-files.ts';
import { leftElsewhere } from '#runner/status/left-elsewhere.ts';
import { replyAs } from '#runner/verbs/reply-kind.ts';
import { wholeProgram } from '#test/support/command-tree.ts';
import { paneKind } from '#test/support/pane-kind.ts';

vi.mock('#blackboard/peers/peer-kinds.ts', async original => {
  const { PEER_KINDS } = await original<typeof import('#blackboard/peers/peer-kinds.ts')>();
  return { PEER_KINDS: [...PEER_KINDS, (await import('#test/support/pane-kind.ts')).paneKind] };
});

const program = await wholeProgram();
const files = createRunnerFiles();
let root: string;
const inbox = () => inboxLayout(join(root, 'panes', '7'), root);

beforeEach(async () => {
  root = join(mkdtempSync(join(tmpdir(), 'ar-kinds-')), 'root');
  await makeRoot(files, root, false);
  mkdirSync(join(root, 'panes', '7'), { recursive: true });
  await makeInbox(files, inbox());
});
afterEach(() => rmSync(join(root, '..'), { recursive: true }));

/** What the command prints on stdout. */
async function agentRunner(...words: string[]): Promise<string> {
  let out = '';
  vi.spyOn(process.stdout, 'write').mockImplementation(chunk => {
    out += String(chunk);
    return true;
  });
  vi.spyOn(process.stderr, 'write').mockReturnValue(true);
  try {
    await program.parseAsync(['--root', root, ...words], { from: 'user' });
  } finally {
    vi.restoreAllMocks();
    process.exitCode = undefined;
  }
  return out;
}

test('it is sent to by name, and its message is found by its id, read, and traced', async () => {
  const id = (await agentRunner('send', '7', 'look at this')).trim();
  expect(await requireMessage(files, root, id.slice(-8))).toMatchObject({ id, peer: '7', inbox: { new: inbox().new } });
  expect(JSON.parse(await agentRunner('inbox', '7', '--json'))).toMatchObject([{ id, from: 'operator', unread: true }]);
  expect(JSON.parse(await agentRunner('trace', id, '--json'))).toMatchObject({ to: '7', state: 'queued', waits: null });
  expect(await agentRunner('read', id)).toContain('look at this');
});

test('it is listed with the others, its dead letters too, and whoever mistypes it is told its name', async () => {
  expect((await listInboxes(files, root)).map(({ peer }) => peer)).toEqual(['operator', '7']);
  const letter = `drop-0a6c2d1e-7c3f-7a11-8000-000000000001-report.txt`;
  writeFileSync(join(inbox().dead, letter), 'text');
  writeFileSync(join(inbox().dead, `${letter}.reason`), 'too long\n');
  expect(JSON.parse(await agentRunner('dead', 'list', '7', '--json'))).toMatchObject([
    { peer: '7', reason: 'too long' },
  ]);
  mkdirSync(join(root, 'panes', 'left'));
  await expect(requirePeer(files, root, 'lefd')).rejects.toMatchObject({ hint: 'Did you mean "left"?' });
});

test('it has a row in list, and its names and messages are completed', async () => {
  await agentRunner('send', '7', 'look at this');
  const row = { kind: 'other', word: 'pane', name: '7', waiting: 1, later: 0, dead: 0 };
  expect(JSON.parse(await agentRunner('list', '--json'))).toEqual([row]);
  expect(await agentRunner('list')).toMatch(/^OTHER +KIND +WAITING +DEAD\n7 +pane +1 +0\n$/);
  expect(await agentRunner('completion', 'bash', '--', 'send', '')).toMatch(/^7$/m);
  expect(await agentRunner('completion', 'bash', '--', 'trace', '')).toMatch(/^[0-9a-f]{8}$/m);
});

test('whoever wrote from it is found by its id, and told what became of that', async () => {
  expect(await findSender(files, root, { from: 'another name', fromId: '%7' })).toMatchObject({ name: '7', id: '%7' });
  const context = { files, root, clock: systemClock, layout: { name: 'worker' } };
  await sendNote(context, { from: '7', fromId: '%7' }, { key: ['k'], body: 'it is dead\n' });
  expect(JSON.parse(await agentRunner('inbox', '7', '--json'))).toMatchObject([{ from: 'worker', kind: 'note' }]);
});

test('its traits decide what a reply to it, and from it, is; signals it takes none', async () => {
  const between = { isAwaited: false, hops: 0 };
  expect(replyAs({ ...between, from: operatorKind, to: paneKind }).kind).toBe('request');
  expect(replyAs({ ...between, from: paneKind, to: agentKind }).kind).toBe('request');
  expect(replyAs({ ...between, from: paneKind, to: operatorKind }).kind).toBe('answer');
  await expect(agentRunner('notify', '7')).rejects.toThrow('the pane has no turns to start');
  await expect(agentRunner('resume', '7')).rejects.toThrow('"7" is a pane, and this is about agents');
});

test('a drop of its that cannot be taken is found', async () => {
  writeFileSync(join(inbox().inbox, 'locked.md'), 'work');
  const locked = async (path: string) => (path.endsWith('locked.md') ? 'EACCES' : null);
  const found = await leftElsewhere({ ...files, obstacle: locked }, root);
  expect(found).toMatchObject([{ where: '7', drop: { name: 'locked.md', errno: 'EACCES' } }]);
});
