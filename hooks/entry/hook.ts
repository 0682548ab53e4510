/**
 * The hook in Node, started by hook.sh only when there is something to do: `node hook.cjs <event> <root> [deliver-on-stop]`.
 * Whatever happens it ends with 0: exit code 2 would block a person's prompt. Trouble is one line in `<root>/hooks.log`.
 */
import { join } from 'node:path';
import { systemClock } from '../../blackboard/clock.ts';
import { createDiskFiles } from '../../blackboard/disk-files.ts';
import { reasonOf } from '../../blackboard/errors.ts';
import { rootLayout, sessionLayout } from '../../blackboard/layout.ts';
import { limits } from '../../blackboard/limits.ts';
import { selfIdentity } from '../../blackboard/process-identity.ts';
import { parseHookEvent } from '../news/hook-event.ts';
import { type EventName, events } from './events.ts';

const [name = '', root = '', option = ''] = process.argv.slice(2);
const files = createDiskFiles();

async function readInput(): Promise<string> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of process.stdin) {
    size += chunk.length;
    if (size > limits.hookInputBytesMax)
      throw new Error(`the hook's input has more than ${limits.hookInputBytesMax} bytes`);
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString('utf8');
}

async function run(): Promise<void> {
  const answer = Object.hasOwn(events, name) ? events[name as EventName] : null;
  if (!answer || root === '') throw new Error(`expected an event and a root, got ${JSON.stringify([name, root])}`);
  const event = parseHookEvent(await readInput());
  if (!event) throw new Error('the input is no event of Claude Code');
  const home = join(process.env.HOME ?? '', '.agent-runner');
  const printed = await answer(
    {
      files,
      root,
      clock: systemClock,
      env: process.env,
      event,
      layout: sessionLayout(root, event.sessionId),
      self: selfIdentity(),
      rootOption: root === home ? '' : ` --root ${root}`,
    },
    { deliverOnStop: option === 'deliver-on-stop' },
  );
  if (printed) process.stdout.write(JSON.stringify(printed));
}

/** Nothing else may go wrong over it. */
async function log(reason: string): Promise<void> {
  const path = rootLayout(root).hooksLog;
  const line = `${new Date().toISOString()} ${name} ${process.env.CLAUDE_CODE_SESSION_ID ?? '-'} ${reason}`;
  if (((await files.facts(path))?.sizeBytes ?? 0) > limits.hookLogBytesMax) await files.move(path, `${path}.1`);
  await files.append(path, `${line.replace(/\s+/g, ' ').slice(0, 1_000)}\n`);
}

// A pipe that claude has closed (it gave up on us) must not become an exit code.
process.stdout.on('error', () => {});
run()
  .catch(error => log(reasonOf(error)))
  .catch(() => {})
  .finally(() => process.exit(0));
