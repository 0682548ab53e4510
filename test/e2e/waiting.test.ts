// What long waits look like on a terminal (util-linux `script`): a line that comes and goes, and is gone however the command ends.
import { spawnSync } from 'node:child_process';
import { describe, expect, it } from 'vitest';
import { descendantsOf } from '#blackboard/system/descendants.ts';
import { type AgentFixture, cliPath, fixtureForEach } from '#test/support/agent-fixture.ts';
import { fakeClaudePath } from '#test/support/isolated-claude.ts';

let fixture: AgentFixture;
fixtureForEach({ config: { claude: fakeClaudePath(), stopGraceSeconds: 60 } }, made => {
  fixture = made;
});

const ESC = '\u001b';
const CLEAR = `\r${ESC}[K`;

/** On a terminal of its own, running; `shown` is what it has written so far. */
function onTerminal(...args: string[]) {
  const command = `exec ${[process.execPath, cliPath, ...args].map(word => `'${word}'`).join(' ')}`;
  const env = { TERM: 'xterm', NO_COLOR: '1' };
  const running = fixture.place.start({ executable: 'script', args: ['-qec', command, '/dev/null'], env });
  let shown = '';
  running.child.stdout.on('data', (piece: string) => {
    shown += piece;
  });
  return {
    ...running,
    says: (words: RegExp) => fixture.until(`the terminal to show ${words}`, () => words.test(shown)),
  };
}

describe.skipIf(spawnSync('script', ['--version']).status !== 0)('on a terminal', () => {
  it('ask shows what it waits for, and takes it back before it prints what came', async () => {
    await fixture.agent('worker');
    fixture.start();
    const asked = await onTerminal('ask', 'worker', '@@DELAY 1500@@ @@SAY all is well@@').ended;
    expect(asked.code).toBe(0);
    expect(asked.stdout).toMatch(
      new RegExp(`[-|/\\\\] waiting for worker to answer, \\d+ s\\r${ESC}\\[Kall is well\\r\\n$`),
    );
    // NO_COLOR: nothing but the line's own clearing.
    expect(asked.stdout.replaceAll(CLEAR, '')).not.toContain(ESC);
  });

  it('Ctrl-C leaves a clean line, and the command ends by that signal', async () => {
    const agent = await fixture.agent('worker');
    fixture.start();
    await agent.send('@@HANG@@');
    await agent.childPid(1);
    for (const [args, words] of [
      [['stop', 'worker'], /waiting for the turns that run/],
      [['ask', 'worker', 'and this?'], /waiting for worker to answer/],
    ] as const) {
      const waiting = onTerminal(...args);
      await waiting.says(words);
      const [command] = await descendantsOf(waiting.pid);
      process.kill(command!.pid, 'SIGINT');
      const { code, stdout } = await waiting.ended;
      expect(code).toBe(130);
      expect(stdout.slice(stdout.lastIndexOf(words.source))).toContain(CLEAR);
      expect(stdout.slice(stdout.lastIndexOf(CLEAR) + CLEAR.length)).not.toMatch(words);
    }
  });
});

it('where stderr is no terminal, nothing of it is written', async () => {
  await fixture.agent('worker');
  const { code, stdout, stderr } = await fixture.command('ask', 'worker', 'x', '--timeout', '1.5');
  expect({ code, stdout }).toEqual({ code: 75, stdout: '' });
  expect(stderr).toMatch(/^agent-runner: the message waits: [^\r]*no reply from worker within 1.5 s[^\r]*$/);
});
