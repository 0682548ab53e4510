import { mkdirSync, mkdtempSync, realpathSync, rmSync, utimesSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { type AgentLayout, agentLayout } from '#blackboard/layout.ts';
import { identifySync } from '#blackboard/system/process-identity.ts';
import { createRunnerFiles } from '#blackboard/system/runner-files.ts';
import { lockAgent, readRunner } from '#runner/agents/agent-lock.ts';

/** Done once, just before a file's times are looked at. */
let beforeNextStat = () => {};
vi.mock(import('node:fs/promises'), async original => {
  const real = await original();
  const stat = (async (...args: Parameters<typeof real.stat>) => {
    const now = beforeNextStat;
    beforeNextStat = () => {};
    now();
    return real.stat(...args);
  }) as typeof real.stat;
  return { ...real, stat };
});

let root: string;
let layout: AgentLayout;
beforeEach(() => {
  root = realpathSync(mkdtempSync(join(tmpdir(), 'lock-')));
  layout = agentLayout(root, 'a');
  mkdirSync(layout.home, { recursive: true });
});
afterEach(() => rmSync(root, { recursive: true, force: true }));

const take = () => lockAgent(createRunnerFiles(), layout, Date.now(), () => {});
const say = (identity: object) =>
  writeFileSync(layout.runner, JSON.stringify({ identity, startedAt: '2026-11-21T09:00:00Z' }));
/** Somebody who lives, and is not this process. */
const living = () => identifySync(process.ppid)!;
const dead = { pid: process.ppid, startTime: '1', bootId: 'another boot' };

it('a lock whose owner is just about to say who it is, beside the words of an earlier one, is not taken over', async () => {
  say(dead);
  const long = new Date(Date.now() - 60_000);
  utimesSync(layout.runner, long, long);
  mkdirSync(layout.lock);
  beforeNextStat = () => {
    // The first look at the times finds the earlier one's, the second those of words written after the words were read.
    beforeNextStat = () => {
      beforeNextStat = () => say(living());
    };
  };
  await expect(take()).rejects.toThrow(`agent "a" already runs: pid ${process.ppid}`);
});

it('a lock whose owner is dead is taken over, also where it never said who it was', async () => {
  mkdirSync(layout.lock);
  say(dead);
  await (await take())();
  mkdirSync(layout.lock);
  const release = await take();
  expect((await readRunner(layout))?.identity.pid).toBe(process.pid);
  await release();
});
