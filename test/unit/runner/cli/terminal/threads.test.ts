// What inbox and trace print of a thread, and of a message that is too long for a line.
import { afterEach, beforeEach, expect, test } from 'vitest';
import { inboxLayout, rootLayout } from '#blackboard/layout.ts';
import { limits } from '#blackboard/system/limits.ts';
import { run as inbox } from '#runner/cli/commands/inbox.ts';
import { run as trace } from '#runner/cli/commands/trace.ts';
import type { Call } from '#runner/cli/declare.ts';
import { type VerbRoot, verbRoot } from '#test/unit/runner/verbs/verb-root.ts';

let place: VerbRoot;
beforeEach(async () => {
  place = await verbRoot();
});
afterEach(() => place[Symbol.asyncDispose]());

/** What a command prints. */
async function printed(what: (call: Call) => Promise<unknown>): Promise<string> {
  let out = '';
  const show = <Result>(result: Result, said: (result: Result) => string) => {
    out += said(result);
  };
  await what({ root: undefined, json: false, env: {}, context: async () => place.context, show } as unknown as Call);
  return out;
}

test('the thread stands beside the sender, and of a long text how to read all of it', async () => {
  const operator = { inbox: inboxLayout(rootLayout(place.context.root).operator) };
  const long = 'word '.repeat(limits.messageHeadCharsMax / 5);
  const to = operator as Parameters<VerbRoot['deliver']>[0];
  const id = await place.deliver(to, { from: 'worker', kind: 'note', thread: 'release 2', body: `${long}!` });
  await place.deliver(to, { from: 'worker', kind: 'note', body: long });
  const lines = (await printed(call => inbox(call, undefined, {}))).split('\n');
  expect(lines[0]).toMatch(/worker {2}note {2}\(thread release 2\)$/);
  expect(lines[2]).toBe(`    ${long.length + 1} characters in all: agent-runner read ${id.slice(-8)}`);
  expect(lines.filter(line => /thread|in all/.test(line))).toHaveLength(2);
  expect(await printed(call => trace(call, id))).toContain('\n  in thread release 2\n');
});
