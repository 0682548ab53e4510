// Runs a command in a network namespace that has loopback and nothing else, so that nothing of it can leave this machine:
// node scripts/offline.mjs <command> [argument...]. Where no such namespace is permitted, it says so and runs it as it is.
// AGENT_RUNNER_OFFLINE=1 tells the command that it is inside.
import { spawn, spawnSync } from 'node:child_process';

const [command, ...args] = process.argv.slice(2);
const withLoopback = (...last) => ['sh', '-c', `ip link set lo up && exec ${last.join(' ')} "$@"`, 'sh'];
// Who is not root keeps their own uid, and gives up what the namespace has brought once loopback is up.
const enter =
  process.getuid?.() === 0
    ? ['unshare', '--net', ...withLoopback()]
    : [
        'unshare',
        '--map-current-user',
        '--keep-caps',
        '--net',
        ...withLoopback('setpriv', '--inh-caps=-all', '--ambient-caps=-all', '--'),
      ];
const tried = spawnSync(enter[0], [...enter.slice(1), 'true'], { encoding: 'utf8' });
const isInside = tried.status === 0;
const why = tried.error?.code ?? tried.stderr?.trim().split('\n').at(-1);
process.stderr.write(
  isInside ? 'network: loopback only\n' : `network: as it is here; no namespace for loopback only (${why})\n`,
);
const [executable, ...rest] = isInside ? [...enter, command, ...args] : [command, ...args];
const env = isInside ? { ...process.env, AGENT_RUNNER_OFFLINE: '1' } : process.env;
const child = spawn(executable, rest, { stdio: 'inherit', env });
for (const signal of ['SIGINT', 'SIGTERM']) process.on(signal, () => child.kill(signal));
child.on('error', error => {
  process.stderr.write(`${executable}: ${error.message}\n`);
  process.exitCode = 127;
});
child.on('exit', (code, signal) => {
  process.exitCode = signal ? 1 : (code ?? 1);
});
