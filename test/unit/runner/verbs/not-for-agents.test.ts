// What changes what agents may do or spend is refused to a turn, and nothing is changed.
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { type AgentLayout, agentLayout } from '#blackboard/layout.ts';
import { NOT_FOR_AGENTS } from '#runner/agents/person.ts';
import { openDashboard } from '#runner/dashboard/server.ts';
import { add } from '#runner/verbs/add.ts';
import { connect } from '#runner/verbs/connect.ts';
import type { VerbContext } from '#runner/verbs/context.ts';
import { disconnect } from '#runner/verbs/disconnect.ts';
import { edit } from '#runner/verbs/edit.ts';
import { fork } from '#runner/verbs/fork.ts';
import { hooksInstall } from '#runner/verbs/hooks-install.ts';
import { hooksUninstall } from '#runner/verbs/hooks-uninstall.ts';
import { kill } from '#runner/verbs/kill.ts';
import { resume } from '#runner/verbs/resume.ts';
import { spawn } from '#runner/verbs/spawn.ts';
import { openTurn } from '#test/support/open-turn.ts';
import { type VerbRoot, verbRoot } from './verb-root.ts';

let place: VerbRoot;
let ann: AgentLayout;
let inTurn: VerbContext;
beforeEach(async () => {
  place = await verbRoot();
  ann = await place.agent('ann');
  const { context } = place;
  inTurn = { ...context, env: { ...context.env, ...openTurn(context.root, 'ann') } };
});
afterEach(() => place[Symbol.asyncDispose]());

const PAGE = {
  ...{ host: '127.0.0.1', port: 0, url: null, tls: null, allowsPlain: false, readOnly: false },
  onError() {},
};
const target = () => ({ scope: 'user' as const, cwd: place.home, isDry: false });
const opened = () => ({ prompt: null, isTrusted: false, socket: join(place.home, 'tmux'), timeoutMs: 0 });
const CALLS: Record<(typeof NOT_FOR_AGENTS)[number], () => Promise<unknown>> = {
  add: () => add(inTurn, { name: 'more', options: {}, cwd: place.home }),
  edit: () => {
    const before = readFileSync(ann.definition, 'utf8');
    return edit(inTurn, { name: 'ann', before, text: `${before}\nmore`, keptIn: '' });
  },
  'resume --raise': () => resume(inTurn, { name: 'ann', raiseUsd: 5 }),
  'hooks install': () => hooksInstall(inTurn, { ...target(), deliverOnStop: false }),
  dashboard: () => openDashboard(inTurn, PAGE),
  'hooks uninstall': () => hooksUninstall(inTurn, target()),
  spawn: () => spawn(inTurn, { ...opened(), name: 'more', cwd: place.home, args: [], resume: null }),
  fork: () => fork(inTurn, { ...opened(), of: 'work:0.0', name: 'more' }),
  kill: () => kill(inTurn, { name: 'work:0.0', isConfirmed: true }),
  'connect another session': () => connect(inTurn, { name: null, session: 'abcd1234' }),
  'disconnect another session': () => disconnect(inTurn, { session: 'abcd1234' }),
};

test.each(NOT_FOR_AGENTS)('%s', async verb => {
  const before = readFileSync(ann.definition, 'utf8');
  await expect(CALLS[verb]()).rejects.toMatchObject({ exit: 77, message: `${verb} is for people: agent ann calls` });
  expect(readFileSync(ann.definition, 'utf8')).toBe(before);
  expect(existsSync(agentLayout(place.context.root, 'more').home)).toBe(false);
  expect(existsSync(join(place.home, '.claude'))).toBe(false);
  expect(existsSync(join(place.home, 'tmux'))).toBe(false);
});

test('without a raise a turn resumes another agent: it spends nothing that is not allowed anyway', async () => {
  await expect(resume(inTurn, { name: 'ann', raiseUsd: null })).resolves.toMatchObject({ raisedUsd: null });
});
