// What is said to a session's own inbox socket, and to which; the session is a server of ours.
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type Server } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import type { SessionPeer } from '#blackboard/peers/sessions.ts';
import { selfIdentity } from '#blackboard/system/process-identity.ts';
import { NUDGE_TEXT, nudgeInbox } from '#hooks/claude/session-inbox.ts';

const ID = '963bf434-039c-4310-b9b7-061eef298631';
let configDir: string;
let server: Server;
let said: string;
beforeEach(async () => {
  configDir = mkdtempSync(join(tmpdir(), 'ar-inbox-'));
  mkdirSync(join(configDir, 'sessions'));
  said = '';
  server = createServer(socket => void socket.setEncoding('utf8').on('data', piece => (said += piece)));
  await new Promise<void>(resolve => server.listen(join(configDir, 's'), resolve));
});
afterEach(async () => {
  await new Promise(resolve => server.close(resolve));
  rmSync(configDir, { recursive: true });
});

const peer = () => ({ id: ID, process: selfIdentity(), configDir }) as SessionPeer;
const register = (record: object) =>
  writeFileSync(join(configDir, 'sessions', `${process.pid}.json`), JSON.stringify(record));

test('one line with our constant words, and no word twice the same', async () => {
  register({ sessionId: ID, messagingSocketPath: join(configDir, 's') });
  for (let each = 0; each < 2; each++) expect(await nudgeInbox(peer())).toBe('said');
  await expect.poll(() => said.split('\n').length).toBe(3);
  const contents = said
    .trimEnd()
    .split('\n')
    .map(line => JSON.parse(line).message.content as string);
  expect(contents.every(content => content.startsWith(`${NUDGE_TEXT} (`))).toBe(true);
  expect(contents[0]).not.toBe(contents[1]);
});

test.each([
  ['another conversation by now', { sessionId: '00000000-0000-4000-8000-000000000000' }],
  ['no inbox', { messagingSocketPath: undefined }],
  ['what is no socket', { messagingSocketPath: '/etc/passwd' }],
  ['what is not there', { messagingSocketPath: '/nowhere/s' }],
])('nothing is said to %s', async (_what, more) => {
  register({ sessionId: ID, messagingSocketPath: join(configDir, 's'), ...more });
  expect(await nudgeInbox(peer())).toBe('none');
  expect(said).toBe('');
});
