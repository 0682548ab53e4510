import { expect, test } from 'vitest';
import { beginLife } from '#blackboard/peers/agent-life.ts';
import { derivedId } from '#blackboard/system/ids.ts';
import { addressLetter, deliverLetter, type Letter } from '#runner/verbs/outgoing.ts';
import { AGENT, createAgentWorld, ROOT } from '#test/unit/runner/agent-world.ts';

const letter = (text: string): Letter & { text: string } => ({
  to: AGENT,
  text,
  files: [],
  cwd: '/',
  kind: 'request',
  key: 'nightly',
  from: 'operator',
});

/** No sign of an agent or a claude: the operator calls. */
const address = (files: Parameters<typeof addressLetter>[0], text: string) =>
  addressLetter(files, ROOT, {}, letter(text), 0);

test('what is sent under a key to an agent of before lives has the id of before, and another once that name is another agent', async () => {
  const { files, context } = await createAgentWorld();
  const { id } = await address(files, 'x');
  expect(id).toBe(derivedId('key', AGENT, 'nightly'));
  await beginLife(files, context.layout.home);
  const second = await address(files, 'x');
  expect(second.id).not.toBe(id);
  expect((await address(files, 'x')).id).toBe(second.id);
});

test.each([
  ['another text', { text: 'other' }, {}],
  ['another kind', { text: 'x' }, { kind: 'question' as const }],
  ['another thread', { text: 'x', thread: 't' }, {}],
])('a key with %s is an error, the same again the same acceptance', async (_what, changes, addressed) => {
  const { files } = await createAgentWorld();
  const to = await address(files, 'x');
  const send = (said: ReturnType<typeof letter>, more = {}) =>
    deliverLetter(files, said, { ...to, ...more }, { kind: 'body', text: said.text });
  expect(await send(letter('x'))).toBe('delivered');
  expect(await send(letter('x'), { atMs: 5 })).toBe('duplicate');
  await expect(send({ ...letter('x'), ...changes }, addressed)).rejects.toMatchObject({ code: 'taken', exit: 65 });
});
