// A fleet as it may be on a weekday at three: agents of every state with believable work, a session, cards, a board, costs of two weeks.
import { spawn } from 'node:child_process';
import { appendFileSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { rootLayout, sessionLayout } from '#blackboard/layout.ts';
import { registerSession } from '#blackboard/peers/sessions.ts';
import { identifySync } from '#blackboard/system/process-identity.ts';
import { createRunnerFiles } from '#blackboard/system/runner-files.ts';
import { type Reply, type Script, text, tool } from '#runner/demo/model-server/reply.ts';
import type { AgentFixture, TestAgent } from '#test/support/agent-fixture.ts';
import { until } from '#test/support/until.ts';

const hang: Reply = { kind: 'hang' };
const usage = { input_tokens: 1_800, output_tokens: 900, cache_read_input_tokens: 84_000 };

/** One reply after the other, within a turn. */
const inOrder =
  (...replies: Reply[]): Script =>
  ({ toolRounds }) =>
    replies[Math.min(toolRounds, replies.length - 1)]!;

const REVIEW = `The change is sound, with one fault that has to be mended before it lands.

1. **\`src/session.ts\` line 41** compares the expiry in seconds with a clock in milliseconds, so a session never ends.
2. The new test passes for the wrong reason: its clock is frozen *after* the session was made.

| Check | Result |
| --- | --- |
| Unit tests | 412 pass |
| Types | clean |
| The fault above | **open** |

\`\`\`ts
if (session.expiresAt * 1000 <= now()) return null;
\`\`\`

I have mended the comparison and left the test as it is, because its author should decide what it means.`;

const SESSION_TS = `export function current(session: Session, now: () => number): Session | null {
  if (session.revokedAt !== null) return null;
  if (session.expiresAt <= now()) return null;
  return session;
}
`;

export interface Scene {
  agents: Record<string, TestAgent>;
}

/** `person`: files the operator's own calls; the runner has to be started already. */
export async function setScene(fixture: AgentFixture): Promise<Scene> {
  const { root, place } = fixture;
  const board = (...args: string[]) => fixture.command('post', ...args);
  const define = async (name: string, script: Script, front: Record<string, unknown> = {}): Promise<TestAgent> =>
    await fixture.agent(name, { script, front: { resident: false, ...front } });

  const reviewer = await define(
    'reviewer',
    ({ prompt, toolRounds }) => {
      if (/retry policy/.test(prompt))
        return tool('Bash', {
          command: 'npm publish --dry-run --workspace packages/client',
          description: 'See what would be published',
        });
      const file = join(reviewer.cwd, 'session.ts');
      return [
        tool('Read', { file_path: file }, { text: 'I read the change first, then run its tests.', usage }),
        tool('Bash', { command: 'true && echo 412 tests pass', description: 'Run the unit tests' }),
        tool('Edit', {
          file_path: file,
          old_string: '  if (session.expiresAt <= now()) return null;',
          new_string:
            '  // The token holds seconds, the clock tells milliseconds.\n  if (session.expiresAt * 1000 <= now()) return null;',
        }),
        text(REVIEW, { usage }),
      ][toolRounds]!;
    },
    { allowedTools: ['Read', 'Edit', 'Bash(true *)', 'Bash(echo *)'], model: 'claude-opus-4-5' },
  );
  writeFileSync(join(reviewer.cwd, 'session.ts'), SESSION_TS);
  const migrations = await define(
    'db-migrations',
    inOrder(text('Table `orders` has its new index. It took 38 s on the copy.', { usage })),
    { budget: { perTurnUsd: 1, perMessageUsd: 1, perDayUsd: 0.01 } },
  );
  const release = await define(
    'release-manager',
    inOrder(
      tool('AskUserQuestion', {
        questions: [
          {
            question: 'Version 4.2.0 has one open fault of medium weight. What shall be released?',
            header: 'Release',
            multiSelect: false,
            options: [
              { label: 'Wait for the fix', description: 'The reviewer expects it within the hour' },
              { label: '4.2.0 now', description: 'The fault goes into the release notes' },
              { label: '4.1.3 with the security fix only', description: 'Everything else waits until Thursday' },
            ],
          },
        ],
      }),
      text('Then I wait.'),
    ),
  );
  const tests = await define(
    'integration-tests',
    inOrder(
      tool(
        'Bash',
        { command: 'echo 118 of 240 suites' },
        { text: 'The suites run in four groups. The first two are green.' },
      ),
      hang,
    ),
    { allowedTools: ['Bash(echo *)'] },
  );
  const docs = await define(
    'docs-writer',
    inOrder(text('The page on retries is written: `docs/retries.md`, 2 examples, both run by the tests.', { usage })),
  );
  const infra = await define('infra', inOrder(text('ok')));
  const audit = await define(
    'frontend-accessibility-audit',
    inOrder(text('All 14 pages have been checked: 3 findings of weight *serious*, all of them contrast.', { usage })),
  );
  const triage = await define('nightly-triage', inOrder(text('Nothing new since 02:00.')));
  const translator = await define('translator', inOrder(text('Übersetzt: 31 Texte, 2 Rückfragen.', { usage })));
  const security = await define('security-scan', inOrder(text('ok')));
  security.define({ front: { cwd: join(place.root, 'checkout-that-was-moved') } });

  const answered = await reviewer.send(
    'Review the session change on branch `expiry`: is the comparison of times right, and do the tests show it?',
  );
  await audit.send('Check every page of the shop for accessibility, with the list from WCAG 2.2 AA.');
  await docs.send('Write the page on retries.');
  await translator.send('Translate the new texts of the settings page into German.');
  await migrations.send('Add the index on `orders.customer_id`, on the copy first.');
  await tests.send('Run all integration suites against the release candidate.');
  await release.send('Prepare the release of this week.');
  await reviewer.answer(answered);
  await until('the audit to be over', () => audit.transcriptLog().includes('14 pages'));
  await until('the docs to be written', () => docs.transcriptLog().includes('retries'));
  await reviewer.send('Now look at the retry policy of the client, and publish it as a dry run.');
  await migrations.send('The same index on `invoices.customer_id`.');
  await docs.send('An unreadable order', { expiresAt: new Date(Date.now() - 60_000).toISOString() });
  await infra.send('Renew the certificates of the staging hosts.');
  await fixture.command('pause', 'infra');
  await triage.send('Tell me tomorrow', { notBefore: new Date(Date.now() + 9 * 3_600_000).toISOString() });
  await fixture.command('status', '--set', 'waits for the fix of the session expiry');

  await board('--topic', 'release', '--key', 'candidate', '4.2.0-rc.2, built from `9c1f2e7`');
  await board(
    '--topic',
    'release',
    '--kind',
    'alert',
    'The session fault blocks **4.2.0**: do not tag before the reviewer says so.',
  );
  await board('--topic', 'database', 'The copy of production is from 04:00. Its size is 212 GB.');
  await board('--kind', 'question', 'Who owns the flaky suite `checkout/3ds`? It failed twice today.');
  await fixture.command('task', 'add', 'Write the release notes of 4.2.0');
  await fixture.command('task', 'add', 'Mend the contrast of the three pages that the audit names');
  await fixture.command('claim', join(reviewer.cwd, 'session.ts'));

  for (let day = 1; day < 14; day++) {
    const date = new Date(Date.now() - day * 86_400_000).toISOString().slice(0, 10);
    const weekday = new Date(date).getUTCDay();
    const share = weekday === 0 || weekday === 6 ? 0.15 : 1;
    mkdirSync(rootLayout(root).costs, { recursive: true });
    for (const [at, agent] of [
      'reviewer',
      'integration-tests',
      'docs-writer',
      'frontend-accessibility-audit',
      'translator',
    ].entries())
      appendFileSync(
        join(rootLayout(root).costs, `${date}.jsonl`),
        `${JSON.stringify({ agent, turn: 100 + day, at: `${date}T12:00:00.000Z`, usd: share * (3.1 - at * 0.55 + ((day * day * 7 + at * 3) % 11) * 0.3) })}\n`,
      );
  }

  const files = createRunnerFiles();
  const terminal = spawn('sleep', ['3600'], { stdio: 'ignore' });
  place.killLater(terminal.pid!);
  const session = await registerSession(
    files,
    root,
    {
      ...{ id: '7d0c6a52-3f1e-4c0b-9a55-0b8f6d1e2c11', cwd: join(place.root, 'shop'), branch: 'expiry', tmux: null },
      ...{
        process: identifySync(terminal.pid!),
        configDir: null,
        transcript: null,
        startedAt: new Date().toISOString(),
      },
    },
    'shop',
  );
  writeFileSync(sessionLayout(root, session.id).state, 'idle\n');
  await fixture.command(
    'send',
    'shop',
    'The reviewer has found a fault in your branch: see its answer before you go on.',
  );
  return { agents: { reviewer, migrations, release, tests, docs, infra, audit, triage, translator, security } };
}
