// A hook that dies anywhere, or whose word claude never read: what it meant to show is shown once, and never not at all.
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { makeInbox } from '#blackboard/inbox/deliver.ts';
import { readOutcome } from '#blackboard/inbox/outcome.ts';
import { agentLayout, inboxLayout, rootLayout } from '#blackboard/layout.ts';
import { limits } from '#blackboard/system/limits.ts';
import { hookStage, ROOT } from './hook-stage.ts';

/**
 * A hook of a prompt is killed at its n-th effect, or is given up by claude after it printed; claude goes on without it and the model
 * answers. `claims`: claude's transcript holds the text all the same, which it never does: for the control. Says what went wrong.
 */
async function killedAt(
  diesAt: number,
  { isRead = false, claims = false } = {},
): Promise<{ wrong: string | null; ended: boolean }> {
  const stage = await hookStage();
  await stage.run({ event: 'SessionStart', promptId: 'p0' });
  await stage.post('ENTRY-ONE');
  const id = await stage.send('MESSAGE-ONE');
  // A session that has been shown something before, so that there is something to settle beside it.
  const first = await stage.run({ event: 'UserPromptSubmit', promptId: 'p1' });
  await stage.claudeTakes('p1', first.text);
  await stage.modelAnswers();
  await stage.post('ENTRY-TWO');
  await stage.send('MESSAGE-TWO');
  const killed = await stage.run({ event: 'UserPromptSubmit', promptId: 'p2', diesAt });
  const written = stage.disk.dump().find(([path]) => path.includes('/unproven/news,p2'))?.[1];
  const invented = written === undefined ? null : `=== ${(JSON.parse(written) as { boundary: string }).boundary} ===`;
  const read = isRead ? killed.text : claims ? invented : null;
  await stage.claudeTakes('p2', read);
  await stage.modelAnswers();
  await stage.run({ event: 'Stop', promptId: 'p2' });
  const next = await stage.run({ event: 'UserPromptSubmit', promptId: 'p3' });
  await stage.claudeTakes('p3', next.text);
  await stage.modelAnswers();
  await stage.run({ event: 'Stop', promptId: 'p3' });
  const after = await stage.run({ event: 'UserPromptSubmit', promptId: 'p4' });
  const shown = [isRead ? killed.text : null, next.text, after.text].map(text => text ?? '');
  for (const words of ['ENTRY-TWO', 'MESSAGE-TWO']) {
    const times = shown.filter(text => text.includes(words)).length;
    if (times !== 1) return { wrong: `${words} was read ${times} times`, ended: killed.ended };
  }
  if (shown.some(text => text.includes('-ONE')))
    return { wrong: 'what was proven is shown again', ended: killed.ended };
  const outcome = await readOutcome(stage.disk, stage.layout.inbox, id);
  if (outcome?.outcome !== 'done') return { wrong: 'what was read is not done', ended: killed.ended };
  return { wrong: null, ended: killed.ended };
}

/** Every effect of the hook, and one beyond its last. */
async function everywhere(options: { isRead?: boolean; claims?: boolean }): Promise<string[]> {
  const wrong: string[] = [];
  for (let diesAt = 1; ; diesAt++) {
    const end = await killedAt(diesAt, options);
    if (end.wrong !== null) wrong.push(`killed at effect ${diesAt}: ${end.wrong}`);
    if (end.ended) {
      expect(diesAt, 'it has effects to be killed at').toBeGreaterThan(20);
      return wrong;
    }
  }
}

test('a hook that is killed anywhere, and one that printed in vain: shown at the next prompt, once', async () => {
  expect(await everywhere({})).toEqual([]);
});

test('the control: were the text taken for read, it would be lost where it had been written down and not printed', async () => {
  expect((await everywhere({ claims: true })).join('\n')).toContain('ENTRY-TWO was read 0 times');
});

test('a hook that printed and is killed in what it does after that: not shown again', async () => {
  for (let diesAt = 1; ; diesAt++) {
    const stage = await hookStage();
    await stage.run({ event: 'SessionStart', promptId: 'p0' });
    await stage.post('ENTRY');
    const first = await stage.run({ event: 'UserPromptSubmit', promptId: 'p1' });
    await stage.claudeTakes('p1', first.text);
    await stage.modelAnswers();
    await stage.post('SECOND');
    const killed = await stage.run({ event: 'UserPromptSubmit', promptId: 'p2', diesAt });
    if (killed.text !== null) {
      await stage.claudeTakes('p2', killed.text);
      await stage.modelAnswers();
      const next = await stage.run({ event: 'UserPromptSubmit', promptId: 'p3' });
      expect(`${killed.text}`).toContain('SECOND');
      expect(next.text, `killed at effect ${diesAt}`).toBeNull();
    }
    if (killed.ended) return;
  }
});

test('a transcript that comes while the hook at a stop waits for it is proof at that stop', async () => {
  let late = async () => {};
  const stage = await hookStage({ whileAsleep: () => late() });
  await stage.run({ event: 'SessionStart', promptId: 'p0' });
  const id = await stage.send('A-LITTLE-LATE');
  await stage.claudeTakes('p0', null);
  const first = await stage.run({ event: 'UserPromptSubmit', promptId: 'p1' });
  late = async () => {
    late = async () => {};
    await stage.claudeTakes('p1', first.text);
    await stage.modelAnswers();
  };
  await stage.run({ event: 'Stop', promptId: 'p1' });
  expect(await readOutcome(stage.disk, stage.layout.inbox, id)).toMatchObject({ outcome: 'done' });
});

test('the transcript that is late at a stop proves it at the next event', async () => {
  const stage = await hookStage();
  await stage.run({ event: 'SessionStart', promptId: 'p0' });
  const id = await stage.send('LATE');
  await stage.claudeTakes('p0', null);
  const first = await stage.run({ event: 'UserPromptSubmit', promptId: 'p1' });
  await stage.run({ event: 'Stop', promptId: 'p1' });
  expect(await readOutcome(stage.disk, stage.layout.inbox, id)).toBeNull();
  await stage.claudeTakes('p1', first.text);
  await stage.modelAnswers();
  expect((await stage.run({ event: 'UserPromptSubmit', promptId: 'p2' })).text).toBeNull();
  expect(await readOutcome(stage.disk, stage.layout.inbox, id)).toMatchObject({ outcome: 'done' });
});

test('the proof is found however much stands in the transcript before it, and however it was rewritten', async () => {
  for (const isRewritten of [false, true]) {
    const stage = await hookStage();
    await stage.run({ event: 'SessionStart', promptId: 'p0' });
    await stage.claudeTakes('p0', null);
    const line = `${JSON.stringify({ type: 'user', uuid: 'u', text: 'x'.repeat(limits.proofPieceBytes - 1_000) })}\n`;
    await stage.disk.append('/transcript.jsonl', line);
    const id = await stage.send('FAR-BEHIND');
    const first = await stage.run({ event: 'UserPromptSubmit', promptId: 'p1' });
    if (isRewritten) await stage.disk.remove('/transcript.jsonl');
    else for (let count = 0; count < 5; count++) await stage.disk.append('/transcript.jsonl', line);
    await stage.claudeTakes('p1', first.text);
    await stage.modelAnswers();
    await stage.run({ event: 'Stop', promptId: 'p1' });
    expect(await readOutcome(stage.disk, stage.layout.inbox, id)).toMatchObject({ outcome: 'done' });
  }
});

test('where claude keeps no transcript, a print and the turn’s end are the proof; a death before the print is none', async () => {
  for (const isKilled of [false, true]) {
    const stage = await hookStage();
    await stage.run({ event: 'SessionStart', promptId: 'p0' });
    await stage.post('WITHOUT-A-FILE');
    const diesAt = isKilled ? await effectsToRecord() : Number.POSITIVE_INFINITY;
    const shown = await stage.run({ event: 'UserPromptSubmit', promptId: 'p1', diesAt });
    expect(shown.ended).toBe(!isKilled);
    expect(stage.disk.dump().some(([path]) => path.includes('/unproven/news,p1'))).toBe(true);
    await stage.run({ event: 'Stop', promptId: 'p1' });
    const next = await stage.run({ event: 'UserPromptSubmit', promptId: 'p2' });
    expect(next.text?.includes('WITHOUT-A-FILE') ?? false).toBe(isKilled);
  }
});

/** At which effect a hook of a prompt dies whose record is written down, and nothing printed. */
async function effectsToRecord(): Promise<number> {
  for (let diesAt = 1; ; diesAt++) {
    const stage = await hookStage();
    await stage.run({ event: 'SessionStart', promptId: 'p0' });
    await stage.post('WITHOUT-A-FILE');
    const killed = await stage.run({ event: 'UserPromptSubmit', promptId: 'p1', diesAt });
    if (stage.disk.dump().some(([path]) => path.includes('/unproven/news,p1'))) {
      expect(killed.ended).toBe(false);
      return diesAt;
    }
  }
}

/**
 * An agent's question that has expired, and one that is no message; the hook that puts them aside is killed at its n-th effect, and the
 * next one is not. `forgets`: what was begun is gone in between, for the control. How often each of both deaths was told to whom.
 */
async function toldOfDeaths(diesAt: number, { forgets = false } = {}) {
  const stage = await hookStage();
  const { disk, layout } = stage;
  const agent = agentLayout(ROOT, 'b');
  const operator = inboxLayout(rootLayout(ROOT).operator);
  disk.prepare(agent.home, join(operator.inbox, '..'));
  await disk.create(agent.definition, '---\n---\n');
  for (const inbox of [agent.inbox, operator]) await makeInbox(disk, inbox);
  await stage.run({ event: 'SessionStart', promptId: 'p0' });
  const head = { from: 'b', kind: 'question' as const };
  const expired = await stage.send('EXPIRED', { ...head, expiresAt: new Date(stage.now()).toISOString() });
  const broken = await stage.send('BROKEN', head);
  const path = join(layout.inbox.new, (await disk.list(layout.inbox.new)).find(name => name.includes(broken))!);
  await disk.remove(path);
  await disk.create(path, '---\nfrom: "b"\nkind: ?\n---\nBROKEN');
  const killed = await stage.run({ event: 'UserPromptSubmit', promptId: 'p1', diesAt });
  if (forgets) for (const name of await disk.list(layout.inbox.dead)) await disk.remove(join(layout.inbox.dead, name));
  stage.pass(1_000);
  await stage.run({ event: 'UserPromptSubmit', promptId: 'p2' });
  await stage.run({ event: 'UserPromptSubmit', promptId: 'p3' });
  const notes = stage.disk
    .dump()
    .filter(([at]) => at.startsWith(`${agent.inbox.new}/`) || at.startsWith(`${operator.new}/`));
  const told = [expired, broken].flatMap(id =>
    [agent.inbox.new, operator.new].map(
      at => notes.filter(([note, text]) => note.startsWith(`${at}/`) && text.includes(`inReplyTo: ["${id}"]`)).length,
    ),
  );
  const outcomes = [];
  for (const id of [expired, broken]) outcomes.push((await readOutcome(disk, layout.inbox, id))?.outcome);
  return { told, outcomes, left: await disk.list(layout.inbox.new), ended: killed.ended };
}

test('who sent what expired, or what cannot be read, is told once, wherever the hook that puts it aside is killed', async () => {
  for (let diesAt = 1; ; diesAt++) {
    const { ended, ...end } = await toldOfDeaths(diesAt);
    expect(end, `killed at effect ${diesAt}`).toEqual({ told: [1, 1, 1, 1], outcomes: ['dead', 'dead'], left: [] });
    if (ended) break;
  }
});

test('the control: were what was begun forgotten, somebody would be told twice', async () => {
  const most: number[] = [];
  for (let diesAt = 1; ; diesAt++) {
    const { told, ended } = await toldOfDeaths(diesAt, { forgets: true });
    most.push(...told);
    if (ended) break;
  }
  expect(Math.max(...most)).toBe(2);
});
