/** Gives the link of the page to its person: on a terminal, or straight to the browser. Never into a pipe or a log. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { isRunnerError, usageError } from '#blackboard/system/errors.ts';
import { limits } from '#blackboard/system/limits.ts';
import type { Call } from '#runner/cli/declare.ts';
import type { VerbContext } from '#runner/verbs/context.ts';

/** `isServing`: it is said where the page is, also to those who get no link. Throws 77 unless a person calls (not if it serves). */
export async function openLink(
  call: Call,
  context: VerbContext,
  { origin, opens, isServing }: { origin: string; opens: boolean; isServing: boolean },
): Promise<void> {
  const { newLink, newLinkFile } = await import('#runner/dashboard/server.ts');
  const nowMs = Date.now();
  if (isServing) process.stdout.write(`The page is at ${origin}\n`);
  try {
    if (opens) return await openInBrowser(call, await newLinkFile(context, origin, nowMs));
    if (!process.stdout.isTTY)
      throw usageError('the link is shown on a terminal only', 'Or let it open your browser: --open');
    const link = await newLink(context, origin, nowMs);
    process.stdout.write(`This link opens it, once, within ${limits.pageLinkMs / 60_000} minutes:\n\n  ${link}\n\n`);
  } catch (error) {
    if (!isServing || !isRunnerError(error)) throw error;
    process.stdout.write('A link that opens it: agent-runner dashboard link\n');
  }
}

const OPENERS: Readonly<Partial<Record<NodeJS.Platform, string>>> = { darwin: 'open', linux: 'xdg-open' };

/** The browser may be a child of the opener, and outlives us. */
async function openInBrowser(call: Call, path: string): Promise<void> {
  const opener = OPENERS[process.platform] ?? 'xdg-open';
  const failed = (why: string) =>
    call.warn(`no browser was opened: ${why}. Open ${path} in one, or: agent-runner dashboard link`);
  const child = spawn(opener, [path], { detached: true, stdio: 'ignore', env: call.env });
  const signal = AbortSignal.timeout(limits.browserOpensMs);
  try {
    const [code] = await once(child, 'exit', { signal });
    if (code !== 0) failed(`${opener} ended with ${code}`);
  } catch (error) {
    // Still there: it is the browser.
    if (signal.aborted) child.unref();
    else failed(error instanceof Error ? error.message : String(error));
  }
}
