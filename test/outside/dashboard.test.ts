// The page in a browser, in front of the real claude: who gets in, work that is sent and comes back, cards, what peers wrote, and what
// another page can do, which is nothing.
import { existsSync, readFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { dirname, join } from 'node:path';
import { gzipSync } from 'node:zlib';
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { createRunnerFiles } from '#blackboard/system/runner-files.ts';
import { endSessions } from '#runner/dashboard/access.ts';
import { text, tool } from '#runner/demo/model-server/reply.ts';
import { type AgentFixture, agentFixture, cliPath } from '#test/support/agent-fixture.ts';
import { type Dashboard, noBrowser, startBrowser, startDashboard, visit } from '#test/support/dashboard.ts';

let fixture: AgentFixture;
let dashboard: Dashboard;
let browser: Browser;
beforeAll(async () => {
  if (noBrowser) return;
  fixture = await agentFixture();
  await fixture.start().says(/watching/);
  dashboard = await startDashboard(fixture);
  browser = await startBrowser();
});
afterAll(async () => {
  await browser?.close();
  await dashboard?.[Symbol.asyncDispose]();
  await fixture?.[Symbol.asyncDispose]();
});

const goTo = (page: Page, hash: string) => page.evaluate(`location.hash = ${JSON.stringify(hash)}`);
const write = async (page: Page, words: string) => {
  await page.getByLabel('Message', { exact: true }).fill(words);
  await page.getByLabel('Message', { exact: true }).press('Control+Enter');
};
const touch = (file: string) => `@@TOOL Bash ${JSON.stringify({ command: `touch ${file}` })}@@ @@SAY it went on@@`;

describe.skipIf(noBrowser)(`the page${noBrowser ? ` (${noBrowser})` : ''}`, () => {
  test('a link opens it once, and leaves the address at once; without one it says how to get in', async () => {
    const link = await dashboard.link();
    await using first = await visit(browser, { ...dashboard, link: async () => link });
    await first.page.getByRole('heading', { name: 'Fleet' }).waitFor();
    expect(first.page.url()).toBe(`${dashboard.origin}/`);
    await first.page.reload();
    await first.page.getByRole('heading', { name: 'Fleet' }).waitFor();

    await using second = await visit(browser, { ...dashboard, link: async () => link });
    await second.page.getByText('this link does not count').waitFor();
    await using stranger = await visit(browser, { ...dashboard, link: async () => dashboard.origin });
    await stranger.page.getByText('has not opened the page yet').waitFor();
    await stranger.page.getByText('agent-runner dashboard link').waitFor();
    expect(await stranger.page.locator('nav').count()).toBe(0);
  });

  test('what is sent appears, its answer streams in, and it counts as work that nobody has looked at yet', async () => {
    const agent = await fixture.agent('streamer', {
      script: ({ toolRounds }) =>
        toolRounds === 0
          ? tool('Bash', { command: 'echo one', description: 'Count' }, { text: 'I **begin**.' })
          : text('All is *done*.'),
      front: { allowedTools: ['Bash(echo *)'] },
    });
    await using visited = await visit(browser, dashboard);
    const { page, complaints } = visited;
    await page.locator('main').getByText('streamer').click();
    await write(page, 'Count to **one**, please.');
    await page.locator('.message strong', { hasText: 'one' }).waitFor();
    await page.getByText('Delivered').waitFor();
    await page.locator('.turn strong', { hasText: 'begin' }).waitFor();
    await page.locator('.turn summary', { hasText: 'echo one' }).waitFor();
    await page.locator('.turn em', { hasText: 'done' }).waitFor();
    await page.locator('.turn footer', { hasText: 'answered' }).waitFor();
    await page.locator('.message', { hasText: 'answered' }).waitFor();
    expect(await page.getByLabel('Message', { exact: true }).inputValue()).toBe('');
    await page.keyboard.press('Escape');
    await page.keyboard.press('Escape');
    await page.locator('.work-row.is-new', { hasText: 'Count to' }).first().waitFor();
    await page.getByRole('link', { name: 'Inbox' }).click();
    await page.locator('.letter', { hasText: 'All is done.' }).getByRole('button', { name: 'Put away' }).click();
    await page.locator('.letter', { hasText: 'All is done.' }).waitFor({ state: 'detached' });
    expect(agent.ids()).toHaveLength(1);
    expect(complaints).toEqual([]);
  });

  test('after an answer that never arrived, the same draft sent again is the same message', async () => {
    const agent = await fixture.agent('once');
    await using visited = await visit(browser, dashboard);
    const { page } = visited;
    await goTo(page, '#/peers/once');
    await page.route('**/api/verbs/send', async route => {
      await route.fetch();
      await route.abort();
    });
    await write(page, 'exactly once');
    await page.getByText('the server does not answer').first().waitFor();
    await page.unroute('**/api/verbs/send');
    // The draft outlives the page.
    await page.reload();
    expect(await page.getByLabel('Message', { exact: true }).inputValue()).toBe('exactly once');
    await page.getByRole('button', { name: 'Send', exact: true }).click();
    await page.getByText('Delivered').waitFor();
    expect(agent.ids()).toHaveLength(1);
  });

  test('a file that is pasted goes along', async () => {
    const agent = await fixture.agent('painter');
    await using visited = await visit(browser, dashboard);
    const { page } = visited;
    await goTo(page, '#/peers/painter');
    await page.getByLabel('Message', { exact: true }).fill('Look at this');
    await page.evaluate(`(() => {
      const data = new DataTransfer();
      data.items.add(new File([new Uint8Array([137, 80, 78, 71])], 'shot.png', { type: 'image/png' }));
      document.getElementById('composer').dispatchEvent(new ClipboardEvent('paste', { clipboardData: data, bubbles: true, cancelable: true }));
    })()`);
    await page.getByText('shot.png').waitFor();
    await page.getByRole('button', { name: 'Send', exact: true }).click();
    await page.getByText('Delivered').waitFor();
    expect(agent.message(agent.ids()[0]!).attachments).toMatchObject([{ name: 'shot.png', sizeBytes: 4 }]);
  });

  test('a person approves a call of the real claude, and denies another with a reason, by keys', async () => {
    const agent = await fixture.agent('asker');
    await using visited = await visit(browser, dashboard);
    const { page } = visited;
    await page.getByRole('heading', { name: 'Fleet' }).waitFor();
    const allowed = await agent.send(touch('allowed.txt'));
    const card = page.locator('main [data-card]', { hasText: 'touch allowed.txt' });
    await card.waitFor();
    await expect.poll(() => page.title()).toMatch(/^\(1\) /);
    await card.focus();
    await page.keyboard.press('a');
    expect(await agent.answer(allowed)).toBe('it went on');
    expect(existsSync(join(agent.cwd, 'allowed.txt'))).toBe(true);
    await card.waitFor({ state: 'detached' });

    const denied = await agent.send(touch('denied.txt'));
    const other = page.locator('main [data-card]', { hasText: 'touch denied.txt' });
    await other.focus();
    await page.keyboard.press('d');
    await page.keyboard.type('not in this directory');
    await page.keyboard.press('Enter');
    expect(await agent.answer(denied)).toBe('it went on');
    expect(existsSync(join(agent.cwd, 'denied.txt'))).toBe(false);
    expect(agent.lastText()).toContain('not in this directory');
    await expect.poll(() => page.title()).not.toMatch(/^\(/);
  });

  test('a question is answered with one press', async () => {
    const options = ['red', 'blue'].map(label => ({ label, description: `paint it ${label}` }));
    const questions = [{ question: 'Which colour?', header: 'Colour', multiSelect: false, options }];
    const agent = await fixture.agent('chooser', {
      script: ({ toolRounds }) => (toolRounds === 0 ? tool('AskUserQuestion', { questions }) : text('painted')),
    });
    await using visited = await visit(browser, dashboard);
    const id = await agent.send('paint it');
    await visited.page.locator('[data-card]').getByRole('button', { name: 'blue' }).click();
    expect(await agent.answer(id)).toBe('painted');
    expect(agent.lastText()).toContain('blue');
  });

  test('after the server was away every line is there, once', async () => {
    const agent = await fixture.agent('steady');
    await using visited = await visit(browser, dashboard);
    const { page } = visited;
    await goTo(page, '#/peers/steady');
    await agent.answer(await agent.send('@@SAY answer 1@@'));
    const lines = (of: string) => page.locator('.turn .said', { hasText: of }).count();
    await page.locator('.turn footer').waitFor();
    await dashboard.restart(async () => {
      await page.getByText('The server does not answer.').waitFor();
      await agent.answer(await agent.send('@@SAY answer 2@@'));
    });
    await page.locator('.turn footer').nth(1).waitFor();
    await page.getByText('The server does not answer.').waitFor({ state: 'detached' });
    await agent.answer(await agent.send('@@SAY answer 3@@'));
    await page.locator('.turn footer').nth(2).waitFor();
    expect([await lines('answer 1'), await lines('answer 2'), await lines('answer 3')]).toEqual([1, 1, 1]);
    expect(await page.locator('.message').count()).toBe(3);
    expect(await page.locator('.turn').count()).toBe(3);
  });

  test('what peers write is text: nothing of it runs, loads, submits or reverses what is read', async () => {
    const attacks = [
      '<img src="/nowhere.png" onerror="globalThis.pwned = 1">',
      '<script>globalThis.pwned = 1</script><svg onload="globalThis.pwned = 1"></svg>',
      '[press](javascript:globalThis.pwned=1) [data](data:text/html,<script>1</script>) [vb](vbscript:x)',
      `![picture](${dashboard.origin}/beacon.png) ![far](https://example.invalid/beacon.png)`,
      '<form action="/api/verbs/send"><input name="text"><button>go</button></form><iframe src="/"></iframe>',
      '<a id="page" name="page" style="position:fixed;inset:0" class="brand" href="https://example.invalid">cover</a>',
      '<math><mtext><table><mglyph><style><img src=x onerror="globalThis.pwned = 1">',
      'read \u202egpj.exe and \u2066hidden\u2069',
    ].join('\n\n');
    const agent = await fixture.agent('attacker', {
      script: ({ toolRounds }) =>
        toolRounds === 0
          ? tool('Bash', { command: `echo '${attacks}' >&2; exit 1`, description: attacks })
          : text(attacks),
      front: { permissionMode: 'bypassPermissions' },
    });
    await agent.answer(await agent.send(attacks, { subject: '<b onclick="globalThis.pwned = 1">subject</b>' }));
    await fixture.command(
      'post',
      '--topic',
      '<img src=x onerror=globalThis.pwned=1>',
      '--key',
      '"><script>globalThis.pwned=1</script>',
      attacks,
    );
    await fixture.command('task', 'add', '<img src=x onerror=globalThis.pwned=1>');
    await agent.send(attacks, { expiresAt: new Date(Date.now() - 60_000).toISOString() });

    await using visited = await visit(browser, dashboard);
    const { page, complaints } = visited;
    const requests: string[] = [];
    page.on('request', request => requests.push(request.url()));
    page.on('dialog', dialog => complaints.push(dialog.message()));
    const trail = fixture.operatorInbox().find(({ from, kind }) => from === 'attacker' && kind === 'answer')!;
    const views = {
      '#/peers/attacker': 'globalThis.pwned',
      '#/inbox': 'globalThis.pwned',
      '#/board': 'globalThis.pwned',
      '#/dead': 'it expired before its turn came',
      '#/': 'attacker',
      [`#/messages/${trail.id}`]: 'globalThis.pwned',
      [`#/messages/${agent.ids()[0]}`]: 'globalThis.pwned',
    };
    for (const [hash, shows] of Object.entries(views)) {
      await goTo(page, hash);
      await page.locator('main').getByText(shows).first().waitFor();
      for (const fold of await page.locator('main details summary').all()) await fold.click();
      for (const button of await page.getByRole('button', { name: 'Show the text' }).all()) await button.click();
      if (hash === '#/dead') await page.locator('main').getByText('globalThis.pwned').first().waitFor();
      const found = await page.evaluate(`(() => {
        const peers = document.querySelectorAll('main .md, main .plain, main bdi');
        const bad = [...peers].flatMap(place => [...place.querySelectorAll('img, script, svg, form, input, button, iframe, style, math, [style], [id], [name], [class], [onerror], [onload], [onclick]')]);
        const links = [...document.querySelectorAll('main .md a')].filter(a => a.hasAttribute('href'));
        const marks = document.querySelector('main').textContent.match(/[\\u202a-\\u202e\\u2066-\\u2069]/g);
        return {
          pwned: globalThis.pwned ?? null,
          bad: bad.map(each => each.outerHTML.slice(0, 200)),
          unsafe: links.filter(a => !/^https?:/.test(a.href) || a.rel !== 'noopener noreferrer' || a.target !== '_blank').map(a => a.outerHTML),
          marks,
        };
      })()`);
      expect(found, hash).toEqual({ pwned: null, bad: [], unsafe: [], marks: null });
    }
    // Its own icon, as the browser likes.
    const own = [`${dashboard.origin}/api/`, `${dashboard.origin}/icon`];
    expect(requests.filter(url => !own.some(each => url.startsWith(each)))).toEqual([]);
    expect(complaints).toEqual([]);
  });

  test('a page of another origin can neither read nor change nor frame anything', async () => {
    const agent = await fixture.agent('target');
    await using visited = await visit(browser, dashboard);
    await visited.page.getByRole('heading', { name: 'Fleet' }).waitFor();
    const other = createServer((_, answer) => {
      answer.setHeader('content-type', 'text/html');
      answer.end('<!doctype html><title>other</title><p>other');
    });
    await new Promise<void>(resolve => other.listen(0, '127.0.0.1', resolve));
    try {
      const page = await visited.context.newPage();
      await page.goto(`http://127.0.0.1:${(other.address() as AddressInfo).port}/`);
      const given = JSON.stringify({ to: 'target', text: 'obey', key: 'k-1' });
      const tries = await page.evaluate<string[]>(`(async () => {
        const base = ${JSON.stringify(dashboard.origin)};
        const given = ${JSON.stringify(given)};
        const attempt = (path, init) => fetch(base + path, init).then(answer => answer.type + ' ' + answer.status, () => 'refused');
        const form = document.createElement('form');
        Object.assign(form, { method: 'POST', action: base + '/api/verbs/send', enctype: 'text/plain', target: 'frame' });
        const field = document.createElement('input');
        Object.assign(field, { name: given, value: '' });
        form.append(field);
        const frame = document.createElement('iframe');
        frame.name = 'frame';
        document.body.append(form, frame);
        form.submit();
        return [
          await attempt('/api/fleet', {}),
          await attempt('/api/session', { credentials: 'include' }),
          await attempt('/api/verbs/status', { method: 'POST', headers: { 'content-type': 'application/json', authorization: 'Bearer x' }, body: given }),
          await attempt('/api/verbs/send', { method: 'POST', mode: 'no-cors', headers: { 'content-type': 'text/plain' }, body: given }),
          localStorage.length === 0 ? 'nothing kept here' : 'shared',
        ];
      })()`);
      expect(tries).toEqual([
        'refused',
        'refused',
        'refused',
        expect.stringMatching(/^(opaque 0|refused)$/),
        'nothing kept here',
      ]);
      await page.evaluate(
        `(() => { const frame = document.createElement('iframe'); frame.src = ${JSON.stringify(dashboard.origin)}; document.body.append(frame); })()`,
      );
      await expect
        .poll(() => page.frames().map(frame => frame.url()))
        .toContainEqual(expect.stringMatching(/^chrome-error:/));
      expect(agent.ids()).toEqual([]);
    } finally {
      other.closeAllConnections();
      await new Promise(resolve => other.close(resolve));
    }
  });

  test('the keys move between rows, open and leave, and say what they are', async () => {
    await fixture.agent('aaa');
    await using visited = await visit(browser, dashboard);
    const { page } = visited;
    await page.locator('main').getByText('aaa').waitFor();
    await page.keyboard.press('/');
    await page.keyboard.type('aaa');
    await expect.poll(() => page.locator('main .peer-row').count()).toBe(1);
    await page.keyboard.press('Escape');
    for (;;) {
      await page.keyboard.press('j');
      if (await page.evaluate<boolean>("document.activeElement.matches('.peer-row')")) break;
    }
    await page.keyboard.press('Enter');
    await page.getByRole('heading', { name: 'aaa' }).waitFor();
    await page.keyboard.press('c');
    await page.keyboard.type('ask @aa');
    await page.getByRole('option', { name: 'aaa' }).waitFor();
    await page.keyboard.press('Enter');
    expect(await page.getByLabel('Message', { exact: true }).inputValue()).toBe('ask @aaa ');
    await page.keyboard.press('Escape');
    await page.keyboard.press('?');
    await page.getByRole('dialog').getByText('approve the card in focus').waitFor();
    await page.keyboard.press('Escape');
    await page.getByRole('dialog').waitFor({ state: 'detached' });
    await page.keyboard.press('Escape');
    await page.getByRole('heading', { name: 'Fleet' }).waitFor();
    await page.goBack();
    await page.getByRole('heading', { name: 'aaa' }).waitFor();
  });

  test('a message is held by a pause, cancelled, requeued from the dead letters, and answered after the agent was resumed', async () => {
    const agent = await fixture.agent('mended');
    await using visited = await visit(browser, dashboard);
    const { page } = visited;
    await goTo(page, '#/peers/mended');
    await page.getByRole('button', { name: 'Pause' }).click();
    await page.getByRole('button', { name: 'Resume' }).waitFor();
    const id = await agent.send('@@SAY back@@');
    await goTo(page, `#/messages/${id}`);
    await page.getByRole('button', { name: 'Cancel' }).click();
    await page.getByRole('dialog').getByRole('button', { name: 'No' }).click();
    await page.getByRole('button', { name: 'Cancel' }).click();
    await page.getByRole('dialog').getByRole('button', { name: 'Cancel it' }).click();
    await page.locator('.steps .is-bad', { hasText: 'dead' }).waitFor();
    await goTo(page, '#/dead');
    await page.locator('.letter', { hasText: 'mended' }).getByRole('button', { name: 'Requeue' }).click();
    await page.locator('.letter', { hasText: 'mended' }).waitFor({ state: 'detached' });
    await goTo(page, '#/peers/mended');
    await page.getByRole('button', { name: 'Resume' }).click();
    await page.locator('.turn .said', { hasText: 'back' }).waitFor();
    expect(await agent.answer(id)).toBe('back');
  });

  test('an entry, a task and an agent with its first message are made from the page', async () => {
    await using visited = await visit(browser, dashboard);
    const { page } = visited;
    await goTo(page, '#/board');
    await page.getByLabel('New entry').fill('the build is **red**');
    await page.getByLabel('Topic', { exact: true }).fill('ci');
    await page.getByRole('button', { name: 'Post', exact: true }).click();
    await page.locator('.entry strong', { hasText: 'red' }).waitFor();
    await page.getByRole('button', { name: 'all', exact: true }).click();
    await page.getByLabel('New task').fill('mend the build');
    await page.getByRole('button', { name: 'Add', exact: true }).click();
    await page.locator('.task', { hasText: 'mend the build' }).getByRole('button', { name: 'Done' }).click();
    await page.locator('.task.is-done', { hasText: 'mend the build' }).waitFor();
    await goTo(page, '#/new');
    await page.getByLabel('Name').fill('fresh');
    await page.getByLabel('Works in').fill(fixture.place.cwd);
    await page.getByLabel('worker').check();
    await page.getByLabel('First message').fill('@@SAY at work@@');
    await page.getByRole('button', { name: 'Add the agent' }).click();
    await page.getByRole('heading', { name: 'fresh' }).waitFor();
    await page.locator('.turn .said', { hasText: 'at work' }).waitFor();
    await goTo(page, '#/timeline');
    await page.locator('.timeline rect.turn.well').first().waitFor();
    await page.locator('.timeline .arrow').first().waitFor();
    await page.getByRole('button', { name: 'Zoom in' }).click();
    await page.locator('.timeline rect.turn.well').first().waitFor();
    await page.getByText('No agent has one').waitFor();
  });

  test('a view that fails says so, and the others go on', async () => {
    await using visited = await visit(browser, dashboard);
    const { page } = visited;
    await page.route('**/api/verbs/inbox', route => route.fulfill({ json: { messages: 'none' } }));
    await page.getByRole('link', { name: 'Inbox' }).click();
    await page.getByText('This view has failed').waitFor();
    await page.getByRole('link', { name: 'Costs' }).click();
    await page.getByRole('heading', { name: 'Costs' }).waitFor();
  });

  test('what was said and sent is found by its words', async () => {
    const agent = await fixture.agent('finder');
    await agent.answer(await agent.send('@@SAY the heron stands in the reeds@@'));
    await using visited = await visit(browser, dashboard);
    const { page } = visited;
    await page.getByRole('link', { name: 'Search' }).click();
    await page.getByLabel('Search messages').fill('heron');
    await page.locator('.hits mark', { hasText: 'heron' }).first().waitFor();
    await page.locator('.hits a', { hasText: 'finder, turn 1' }).click();
    await page.getByRole('heading', { name: 'finder' }).waitFor();
  });

  test('the whole page is below 120 KB, compressed', () => {
    const sizes = ['page.js', 'page.css'].map(
      name => gzipSync(readFileSync(join(dirname(cliPath), 'page', name))).length,
    );
    expect(sizes[0]! + sizes[1]!).toBeLessThan(120 * 1024);
  });

  test('a session that a person ends shows nothing more', async () => {
    await using visited = await visit(browser, dashboard);
    const { page } = visited;
    await page.getByRole('heading', { name: 'Fleet' }).waitFor();
    await endSessions(createRunnerFiles(), fixture.root, Date.now());
    await goTo(page, '#/costs');
    await page.getByText('agent-runner dashboard link').waitFor();
    expect(await page.evaluate("localStorage.getItem('agent-runner session')")).toBeNull();
  });

  test('read only, there is nothing that changes anything', async () => {
    const agent = await fixture.agent('watched');
    const id = await agent.send(touch('never.txt'));
    await dashboard[Symbol.asyncDispose]();
    dashboard = await startDashboard(fixture, '--read-only');
    await using visited = await visit(browser, dashboard);
    const { page } = visited;
    await page.locator('main [data-card]').waitFor();
    expect(await page.locator('main [data-card]').getByRole('button').count()).toBe(0);
    await goTo(page, '#/peers/watched');
    await page.getByRole('heading', { name: 'watched' }).waitFor();
    await page.locator('main [data-card]').waitFor();
    expect(await page.locator('main').getByRole('button').count()).toBe(0);
    expect(await page.locator('form').count()).toBe(0);
    await fixture.command('cancel', id);
  });
});
