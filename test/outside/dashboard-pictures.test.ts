// The main views with believable work, in light and dark, from a phone to a wide screen: no serious finding of axe-core, nothing that
// sticks out. With AGENT_RUNNER_PICTURES=docs/pictures those of the docs are made again; AGENT_RUNNER_LOOKS=<directory> takes every one.
import { mkdirSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type AgentFixture, agentFixture } from '#test/support/agent-fixture.ts';
import { type Dashboard, noBrowser, startBrowser, startDashboard, visit } from '#test/support/dashboard.ts';
import { setScene } from '#test/support/dashboard-scene.ts';

const { AGENT_RUNNER_PICTURES: pictures, AGENT_RUNNER_LOOKS: looks } = process.env;
const axe = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');

let fixture: AgentFixture;
let dashboard: Dashboard;
let browser: Browser;
beforeAll(async () => {
  if (noBrowser) return;
  fixture = await agentFixture();
  await fixture.start().says(/watching/);
  await setScene(fixture);
  dashboard = await startDashboard(fixture);
  browser = await startBrowser();
  for (const directory of [pictures, looks]) if (directory) mkdirSync(directory, { recursive: true });
});
afterAll(async () => {
  await browser?.close();
  await dashboard?.[Symbol.asyncDispose]();
  await fixture?.[Symbol.asyncDispose]();
});

const VIEWS: readonly { name: string; hash: string; shows: string }[] = [
  { name: 'fleet', hash: '#/', shows: 'nightly-triage' },
  { name: 'peer', hash: '#/peers/reviewer', shows: 'The change is sound' },
  { name: 'parked', hash: '#/peers/db-migrations', shows: 'Parked until' },
  { name: 'inbox', hash: '#/inbox', shows: 'All 14 pages' },
  { name: 'board', hash: '#/board', shows: 'Mend the contrast' },
  { name: 'timeline', hash: '#/timeline', shows: 'Schedules' },
  { name: 'costs', hash: '#/costs', shows: 'frontend-accessibility-audit' },
  { name: 'dead', hash: '#/dead', shows: 'it expired before its turn came' },
  { name: 'new', hash: '#/new', shows: 'Reads and judges' },
];

interface Finding {
  id: string;
  impact: string;
  nodes: { html: string; failureSummary: string }[];
}

const WIDTHS = [390, 900, 1400];

/** Of the docs and the README: of a view, so large that they stay small. */
const PICTURES: Readonly<Record<string, { picture: string; width: number; height: number }[]>> = {
  fleet: [
    { picture: 'fleet', width: 1180, height: 600 },
    { picture: 'phone', width: 390, height: 760 },
  ],
  peer: [{ picture: 'peer', width: 1000, height: 700 }],
  message: [{ picture: 'evidence', width: 1100, height: 620 }],
};

describe.skipIf(noBrowser)(`the page’s views${noBrowser ? ` (${noBrowser})` : ''}`, () => {
  test.each(['light', 'dark'] as const)('%s', async colorScheme => {
    await using visited = await visit(browser, dashboard, { colorScheme, script: axe });
    const { page, complaints } = visited;
    await page.locator('main').getByText('nightly-triage').waitFor();
    // The newest of what they sent, with the files that prove it.
    const [message] = fixture.operatorInbox().filter(({ kind }) => kind === 'answer');
    const evidence = { name: 'message', hash: `#/messages/${message!.inReplyTo?.[0]}`, shows: 'replied' };
    for (const { name, hash, shows } of [...VIEWS, evidence]) {
      await page.evaluate(`location.hash = ${JSON.stringify(hash)}`);
      await page.locator('main').getByText(shows).first().waitFor();
      for (const width of WIDTHS) {
        await page.setViewportSize({ width, height: width < 500 ? 844 : 900 });
        if (looks) await page.screenshot({ path: join(looks, `${name}-${width}-${colorScheme}.png`) });
        const tooWide = await page.evaluate<number>('document.documentElement.scrollWidth - innerWidth');
        expect(tooWide, `${name} at ${width} scrolls sideways`).toBeLessThanOrEqual(0);
        if (width === 900) continue;
        const { violations } = await page.evaluate<{ violations: Finding[] }>(
          "axe.run(document, { resultTypes: ['violations'] })",
        );
        const serious = violations.filter(({ impact }) => ['serious', 'critical'].includes(impact));
        expect(
          serious.map(({ id, nodes }) => [id, nodes.map(each => `${each.html} ${each.failureSummary}`)]),
          `${name} at ${width}`,
        ).toEqual([]);
      }
      if (!pictures || colorScheme === 'dark') continue;
      for (const { picture, width, height } of PICTURES[name] ?? []) {
        await page.setViewportSize({ width, height });
        await page.screenshot({ path: join(pictures, `${picture}.png`) });
      }
    }
    expect(complaints).toEqual([]);
  });
});
