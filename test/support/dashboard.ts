// The page as a person has it: `agent-runner dashboard` of a root as a process of its own, and Debian's Chromium, which opens it by a link.
import { existsSync, readFileSync } from 'node:fs';
import { type Browser, type BrowserContext, chromium, type Page } from 'playwright-core';
import { rootLayout } from '#blackboard/layout.ts';
import { createRunnerFiles } from '#blackboard/system/runner-files.ts';
import { makeLink } from '#runner/dashboard/access.ts';
import { cliPath } from '#test/support/agent-fixture.ts';
import type { RunningClaude, Sealed } from '#test/support/isolated-claude.ts';
import { until } from '#test/support/until.ts';

const CHROMIUM = '/usr/bin/chromium';

/** Why there is no browser to test with; null: there is one. `.ci/run` installs it, so there its lack is a failure. */
export const noBrowser: string | null =
  existsSync(CHROMIUM) || process.env.CI !== undefined ? null : `skipped: ${CHROMIUM} is not installed`;

export interface Dashboard extends AsyncDisposable {
  origin: string;
  /** The address that opens the page once. */
  link(): Promise<string>;
  /** Ends the server, and starts it again at the same port. */
  restart(whileGone?: () => Promise<void>): Promise<void>;
}

/** `more`: options of the command. */
export async function startDashboard(
  { root, place }: { root: string; place: Sealed },
  ...more: string[]
): Promise<Dashboard> {
  const files = createRunnerFiles();
  const record = rootLayout(root).pageServer;
  let running: RunningClaude;
  const begin = (port: string): Promise<string> => {
    running = place.start({
      executable: process.execPath,
      args: [cliPath, 'dashboard', '--port', port, ...more],
      env: { AGENT_RUNNER_HOME: root },
    });
    return until('the page to be served', () => {
      try {
        const { origin, process: server } = JSON.parse(readFileSync(record, 'utf8'));
        return server.pid === running.pid && (origin as string);
      } catch {
        return null;
      }
    });
  };
  const end = async () => {
    process.kill(running.pid, 'SIGTERM');
    await running.ended;
  };
  const origin = await begin('0');
  return {
    origin,
    link: async () => `${origin}/#${await makeLink(files, root, origin, Date.now())}`,
    async restart(whileGone = async () => {}) {
      await end();
      await whileGone();
      await begin(new URL(origin).port);
    },
    [Symbol.asyncDispose]: end,
  };
}

export const startBrowser = (): Promise<Browser> =>
  chromium.launch({ executablePath: CHROMIUM, args: process.getuid?.() === 0 ? ['--no-sandbox'] : [] });

export interface Visit extends AsyncDisposable {
  page: Page;
  context: BrowserContext;
  /** Errors of scripts, and what the page's policy refused. */
  complaints: string[];
}

export interface VisitOptions {
  width?: number;
  height?: number;
  colorScheme?: 'light' | 'dark';
  /** Runs before the page's own. */
  script?: string;
}

/** A person's first visit: a browser that knows nothing opens a link. */
export async function visit(
  browser: Browser,
  dashboard: Dashboard,
  { width = 1400, height = 900, colorScheme = 'light', script }: VisitOptions = {},
): Promise<Visit> {
  const context = await browser.newContext({
    viewport: { width, height },
    colorScheme,
    reducedMotion: 'reduce',
    locale: 'en-GB',
  });
  if (script !== undefined) await context.addInitScript(script);
  const page = await context.newPage();
  const complaints: string[] = [];
  page.on('pageerror', error => complaints.push(String(error)));
  page.on('console', message => {
    if (message.type() === 'error' && /Content Security Policy|Trusted/i.test(message.text()))
      complaints.push(message.text());
  });
  await page.goto(await dashboard.link());
  return { page, context, complaints, [Symbol.asyncDispose]: () => context.close() };
}
