// Texts are sent into the pane of the real claude while a person types there at random moments: no word of theirs is lost, and of no
// text anybody is told what is not so. AGENT_RUNNER_TEST_FULL: 100 texts. AGENT_RUNNER_TEST_SEED: another schedule.
import { existsSync, readFileSync } from 'node:fs';
import { setTimeout as pause } from 'node:timers/promises';
import { expect, test } from 'vitest';
import { rootLayout } from '#blackboard/layout.ts';
import { createChance } from '#test/support/crash-random.ts';
import { buildForFile, type Hooked, hookedClaude, type Terminal } from '#test/support/interactive-claude.ts';
import { person } from '#test/support/person.ts';
import { faultsIn, type Told, toldBy, typingPerson } from '#test/support/typing-beside.ts';

const built = buildForFile();
const SENDS = process.env.AGENT_RUNNER_TEST_FULL ? 100 : 15;
const SEED = Number(process.env.AGENT_RUNNER_TEST_SEED ?? 15);
const ours = (at: number) => `[agent-runner] m${String(at).padStart(3, '0')} @@SAY ok@@`;

test(`no draft is destroyed and no text is lost or doubled beside a person who types`, {
  timeout: 30_000 + SENDS * 15_000,
}, async () => {
  await using hooked = await hookedClaude(built.dist);
  hooked.tmux('-f', '/dev/null', 'new-session', '-d', '-s', 'anchor', 'sleep 3600');
  using operator = person(hooked.root, hooked.place.env);
  const terminal = await hooked.terminal();
  const chance = createChance(SEED);
  const human = typingPerson(chance, key => terminal.keys(key));
  const told: Told[] = [];
  for (let at = 0; at < SENDS; at++) {
    const stashes = chance.next() < 0.3;
    const when = at === 0 ? 'never' : chance.weighted({ never: 2, before: 1, within: 7 });
    const logged = writes(hooked.root);
    const words = ours(at).replace('[agent-runner] ', '');
    const args = [
      terminal.pane,
      words,
      '--via',
      'tmux',
      '--socket',
      hooked.tmuxSocket,
      ...(stashes ? ['--stash'] : []),
    ];
    let isOver = false;
    const sending = operator.types('send', ...args).finally(() => {
      isOver = true;
    });
    // Its gate was open: now it writes.
    if (when === 'within') await hooked.until('the first key', () => isOver || writes(hooked.root) > logged);
    await pause(chance.between(0, when === 'before' ? 500 : 200));
    // A typo that is taken back while its draft is in the stash would take a letter of another one: that is theirs.
    if (when !== 'never') await human.burst({ ends: chance.next() < 0.6, erases: !stashes });
    told.push(toldBy(ours(at), await sending));
    // Most drafts are sent by their person in the end; some are there when the next text comes.
    if (chance.next() < 0.85) terminal.keys('Enter');
    await hooked.until('the end of its turn', () => !terminal.screen().includes('esc to interrupt'));
  }
  const seen = await whatIsThere(hooked, terminal);
  const counts = (['sent', 'astray', 'mixed', 'refused', 'unsent', 'unproven'] as const).map(
    as => `${told.filter(each => each.as === as).length} ${as}`,
  );
  console.log(
    `${SENDS} texts beside a person (seed ${SEED}): ${counts.join(', ')}; ${human.words.length} words of theirs`,
  );
  expect(faultsIn(told, human.words, seen), JSON.stringify(seen)).toEqual([]);
  expect(told.filter(({ as }) => as === 'sent').length).toBeGreaterThan(0);
});

test('the same check finds out a sender that presses Enter without having looked', { timeout: 60_000 }, async () => {
  await using hooked = await hookedClaude(built.dist);
  hooked.tmux('-f', '/dev/null', 'new-session', '-d', '-s', 'anchor', 'sleep 3600');
  const terminal = await hooked.terminal();
  const human = typingPerson(createChance(SEED), key => terminal.keys(key));
  const told: Told[] = [];
  for (let at = 0; at < 2; at++) {
    await human.burst({ ends: false, erases: false });
    hooked.tmux('set-buffer', '-b', 'blind', ours(at));
    hooked.tmux('paste-buffer', '-p', '-d', '-b', 'blind', '-t', terminal.pane);
    terminal.keys('Enter');
    told.push({ text: ours(at), as: 'sent' });
  }
  const faults = faultsIn(told, human.words, await whatIsThere(hooked, terminal));
  expect(faults).toEqual(
    expect.arrayContaining([
      expect.stringMatching(/^m000 was told as sent/),
      expect.stringMatching(/^m001 was told as sent/),
    ]),
  );
});

/** Lines of the log of what was written into panes. */
const writes = (root: string): number => {
  const { paneLog } = rootLayout(root);
  return existsSync(paneLog) ? readFileSync(paneLog, 'utf8').split('\n').length : 0;
};

/** What the model got, and what is left in the box and in the stash. The pane is empty then. */
async function whatIsThere(hooked: Hooked, terminal: Terminal): Promise<{ prompts: string[]; left: string[] }> {
  const { id } = (await terminal.session()).peer;
  const pane = async () => JSON.parse(await hooked.cli(['status', id, '--json'])).pane;
  const rests = () =>
    hooked.until('the pane to rest', async () => {
      const { state, subtype } = await pane();
      return state === 'idle' || (state === 'drafting' && subtype !== 'busy');
    });
  const left: string[] = [];
  for (let round = 0; round < 2; round++) {
    await rests();
    left.push(
      terminal
        .screen()
        .split(/^─{20,}.*$/m)
        .at(-2) ?? '',
    );
    await hooked.until('an empty box', async () => {
      if ((await pane()).state === 'idle') return true;
      terminal.keys('C-u', 'BSpace');
      return false;
    });
    if (!/draft stashed$/m.test(terminal.screen())) break;
    terminal.keys('C-s');
    await hooked.until('what was put aside', async () => (await pane()).state === 'drafting');
  }
  await terminal.prompt('the very last one @@SAY bye@@');
  const body = await hooked.until('its request', () =>
    hooked.bodies(id).findLast(each => each.includes('the very last one')),
  );
  const messages: { role: string; content: string | { type: string; text?: string }[] }[] = JSON.parse(body);
  const texts = messages
    .filter(({ role }) => role === 'user')
    .flatMap(({ content }) => (typeof content === 'string' ? [content] : content.map(({ text = '' }) => text)));
  return { prompts: texts.filter(text => !/^<system-reminder>|^the very last one/.test(text)), left };
}
