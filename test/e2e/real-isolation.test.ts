// Nothing leaves the machine, and a person's terminal is respected: the whole run in a network namespace, a session open in tmux.
import { execFileSync, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { connect } from 'node:net';
import { networkInterfaces } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';
import { expect, it } from 'vitest';
import { agentFixture, cliPath, timesIn } from '#test/support/agent-fixture.ts';
import { dummyKey, realClaudePath } from '#test/support/isolated-claude.ts';
import type { NamespaceReport } from '#test/support/start-in-namespace.ts';

/** The command that runs its arguments with a loopback interface and nothing else; a reason where that is not permitted. */
function loneNetwork(): { command: string[] } | { reason: string } {
  const enter = ['sh', '-c', 'ip link set lo up && exec "$@"', 'sh'];
  const ways = [
    ['unshare', '-n', ...enter],
    ['unshare', '-rn', ...enter],
  ];
  const tried = ways.map(way => ({ way, result: spawnSync(way[0]!, [...way.slice(1), 'true'], { encoding: 'utf8' }) }));
  const working = tried.find(({ result }) => result.status === 0);
  if (working) return { command: working.way };
  return {
    reason: `no network namespace here: ${tried.map(({ result }) => result.error ?? result.stderr.trim()).join('; ')}`,
  };
}

// `npm test` enters it, where the machine permits (scripts/offline.mjs).
it.runIf(process.env.AGENT_RUNNER_OFFLINE === '1')('this whole run has loopback only', async () => {
  expect(Object.keys(networkInterfaces())).toEqual(['lo']);
  const socket = connect({ host: '192.0.2.1', port: 443 });
  const [error] = await once(socket, 'error');
  expect(error).toMatchObject({ code: 'ENETUNREACH' });
});

it('works in a network namespace that has loopback only', async context => {
  const network = loneNetwork();
  if ('reason' in network) return context.skip(network.reason);
  await using fixture = await agentFixture();
  const agent = await fixture.agent('hermit', { front: { allowedTools: ['Write'] } });
  const path = join(agent.cwd, 'made.txt');
  const first = await agent.send(`@@TOOL Write {"file_path":"${path}","content":"made"}@@ @@SAY made@@`);
  const second = await agent.send('and? @@SAY that is all@@');
  const script = join(fixture.place.root, 'start-in-namespace.mjs');
  await build({
    entryPoints: [fileURLToPath(new URL('../support/start-in-namespace.ts', import.meta.url))],
    outfile: script,
    bundle: true,
    platform: 'node',
    format: 'esm',
    target: 'node20.19',
  });
  const [executable = '', ...args] = [
    ...network.command,
    ...[process.execPath, script, cliPath, JSON.stringify(fixture.place.env)],
  ];
  const { stdout, stderr } = await fixture.place.run({ executable, args });
  const report: NamespaceReport = JSON.parse(stdout || JSON.stringify({ stderr }));
  expect(report).toMatchObject({ code: 0, interfaces: ['lo'], outside: 'ENETUNREACH', requests: 3 });
  expect(await agent.answer(first)).toBe('made');
  expect(await agent.answer(second)).toBe('that is all');
  expect(existsSync(path)).toBe(true);
  // Not the server outside: nobody could have reached it.
  expect(fixture.server.requests).toEqual([]);
});

it('waits while a person has the session open in a terminal, says so, and goes on when it is closed', async context => {
  if (spawnSync('tmux', ['-V']).status !== 0) return context.skip('tmux is not installed');
  await using fixture = await agentFixture();
  const { place } = fixture;
  const agent = await fixture.agent('shared');
  const runner = fixture.start();
  await agent.answer(await agent.send('the first work @@SAY done@@'));
  await agent.ended(1);
  const { sessionId } = agent.intent(1);

  writeFileSync(join(place.home, '.claude.json'), JSON.stringify(pastOnboarding(agent.cwd)));
  const tmux = (...args: string[]) =>
    execFileSync('tmux', ['-S', join(place.root, 'tmux'), '-f', '/dev/null', ...args], {
      env: { ...place.env, TERM: 'xterm-256color' },
      cwd: agent.cwd,
      encoding: 'utf8',
    });
  tmux('new-session', '-d', '-x', '120', '-y', '40', `exec ${realClaudePath()} --resume ${sessionId}`);
  place.killLater(Number(tmux('display-message', '-p', '#{pid}')));
  const registry = join(place.home, '.claude/sessions');
  const person = await fixture.until('the session in the terminal', () =>
    readdirSync(registry)
      .filter(name => name.endsWith('.json'))
      .map(name => registered(join(registry, name)))
      .find(entry => entry?.sessionId === sessionId && entry.entrypoint === 'cli' && entry.status === 'idle'),
  );

  const id = await agent.send('the second work @@SAY done, too@@');
  await runner.says(new RegExp(`shared: waiting for its session \\(pid ${person.pid} has it open\\)`));
  tmux('send-keys', '-l', 'typed by a person @@SAY hello, person@@');
  tmux('send-keys', 'Enter');
  await fixture.server.seen(({ prompt }) => prompt.startsWith('typed by a person'));
  await fixture.until('the answer on the screen', () => tmux('capture-pane', '-p').includes('● hello, person'));
  expect(agent.turns()).toEqual([1]);

  tmux('kill-server');
  expect(await agent.answer(id)).toBe('done, too');
  expect(agent.intent(2)).toMatchObject({ sessionId, resume: true });
  // One conversation, no branch: the agent's second turn has seen what the person typed.
  for (const words of ['the first work', 'typed by a person', 'the second work'])
    expect(timesIn(agent.requests().at(-1)!.prompts.join('\n'), words)).toBe(1);
});

/** `~/.claude.json` of somebody who has used claude before: no dialog is shown. */
const pastOnboarding = (cwd: string) => ({
  hasCompletedOnboarding: true,
  theme: 'dark',
  lastOnboardingVersion: '2.1.329',
  customApiKeyResponses: { approved: [dummyKey.slice(-20)], rejected: [] },
  projects: { [cwd]: { hasTrustDialogAccepted: true, hasCompletedProjectOnboarding: true } },
});

type Registered = { pid: number; sessionId: string; entrypoint: string; status: string };

/** An entry of claude's registry; null while claude is writing it. */
function registered(path: string): Registered | null {
  try {
    return JSON.parse(readFileSync(path, 'utf8'));
  } catch {
    return null;
  }
}
