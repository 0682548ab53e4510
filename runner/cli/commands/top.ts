/** `agent-runner top`: all agents and sessions on a terminal, live, with keys to answer, write, wake and follow. */
import { reasonOf, usageError } from '#blackboard/system/errors.ts';
import { printableLine } from '#blackboard/text/printable.ts';
import type { Call, Declaration } from '#runner/cli/declare.ts';
import { here } from '#runner/cli/terminal/typed.ts';
import type { Effect, TopState } from '#runner/cli/top/state.ts';
import type { PeerLine } from '#runner/dashboard/peer-feed.ts';

export const command: Declaration = {
  words: 'top',
  heading: 'What they do',
  about: 'all agents and sessions on your terminal, live: follow, answer, write, wake',
  examples: ['agent-runner top', 'agent-runner --root ~/other top'],
  exits: { 64: 'not on a terminal' },
};

export async function run(call: Call): Promise<void> {
  if (!process.stdin.isTTY || !process.stdout.isTTY)
    throw usageError('top needs a terminal', 'In a script: agent-runner list --json');
  const context = await call.context();
  const [
    { createFleetFeed },
    { followPeer },
    { BEGIN, pressed, withLines, withNews },
    { screenLines },
    { openScreen },
  ] = await Promise.all([
    import('#runner/dashboard/fleet-feed.ts'),
    import('#runner/dashboard/peer-feed.ts'),
    import('#runner/cli/top/state.ts'),
    import('#runner/cli/top/screen.ts'),
    import('#runner/cli/top/terminal-screen.ts'),
  ]);
  const { paintFor } = await import('#runner/text/terminal.ts');
  const { eventLines } = await import('#runner/events/event-lines.ts');
  const paint = paintFor(process.stdout, call.env);
  const over = new AbortController();
  let state: TopState = BEGIN;
  let following = new AbortController();
  let isDue = false;
  const { promise, resolve } = ended();

  /** Changes that come together are one picture. */
  const draw = (): void => {
    if (isDue) return;
    isDue = true;
    setImmediate(() => {
      isDue = false;
      if (!over.signal.aborted) screen.draw(screenLines(state, screen.size(), paint, Date.now()));
    });
  };
  const become = (next: TopState): void => {
    state = next;
    draw();
  };
  const tellFault = (error: unknown): void => become({ ...state, said: reasonOf(error) });
  await using feed = createFleetFeed(context, tellFault);

  const shown = (line: PeerLine): string[] =>
    'event' in line
      ? eventLines(line.event, Date.now()).trimEnd().split('\n')
      : [`${line.said.role}: ${printableLine(line.said.text)}`];

  function open(name: string): void {
    following.abort();
    following = new AbortController();
    const { signal } = following;
    followPeer(context, feed, { name, sinceMs: 0, signal }, lines => {
      if (!signal.aborted) become(withLines(state, lines.flatMap(shown)));
    }).catch(tellFault);
  }

  async function act(effect: Effect): Promise<void> {
    switch (effect.do) {
      case 'end':
        return resolve();
      case 'suspend':
        return screen.suspend();
      case 'open':
        return open(effect.name);
      case 'close':
        return following.abort();
    }
    const { said } = await import('#runner/cli/top/effects.ts');
    become({ ...state, said: await said(context, effect, here()) });
  }

  using screen = openScreen({
    key(key) {
      const [next, effect] = pressed(state, key);
      become(next);
      if (effect) act(effect).catch(tellFault);
    },
    resized: () => setImmediate(draw),
  });
  feed.follow(over.signal, news => become(withNews(state, news)));
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.once(signal, resolve);
  const clock = setInterval(draw, AGES_MS);
  await promise;
  clearInterval(clock);
  following.abort();
  over.abort();
}

/** Milliseconds after which ages are shown again. */
const AGES_MS = 5_000;

function ended(): { promise: Promise<void>; resolve: () => void } {
  let resolve = () => {};
  const promise = new Promise<void>(done => {
    resolve = done;
  });
  return { promise, resolve };
}
