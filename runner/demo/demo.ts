/** Plays the demo: two agents from templates, one dropped file, its answer in the operator's inbox. */
import { copyFile, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { agentLayout, inboxLayout, rootLayout } from '#blackboard/layout.ts';
import type { Message } from '#blackboard/messages/message.ts';
import { decodeMessage } from '#blackboard/messages/message-decode.ts';
import { formatMessageName, sortMessageNames } from '#blackboard/messages/message-name.ts';
import { makeRoot } from '#blackboard/root.ts';
import { systemClock } from '#blackboard/system/clock.ts';
import type { Files } from '#blackboard/system/files.ts';
import { limits } from '#blackboard/system/limits.ts';
import { addAgent } from '#runner/agents/add-agent.ts';
import { readConfig } from '#runner/agents/config.ts';
import { demoScript, REQUEST, RESULT_FILE, RESULT_TEXT } from '#runner/demo/model.ts';
import { startModelServer } from '#runner/demo/model-server/server.ts';
import { narrate } from '#runner/demo/narrator.ts';
import { type Scratch, sealedEnvironment } from '#runner/demo/scratch.ts';
import { createRunnerEvents } from '#runner/events/emit.ts';
import { createSupervisor } from '#runner/fleet/supervisor.ts';
import { launcherPath, templatesDirectory } from '#runner/version.ts';

const AGENTS = ['planner', 'worker'] as const;

/** Milliseconds between looks into the operator's inbox. */
const LOOK_MS = 100;

/** What happens in it. */
export type DemoEvent =
  | { kind: 'ready'; agents: readonly string[]; modelUrl: string; root: string; work: string }
  | { kind: 'dropped'; file: string; inbox: string }
  /** A line of an agent's transcript. */
  | { kind: 'line'; agent: string; line: string };

export interface DemoOptions {
  files: Files;
  scratch: Scratch;
  claude: string;
  tell(event: DemoEvent): void;
  /** A time-out or Ctrl-C. Its reason is an error. */
  signal: AbortSignal;
}

/** Resolves with the answer, or throws, after all processes have ended. */
export async function playDemo(options: DemoOptions): Promise<Message> {
  const { files, scratch, tell } = options;
  await using server = await startModelServer(demoScript(scratch.work));
  await makeRoot(files, scratch.root, false);
  for (const name of AGENTS)
    await addAgent(files, {
      root: scratch.root,
      name,
      options: { cwd: scratch.work },
      here: { home: scratch.home, cwd: scratch.work },
      shipped: templatesDirectory,
    });
  tell({ kind: 'ready', agents: AGENTS, modelUrl: server.url, root: scratch.root, work: scratch.work });
  const problems: string[] = [];
  const print = (line: string) => void problems.push(line);
  const supervisor = createSupervisor({
    root: scratch.root,
    files,
    config: { ...(await readConfig(files, scratch.root)), maxConcurrentTurns: AGENTS.length, claude: options.claude },
    names: [],
    once: false,
    launcherPath,
    env: sealedEnvironment(scratch, server.url),
    events: createRunnerEvents({ root: scratch.root, files, clock: systemClock, print, isQuiet: true }),
  });
  const told = new AbortController();
  const telling = narrate(
    AGENTS.map(name => ({ name, path: agentLayout(scratch.root, name).transcript })),
    (agent, line) => tell({ kind: 'line', agent, line }),
    { clock: systemClock, signal: told.signal },
  );
  try {
    await supervisor.ready;
    await dropRequest(options);
    const answer = await operatorAnswer(options, problems);
    supervisor.drain();
    await Promise.race([supervisor.done, aborted(options.signal)]);
    await checkResult(scratch, answer);
    return answer;
  } finally {
    supervisor.stopNow();
    await supervisor.done;
    told.abort();
    await telling;
  }
}

/** As a person would: `cp` of a file into the inbox. */
async function dropRequest({ scratch, tell }: DemoOptions): Promise<void> {
  const request = join(scratch.work, 'request.md');
  const { inbox } = agentLayout(scratch.root, 'planner').inbox;
  await writeFile(request, REQUEST);
  await copyFile(request, join(inbox, 'request.md'));
  tell({ kind: 'dropped', file: 'request.md', inbox });
}

/** Waits for the planner's answer. Anything else that reaches the operator (a dead letter, a park) ends the demo. */
async function operatorAnswer({ files, scratch, signal }: DemoOptions, problems: readonly string[]): Promise<Message> {
  const inbox = inboxLayout(rootLayout(scratch.root).operator);
  while (!signal.aborted) {
    for (const name of sortMessageNames(await files.list(inbox.new))) {
      const entry = formatMessageName(name);
      const message = decodeMessage(await readFile(join(inbox.new, entry), 'utf8'), entry);
      if (message.kind === 'answer' && message.from === 'planner') return message;
      throw new Error(message.body.trim().slice(0, limits.carryCharsMax));
    }
    await systemClock.sleep(LOOK_MS, signal);
  }
  throw problems.length > 0 ? new Error(`${(signal.reason as Error).message}; ${problems.at(-1)}`) : signal.reason;
}

/** Checks the result: the file exists, and the answer quotes it. */
async function checkResult({ work }: Scratch, answer: Message): Promise<void> {
  const written = await readFile(join(work, RESULT_FILE), 'utf8').catch(() => null);
  if (written !== RESULT_TEXT)
    throw new Error(`expected ${RESULT_FILE} as the worker was to write it, found ${JSON.stringify(written)}`);
  if (!answer.body.includes(RESULT_TEXT.trim().split('\n').at(-1)!))
    throw new Error(`expected an answer that quotes ${RESULT_FILE}, got: ${answer.body.trim().slice(0, 300)}`);
}

const aborted = (signal: AbortSignal): Promise<never> =>
  new Promise((_, reject) => {
    if (signal.aborted) reject(signal.reason);
    else signal.addEventListener('abort', () => reject(signal.reason), { once: true });
  });
