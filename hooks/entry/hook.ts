/**
 * The hook in Node, started by hook.sh only if there is something to do:
 * `node hook.cjs <event> <root> [deliver-on-stop | agent:<name>]`. Trouble is one line in `<root>/hooks.log`. What can wait is done
 * after the print, as far as its time allows (hooks/session/agenda.ts).
 */
import { readSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { rootLayout, sessionLayout } from '#blackboard/layout.ts';
import { systemClock } from '#blackboard/system/clock.ts';
import { errnoOf, reasonOf } from '#blackboard/system/errors.ts';
import { limits } from '#blackboard/system/limits.ts';
import { selfIdentity } from '#blackboard/system/process-identity.ts';
import { createSyncFiles } from '#blackboard/system/sync-files.ts';
import { printableLine } from '#blackboard/text/printable.ts';
import { type EventName, events } from '#hooks/entry/events.ts';
import { requireShut } from '#hooks/entry/own-root.ts';
import { type HookContext, rootOptionOf } from '#hooks/session/hook-context.ts';
import { parseHookEvent } from '#hooks/session/hook-event.ts';

const [name = '', root = '', option = ''] = process.argv.slice(2);
const files = createSyncFiles();
const begunMs = systemClock.monotonicMs();

/** Synchronous: there is nothing else to do meanwhile. */
function readInput(): string {
  const chunks: Buffer[] = [];
  const buffer = Buffer.alloc(limits.boardChunkBytes);
  let size = 0;
  for (let count = patiently(() => readSync(0, buffer)); count > 0; count = patiently(() => readSync(0, buffer))) {
    size += count;
    if (size > limits.hookInputBytesMax)
      throw new Error(`the hook's input has more than ${limits.hookInputBytesMax} bytes`);
    chunks.push(Buffer.from(buffer.subarray(0, count)));
  }
  return Buffer.concat(chunks).toString('utf8');
}

async function run(): Promise<void> {
  const answer = Object.hasOwn(events, name) ? events[name as EventName] : null;
  if (!answer || root === '') throw new Error(`expected an event and a root, got ${JSON.stringify([name, root])}`);
  requireShut(root);
  const event = parseHookEvent(readInput());
  if (!event) throw new Error('the input is no event of Claude Code');
  const home = join(process.env.HOME ?? '', '.agent-runner');
  const context: HookContext = {
    files,
    root,
    clock: systemClock,
    begunMs,
    env: process.env,
    event,
    layout: sessionLayout(root, event.sessionId),
    self: selfIdentity(),
    rootOption: rootOptionOf(root, home),
    note: log,
    ending: name === 'PermissionRequest' ? terminated() : undefined,
    afterwards: [],
  };
  const agent = /^agent:(.+)$/.exec(option)?.[1] ?? null;
  const printed = await answer(context, { deliverOnStop: option === 'deliver-on-stop', agent });
  if (printed) print(JSON.stringify(printed));
  for (const rest of context.afterwards) await rest();
}

function terminated(): AbortSignal {
  const ending = new AbortController();
  process.once('SIGTERM', () => ending.abort());
  return ending.signal;
}

function print(text: string): void {
  const bytes = Buffer.from(text);
  for (let at = 0; at < bytes.length; ) at += patiently(() => writeSync(1, bytes, at));
}

/** A non-blocking pipe returns EAGAIN while it is not ready. */
function patiently(call: () => number): number {
  const bell = new Int32Array(new SharedArrayBuffer(4));
  for (;;) {
    try {
      return call();
    } catch (error) {
      if (errnoOf(error) !== 'EAGAIN') throw error;
      Atomics.wait(bell, 0, 0, limits.hookPipeLookMs);
    }
  }
}

/** What hook.sh has passed for a log that cannot be written: claude's own. */
const ASIDE = 3;

async function log(reason: string): Promise<void> {
  const path = rootLayout(root).hooksLog;
  const words = `${new Date().toISOString()} ${name} ${process.env.CLAUDE_CODE_SESSION_ID ?? '-'} ${reason}`;
  const line = `${printableLine(words).slice(0, 1_000)}\n`;
  try {
    if (((await files.facts(path))?.sizeBytes ?? 0) > limits.hookLogBytesMax) await files.move(path, `${path}.1`);
    await files.append(path, line);
  } catch {
    writeSync(ASIDE, `agent-runner: ${line}`);
  }
}

run()
  .catch(error => log(reasonOf(error)))
  .catch(() => {})
  // At once, even if something is still open: a person waits.
  .finally(() => process.exit(0));
