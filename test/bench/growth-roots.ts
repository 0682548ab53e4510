/** Roots that have grown, written in one go: many turns of one agent, a full inbox, many agents, sessions that are long over. */
import { linkSync, mkdirSync, utimesSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import {
  agentLayout,
  INBOX_DIRECTORIES,
  type Inbox,
  inboxLayout,
  rootLayout,
  sessionLayout,
  turnLayout,
} from '#blackboard/layout.ts';
import { encodeMessage } from '#blackboard/messages/message-encode.ts';
import { localDay } from '#blackboard/system/clock.ts';
import { newId } from '#blackboard/system/ids.ts';
import { selfIdentity } from '#blackboard/system/process-identity.ts';

const directories = (...paths: string[]) => {
  for (const path of paths) mkdirSync(path, { recursive: true, mode: 0o700 });
};
const inboxOf = (inbox: Inbox) => directories(...INBOX_DIRECTORIES.map(name => join(inbox.inbox, name)));

/** Milliseconds between two turns: an instant model, so all of them lie within the last hour. */
const APART_MS = 40;

/** Turns 1 to `count` of an agent, each of which answered a message. Returns the messages' ids, the oldest first. */
export function growTurns(root: string, agent: string, count: number): string[] {
  const layout = agentLayout(root, agent);
  const { inbox } = layout;
  const beganMs = Date.now() - 60_000 - count * APART_MS;
  const day = localDay(beganMs);
  inboxOf(inbox);
  directories(layout.turns, layout.run, join(inbox.done, day));
  const same = { settings: join(layout.run, 'settings'), stream: join(layout.run, 'stream') };
  writeFileSync(
    same.settings,
    `${JSON.stringify({ deny: Array(40).fill('Edit(//somewhere/in/the/root)') }, null, 2)}\n`,
  );
  writeFileSync(
    same.stream,
    `${JSON.stringify({ type: 'result', subtype: 'success', result: 'ok', session_id: 'x' })}\n`,
  );
  const session = { id: newId(beganMs), totalUsd: 0, turns: 1, contextTokens: 0, rotate: null };
  const ids: string[] = [];
  for (let number = 1; number <= count; number++) {
    const atMs = beganMs + number * APART_MS;
    const [at, id] = [new Date(atMs).toISOString(), newId(atMs - 5)];
    ids.push(id);
    const name = `${atMs - 5}-${id}`;
    const turn = turnLayout(layout.turns, number);
    directories(turn.home);
    const head = { id, name, from: 'operator', kind: 'request', thread: null, trace: id, hops: 0, mode: 'body' };
    const messages = [{ ...head, rider: false, spentUsd: 0, nonces: ['55422290c6ef7b1becbe767a7b614edd'] }];
    const told = { turn: number, at };
    const write = (path: string, record: object | string) =>
      writeFileSync(path, typeof record === 'string' ? record : `${JSON.stringify(record)}\n`, { mode: 0o600 });
    write(turn.intent, {
      ...{
        turn: number,
        kind: 'work',
        at,
        sessionId: session.id,
        resume: false,
        mark: '8c59fd64e1ea38616f42b30542fd1013',
      },
      ...{ transcriptBytes: 0, baselineUsd: 0, messages, carry: [], board: null, perTurnUsd: 2, maxHops: 8 },
    });
    write(turn.prompt, `[agent-runner] turn ${number}\n\nmessage: ${id}\nfrom: operator\nkind: request\nhello\n`);
    write(join(turn.home, `launch.${number}`), `${number} 2991092 3a63661b-ec95-42ca-b64f-10f1a7bf74f9 flock:65024\n`);
    linkSync(join(turn.home, `launch.${number}`), turn.child);
    linkSync(same.settings, turn.settings);
    linkSync(same.stream, turn.stream);
    write(turn.stderr, '');
    write(turn.answer, 'ok');
    const disposition = { do: 'ack', outcome: 'replied' };
    write(turn.ended, {
      ...{ turn: number, at, verdict: { kind: 'answered', text: 'ok' }, messages: [{ id, disposition }], session },
      ...{ costUsd: 0, costBasis: 'reported', blamedUsd: 0, cacheMissed: false, day, startedAt: at, denials: [] },
      ...{ usage: { input: 0, output: 0, cacheRead: 0, cacheWrite: 0 }, retryAtMs: null, backoffLevel: 0 },
      ...{ park: null, carry: [], board: null },
    });
    write(turn.closed, told);
    write(join(inbox.outcomes, id), { id, at, turn: number, costUsd: 0, outcome: 'replied', reply: newId(atMs) });
    letter(inbox, join(inbox.done, day, name), id, atMs - 5);
  }
  return ids;
}

/** A message for the operator's inbox, unread, `count` times. */
export function growInbox(root: string, count: number): void {
  const inbox = inboxLayout(rootLayout(root).operator, root);
  inboxOf(inbox);
  const beganMs = Date.now() - 60_000 - count * APART_MS;
  for (let index = 0; index < count; index++) {
    const atMs = beganMs + index * APART_MS;
    const id = newId(atMs);
    letter(inbox, join(inbox.new, `${atMs}-${id}`), id, atMs);
  }
}

function letter(inbox: Inbox, path: string, id: string, atMs: number): void {
  const at = new Date(atMs).toISOString();
  const message = { id, from: 'operator', kind: 'note' as const, at, trace: id, hops: 0, body: `hello, ${id}` };
  writeFileSync(join(inbox.ids, id), encodeMessage(message), { mode: 0o600 });
  linkSync(join(inbox.ids, id), path);
}

const DAY_MS = 86_400_000;

/** Sessions whose processes are gone, quiet for three days, with nothing unread. */
export function growSessions(root: string, count: number): void {
  const paths = rootLayout(root);
  directories(paths.sessions, paths.sessionNames, paths.sessionPids);
  const quietAt = new Date(Date.now() - 3 * DAY_MS);
  for (let index = 0; index < count; index++) {
    const id = newId(quietAt.getTime());
    const layout = sessionLayout(root, id);
    inboxOf(layout.inbox);
    directories(layout.shown, layout.unproven, layout.signals, layout.woken);
    const name = `app-${index}`;
    // No process id is that high.
    const process = { ...selfIdentity(), pid: 4_190_000 + (index % 4_000) };
    const peer = { id, name, cwd: '/work/app', branch: 'main', process, tmux: null, configDir: null, transcript: null };
    writeFileSync(layout.peer, `${JSON.stringify({ ...peer, startedAt: quietAt.toISOString() })}\n`);
    writeFileSync(layout.nudge, 'none\n');
    writeFileSync(layout.state, 'idle\n');
    utimesSync(layout.state, quietAt, quietAt);
    writeFileSync(join(paths.sessionNames, name), `${id}\n`);
    writeFileSync(join(paths.sessionPids, String(process.pid)), `${id}\n`);
  }
}
