/**
 * What the page may call: each route is one verb with what it takes. Nothing is decided here. Loaded whole when the server starts: it
 * outlives the files that it was started from.
 */
import { limits } from '#blackboard/system/limits.ts';
import type { Archive } from '#runner/dashboard/archive.ts';
import { type Arguments, checkedArguments, type Given } from '#runner/mcp/arguments.ts';
import { ack } from '#runner/verbs/ack.ts';
import { add } from '#runner/verbs/add.ts';
import { answer } from '#runner/verbs/answer.ts';
import { approve } from '#runner/verbs/approve.ts';
import { board } from '#runner/verbs/board.ts';
import { cancel } from '#runner/verbs/cancel.ts';
import { claims } from '#runner/verbs/claims.ts';
import type { VerbContext } from '#runner/verbs/context.ts';
import { costs } from '#runner/verbs/costs.ts';
import { deadList } from '#runner/verbs/dead-list.ts';
import { deadRequeue } from '#runner/verbs/dead-requeue.ts';
import { deadShow } from '#runner/verbs/dead-show.ts';
import { deny } from '#runner/verbs/deny.ts';
import { explain } from '#runner/verbs/explain.ts';
import { inbox } from '#runner/verbs/inbox.ts';
import { notify } from '#runner/verbs/notify.ts';
import { pause } from '#runner/verbs/pause.ts';
import { peek } from '#runner/verbs/peek.ts';
import { post } from '#runner/verbs/post.ts';
import { read } from '#runner/verbs/read.ts';
import { reply } from '#runner/verbs/reply.ts';
import { resume } from '#runner/verbs/resume.ts';
import { schedules } from '#runner/verbs/schedules.ts';
import { send } from '#runner/verbs/send.ts';
import { spawn } from '#runner/verbs/spawn.ts';
import { status } from '#runner/verbs/status.ts';
import { taskAdd } from '#runner/verbs/task-add.ts';
import { taskDone } from '#runner/verbs/task-done.ts';
import { tasks } from '#runner/verbs/tasks.ts';
import { templatesList } from '#runner/verbs/templates-list.ts';
import { timeline } from '#runner/verbs/timeline.ts';
import { trace } from '#runner/verbs/trace.ts';

/** One call of a route. */
interface RouteCall<Taken extends Arguments> {
  context: VerbContext;
  given: Given<Taken>;
  archive: Archive;
  /** Files that came with it: paths below a directory of this call alone. */
  files: readonly string[];
  signal: AbortSignal;
}

export interface Route {
  taken: Arguments;
  /** It changes nothing: also a page that may only read has it. */
  reads?: true;
  /** It takes files. */
  takesFiles?: true;
  run(call: RouteCall<Arguments>): Promise<unknown>;
}

const route = <const Taken extends Arguments>(
  taken: Taken,
  run: (call: RouteCall<Taken>) => Promise<unknown>,
  more: Pick<Route, 'reads' | 'takesFiles'> = {},
): Route => ({ taken, run, ...more }) as unknown as Route;

const READS = { reads: true } as const;
const text = { type: 'text' } as const;
const needed = { type: 'text', isRequired: true } as const;
const whole = (most: number) => ({ type: 'whole', most }) as const;

/** By the words of their verbs. */
export const ROUTES: Readonly<Record<string, Route>> = {
  status: route({ name: needed }, ({ context, given }) => status(context, given), READS),
  inbox: route(
    { peer: text, all: { type: 'flag' }, newest: whole(limits.pageMessagesMax) },
    ({ context, given: { peer = null, all = false, newest = limits.pageMessagesMax } }) =>
      inbox(context, { peer, all, newest }),
    READS,
  ),
  read: route({ id: needed }, ({ context, given }) => read(context, given), READS),
  trace: route({ id: needed }, ({ context, given }) => trace(context, given), READS),
  explain: route({ id: needed }, ({ context, given }) => explain(context, given), READS),
  peek: route(
    { name: needed, count: whole(limits.pageTextsMax) },
    ({ context, given: { name, count = 20 } }) => peek(context, { name, count }),
    READS,
  ),
  board: route({ since: text, topic: text, key: text }, async ({ context, given }) => board(context, given), READS),
  claims: route({}, ({ context }) => claims(context), READS),
  tasks: route({ topic: text, all: { type: 'flag' } }, ({ context, given }) => tasks(context, given), READS),
  costs: route(
    { by: { type: 'text', oneOf: ['agent', 'day'], isRequired: true }, days: whole(366) },
    ({ context, given: { by, days = 14 } }) => costs(context, { by: by as 'agent' | 'day', days }),
    READS,
  ),
  'dead list': route({ peer: text }, ({ context, given: { peer = null } }) => deadList(context, { peer }), READS),
  'dead show': route({ letter: needed }, ({ context, given }) => deadShow(context, given), READS),
  timeline: route(
    { hours: { type: 'whole', most: limits.timelineHoursMax, isRequired: true } },
    ({ context, given: { hours } }) => timeline(context, { sinceMs: Date.now() - hours * 3_600_000 }),
    READS,
  ),
  schedules: route({}, ({ context }) => schedules(context), READS),
  work: route(
    { count: whole(limits.workRowsMax) },
    ({ archive, given: { count = 50 } }) => archive.work({ count }),
    READS,
  ),
  search: route(
    {
      text: needed,
      peer: text,
      what: { type: 'text', oneOf: ['message', 'entry', 'said'] },
      count: whole(limits.searchHitsMax),
    },
    ({ archive, given: { text: typed, peer = null, what = null, count = 30 } }) =>
      archive.search({ text: typed, peer, what, count }),
    READS,
  ),
  'templates list': route({}, ({ context }) => templatesList(context, { cwd: context.root }), READS),

  send: route(
    {
      to: needed,
      text,
      kind: text,
      priority: text,
      subject: text,
      thread: text,
      notBefore: text,
      key: { type: 'text', isRequired: true, about: 'made by the page: a request that is sent twice is one message' },
    },
    ({ context, given: { text: words = null, ...letter }, files }) =>
      send(context, { ...letter, text: words, files, cwd: context.root, explains: true }),
    { takesFiles: true },
  ),
  reply: route({ id: needed, text: needed }, ({ context, given }) => reply(context, { ...given, explains: true })),
  ack: route({ ids: { type: 'texts', isRequired: true } }, ({ context, given }) => ack(context, given)),
  approve: route({ id: needed, always: { type: 'flag' } }, ({ context, given: { id, always = false } }) =>
    approve(context, { id, always }),
  ),
  deny: route({ id: needed, reason: text }, ({ context, given: { id, reason = null } }) =>
    deny(context, { id, reason }),
  ),
  answer: route({ id: needed, answers: { type: 'texts', isRequired: true } }, ({ context, given }) =>
    answer(context, given),
  ),
  notify: route({ peer: needed }, ({ context, given: { peer }, signal }) =>
    notify(context, { peer, type: 'wake', cwd: context.root, waitMs: 0 }, { signal }),
  ),
  pause: route({ name: text }, ({ context, given: { name = null } }) => pause(context, { name })),
  resume: route(
    { name: text, raiseUsd: whole(limits.pageRaiseUsdMax) },
    ({ context, given: { name = null, raiseUsd = null } }) => resume(context, { name, raiseUsd }),
  ),
  spawn: route({ name: needed, cwd: needed, prompt: text }, ({ context, given: { name, cwd, prompt = null } }) =>
    spawn(context, {
      ...{ name, cwd, prompt, socket: undefined, isTrusted: false, resume: null, args: [] },
      timeoutMs: limits.pageSpawnMs,
    }),
  ),
  cancel: route({ what: needed }, ({ context, given }) => cancel(context, given)),
  'dead requeue': route({ letter: needed }, ({ context, given }) => deadRequeue(context, given)),
  post: route(
    { text: needed, kind: text, topic: text, key: text, ttl: text },
    ({ context, given: { kind = 'note', ...entry } }) => post(context, { ...entry, kind, cwd: context.root }),
  ),
  'task add': route({ text: needed, topic: text }, ({ context, given }) => taskAdd(context, given)),
  'task done': route({ task: needed, topic: text, result: text }, ({ context, given }) => taskDone(context, given)),
  add: route({ name: needed, template: text, cwd: needed }, ({ context, given: { name, template, cwd } }) =>
    add(context, { name, ...(template === undefined ? {} : { template }), options: { cwd }, cwd }),
  ),
};

/** Throws 64 for what it does not take, and what its verb throws. */
export const callRoute = (
  name: string,
  { taken, run }: Route,
  call: Omit<RouteCall<Arguments>, 'given'> & { came: unknown },
) => run({ ...call, given: checkedArguments(name, taken, call.came) });
