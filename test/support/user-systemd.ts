// A real `systemd --user` for one test: with a HOME and a runtime directory of its own, in a mount namespace in which
// /run/systemd/system is there (without it systemd refuses to start). Linux, as root; elsewhere there is none.
import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';

const SYSTEMD = ['/usr/lib/systemd/systemd', '/lib/systemd/systemd'].find(path => existsSync(path));

export type UserSystemd = AsyncDisposable & {
  /** What `systemctl --user` needs to find it. */
  env: Record<string, string>;
  systemctl(...args: string[]): { code: number | null; stdout: string };
};

/** Why there can be none here, or null. */
export function whyNoUserSystemd(): string | null {
  if (process.platform !== 'linux') return 'not Linux';
  if (!SYSTEMD) return 'systemd is not installed';
  if (process.getuid?.() !== 0) return 'not root';
  return spawnSync('unshare', ['-m', 'true']).status === 0 ? null : 'no mount namespaces';
}

/** Resolves when it answers; null if it does not come up here (no cgroups that may be written). */
export async function userSystemd(directory: string, env: Record<string, string>): Promise<UserSystemd | null> {
  const runtime = join(directory, 'runtime');
  mkdirSync(runtime, { mode: 0o700 });
  const own = { ...env, XDG_RUNTIME_DIR: runtime };
  const script = `mount --make-rprivate / && mount -t tmpfs tmpfs /run && mkdir -p /run/systemd/system && exec ${SYSTEMD} --user`;
  const child = spawn('unshare', ['-m', 'sh', '-c', script], { env: own, stdio: 'ignore' });
  const ended = once(child, 'exit');
  const systemctl = (...args: string[]) => {
    const { status, stdout } = spawnSync('systemctl', ['--user', ...args], {
      env: own,
      encoding: 'utf8',
      timeout: 30_000,
    });
    return { code: status, stdout };
  };
  const dispose = async () => {
    systemctl('exit');
    const timer = setTimeout(() => child.kill('SIGKILL'), 15_000);
    await ended;
    clearTimeout(timer);
  };
  const deadlineAt = Date.now() + 20_000;
  while (child.exitCode === null && Date.now() < deadlineAt) {
    if (systemctl('show', '--property=Version').code === 0)
      return { env: { XDG_RUNTIME_DIR: runtime }, systemctl, [Symbol.asyncDispose]: dispose };
    await pause(50);
  }
  await dispose();
  return null;
}
