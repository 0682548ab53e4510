import { expect, it } from 'vitest';
import { inboxLayout } from '#blackboard/layout.ts';
import { decodeMessage } from '#blackboard/messages/message-decode.ts';
import { limits } from '#blackboard/system/limits.ts';
import { createStuckNotes } from '#runner/fleet/stuck-notes.ts';
import { eventsIn } from '#test/support/events-in.ts';
import { type AgentWorld, createAgentWorld, ROOT } from '#test/unit/runner/agent-world.ts';

const inbox = inboxLayout(`${ROOT}/operator`);

async function notes({ files }: AgentWorld): Promise<string[]> {
  const texts = (await files.list(inbox.new)).map(async name => {
    const bytes = await files.read(`${inbox.new}/${name}`);
    return decodeMessage(Buffer.from(bytes!).toString(), name).body;
  });
  return await Promise.all(texts);
}

const notesOf = (world: AgentWorld) => createStuckNotes({ files: world.files, root: ROOT, clock: world.clock });

it('a broken agent.md is told when it has rested, once, also by the next runner; mended and broken again, it is told again', async () => {
  const world = await createAgentWorld();
  const { files, clock } = world;
  const { layout } = world.context;
  const first = notesOf(world);
  await first.broken(layout, 'agent.md:3: unknown key "modle"');
  expect(await notes(world)).toEqual([]);
  await clock.advance(limits.brokenRestMs);
  await first.broken(layout, 'agent.md:3: unknown key "modle"');
  await first.broken(layout, 'agent.md:3: unknown key "modle"');
  await notesOf(world).broken(layout, 'agent.md:3: unknown key "modle"');
  expect(await notes(world)).toEqual([
    'Agent a waits, because agent.md:3: unknown key "modle"; mend it with: agent-runner edit a\n',
  ]);
  expect((await eventsIn(files, layout.events)).filter(({ type }) => type === 'agent.stuck')).toMatchObject([
    { peer: 'a', problem: 'agent.md:3: unknown key "modle"', mend: null },
  ]);
  await files.remove(layout.definition);
  await files.create(layout.definition, '---\nmodle: x\n---\n');
  await clock.advance(limits.brokenRestMs);
  await first.broken(layout, 'agent.md:2: unknown key "modle"');
  expect(await notes(world)).toHaveLength(2);
});

it('what is told is not told again when its id was forgotten and this process still runs', async () => {
  const world = await createAgentWorld();
  const stuck = notesOf(world);
  const missing = { problem: 'cwd /x does not exist', remedy: 'make it, or change cwd in agent.md' };
  await stuck.missing(world.context.layout, missing, 7);
  expect(await notes(world)).toEqual([
    'Agent a waits, because cwd /x does not exist: make it, or change cwd in agent.md (agent-runner edit a)\n',
  ]);
  for (const directory of [inbox.ids, inbox.new])
    for (const name of await world.files.list(directory)) await world.files.remove(`${directory}/${name}`);
  await stuck.missing(world.context.layout, missing, 7);
  expect(await notes(world)).toEqual([]);
  await stuck.missing(world.context.layout, missing, 8);
  expect(await notes(world)).toHaveLength(1);
});
