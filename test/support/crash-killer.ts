/** Kills at random: runners, claudes and launchers, alone and together; stops runners and lets them wake up late. */
import { existsSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { isAliveSync } from '#blackboard/system/process-identity.ts';
import { isTakenUp } from '#test/support/taken-up.ts';
import { until } from '#test/support/until.ts';
import { launcherSteps, stepsBeforeLink, type TrapKind, trapName } from './crash-launcher.ts';
import type { Chance } from './crash-random.ts';
import { type RealRoot, type RealRunner, signalQuietly } from './real-root.ts';

/** What can be done, by how often it is. */
const ACTS = {
  runner: 4,
  child: 5,
  'runner and child': 3,
  launcher: 3,
  'launcher and runner': 2,
  'runner while its launcher runs': 2,
  'launcher that wakes up late': 3,
  'runner at an effect': 6,
  'runner that wakes up late': 3,
  'two runners': 2,
  SIGTERM: 1,
  'SIGTERM twice': 1,
} as const;
export type Act = keyof typeof ACTS;

/** A launcher or a child is waited for this long; then there is no work, and the act counts nothing. */
const VICTIM_MS = 2_000;
/** Effects of a runner before its first look at three agents are about 50. */
const EFFECTS_MAX = 260;
/** A runner that was told to end and does not, is a fault. */
const EXIT_MS = 20_000;

export interface Killer {
  /** Waits a moment, does one act, and has a runner live again. How many were killed. */
  next(): Promise<{ act: Act; kills: number }>;
}

export function createKiller(place: RealRoot, chance: Chance): Killer {
  const aRunner = (): RealRunner => {
    const living = place.living();
    // A launcher in a trap kills its runner whenever it comes to it, on a busy machine after its act.
    if (living.length === 0 && place.lastSignal() === 'SIGKILL') return place.start();
    if (living.length === 0) throw new Error(`the runner has ended by itself:\n${place.log().slice(-4_000)}`);
    return chance.pick(living);
  };
  const someTime = (high: number) => pause(chance.between(0, high));

  async function aChild(): Promise<number | null> {
    const found = await victim(async () => {
      const children = (await Promise.all(place.agents.map(name => place.child(name)))).filter(each => each !== null);
      return children.length > 0 && { children };
    });
    if (!found) return null;
    const { turn, identity } = chance.pick(found.children);
    // Before it is up, or at its request, before and after its transcript is written, at its end.
    if (chance.next() < 0.7) await victim(() => isTakenUp(turn) || !isAliveSync(identity));
    await someTime(200);
    // It may have ended meanwhile, and its pid may be somebody else's.
    return isAliveSync(identity) ? identity.pid : null;
  }

  /** Sets a trap; the pid of the launcher that went into it. */
  async function trap(kind: TrapKind, steps: readonly string[]): Promise<number | null> {
    const path = join(place.traps, trapName(kind, chance.pick(steps)));
    const known = new Set(readdirSync(place.traps));
    writeFileSync(path, '');
    const caught = () => readdirSync(place.traps).find(name => name.startsWith('taken-') && !known.has(name));
    if (!(await victim(caught)) && existsSync(path)) rmSync(path, { force: true });
    const name = caught();
    if (!name) return null;
    const pid = Number(name.slice('taken-'.length));
    rmSync(join(place.traps, name));
    return pid;
  }

  const killRunner = (runner: RealRunner): Promise<unknown> => {
    place.kill(runner.pid);
    return runner.exited;
  };

  const acts: Record<Act, () => Promise<number>> = {
    async runner() {
      await killRunner(aRunner());
      return 1;
    },
    async child() {
      const pid = await aChild();
      if (pid === null) return 0;
      place.kill(pid);
      return 1;
    },
    async 'runner and child'() {
      const pid = await aChild();
      if (pid === null) return 0;
      const runner = aRunner();
      if (chance.next() < 0.5) place.kill(pid);
      place.kill(runner.pid);
      place.kill(pid);
      await runner.exited;
      return 2;
    },
    async launcher() {
      return (await trap('launcher', launcherSteps)) === null ? 0 : 1;
    },
    async 'launcher and runner'() {
      return (await trap('both', launcherSteps)) === null ? 0 : 2;
    },
    async 'runner while its launcher runs'() {
      return (await trap('runner', launcherSteps)) === null ? 0 : 1;
    },
    async 'launcher that wakes up late'() {
      const pid = await trap('pause', chance.next() < 0.8 ? stepsBeforeLink : launcherSteps);
      if (pid === null) return 0;
      const runners = place.living();
      await Promise.all(runners.map(killRunner));
      place.start();
      await someTime(700);
      signalQuietly(pid, 'SIGCONT');
      return runners.length;
    },
    async 'runner at an effect'() {
      const runners = place.living();
      await Promise.all(runners.map(killRunner));
      const mode = chance.pick(['before', 'after', 'torn'] as const);
      const doomed = place.start({ orders: { stop: { at: chance.between(1, EFFECTS_MAX), mode } } });
      const died = await Promise.race([doomed.exited, pause(VICTIM_MS, null)]);
      if (!died) await killRunner(doomed);
      return runners.length + 1;
    },
    async 'runner that wakes up late'() {
      const first = aRunner();
      first.signal('SIGSTOP');
      const second = place.start();
      await someTime(900);
      first.signal('SIGCONT');
      await someTime(400);
      await killRunner(chance.pick([first, second]));
      return 1;
    },
    async 'two runners'() {
      place.start();
      await someTime(800);
      await killRunner(aRunner());
      return 1;
    },
    async SIGTERM() {
      return end(aRunner(), 1);
    },
    async 'SIGTERM twice'() {
      return end(aRunner(), 2);
    },
  };

  async function end(runner: RealRunner, times: number): Promise<number> {
    for (let sent = 0; sent < times; sent++) {
      runner.signal('SIGTERM');
      await someTime(100);
    }
    const exited = await Promise.race([runner.exited, pause(EXIT_MS, null)]);
    if (!exited) throw new Error(`a runner lives ${EXIT_MS} ms after SIGTERM\n${place.log().slice(-4000)}`);
    return 0;
  }

  return {
    async next() {
      if (place.living().length === 0) place.start();
      await someTime(chance.next() < 0.3 ? 60 : 600);
      if (place.living().length === 0) place.start();
      const act = chance.weighted(ACTS);
      const kills = await acts[act]();
      // Two at a time go on for a while; more would only keep each other from working.
      const [, ...others] = place.living();
      if (others.length > 1 || chance.next() < 0.6) await Promise.all(others.map(killRunner));
      return { act, kills };
    },
  };
}

async function victim<T>(look: () => T | undefined | false | Promise<T | undefined | false>): Promise<T | null> {
  return until('a victim', look, { ms: VICTIM_MS }).catch(() => null);
}
