/**
 * The triggers of all agents of one process: they send signals through the same intake as everybody. An agent without
 * triggers costs nothing, and the code for schedules and watches is loaded when the first agent has one.
 */
import { reasonOf } from '#blackboard/system/errors.ts';
import type { AgentDefinition } from '#runner/agents/agent-file.ts';
import type { ScheduleTrigger } from '#runner/wake/schedule-trigger.ts';
import { createTopicTrigger } from '#runner/wake/topic-trigger.ts';
import type { TriggerOptions, TriggerSite } from '#runner/wake/trigger-ports.ts';

/** The part of agent.md about triggers. */
export type TriggerKeys = Pick<AgentDefinition, 'cwd' | 'schedule' | 'watch' | 'wakeOn'>;

export interface Triggers extends AsyncDisposable {
  join(site: TriggerSite): AgentTriggers;
  /** Something may have been posted on the board. */
  hintBoard(): void;
}

export interface AgentTriggers extends AsyncDisposable {
  /** agent.md as it is now; null: it cannot be used, and its triggers stop. Cheap if none of them changed. */
  take(keys: TriggerKeys | null): void;
}

/** `onListening`: whether some agent listens to the board, each time this changes. */
export function createTriggers(options: TriggerOptions & { onListening(isListening: boolean): void }): Triggers {
  const topics = createTopicTrigger(options);
  const listeners = new Set<string>();
  let schedules: Promise<ScheduleTrigger> | null = null;

  const loadSchedules = (): Promise<ScheduleTrigger> =>
    import('#runner/wake/schedule-trigger.ts').then(({ createScheduleTrigger }) => createScheduleTrigger(options));

  async function keepSchedule(site: TriggerSite, keys: TriggerKeys | null): Promise<void> {
    if (keys && keys.schedule.length > 0) {
      schedules ??= loadSchedules();
      (await schedules).keep(site, keys.schedule);
      return;
    }
    (await schedules)?.forget(site.layout.name);
    // An agent that gets a schedule again starts from now. While an agent.md is broken, nothing is forgotten.
    if (keys) await removeIfThere(options, site.layout.schedule);
  }

  async function keepTopics(site: TriggerSite, keys: TriggerKeys | null): Promise<void> {
    const { name, woken } = site.layout;
    const before = listeners.size > 0;
    if (keys && keys.wakeOn.length > 0) {
      listeners.add(name);
      topics.keep(site, keys.wakeOn);
    } else {
      listeners.delete(name);
      topics.forget(name);
      if (keys) await removeIfThere(options, woken);
    }
    if (listeners.size > 0 !== before) options.onListening(!before);
  }

  return {
    hintBoard: () => topics.hint(),
    join: site =>
      joinAgent(options, site, async keys => {
        await keepSchedule(site, keys);
        await keepTopics(site, keys);
      }),
    async [Symbol.asyncDispose]() {
      await topics[Symbol.asyncDispose]();
      await (await schedules)?.[Symbol.asyncDispose]();
    },
  };
}

/** One agent's triggers, one change after the other. */
function joinAgent(
  options: TriggerOptions,
  site: TriggerSite,
  keep: (keys: TriggerKeys | null) => Promise<void>,
): AgentTriggers {
  const about = { peer: site.layout.name, part: 'triggers' };
  let last: TriggerKeys | null | undefined;
  let lastText = '';
  let closeWatch = async (): Promise<void> => {};
  let changing: Promise<void> = Promise.resolve();

  async function change(keys: TriggerKeys | null): Promise<void> {
    await closeWatch();
    closeWatch = async () => {};
    await keep(keys);
    if (!keys || keys.watch.length === 0) return;
    const { watchFiles } = await import('#runner/wake/watch-files.ts');
    closeWatch = watchFiles(options, site, keys);
  }

  const inTurn = (step: () => Promise<void>): void => {
    changing = changing.then(step).then(
      () => options.complain(about, null),
      error => options.complain(about, reasonOf(error)),
    );
  };

  return {
    take(keys) {
      // The reader returns the same object for the same file.
      if (keys === last) return;
      last = keys;
      const text = keys ? JSON.stringify([keys.cwd, keys.schedule, keys.watch, keys.wakeOn]) : 'none';
      if (text === lastText) return;
      lastText = text;
      inTurn(() => change(keys));
    },
    async [Symbol.asyncDispose]() {
      inTurn(async () => {
        await closeWatch();
        await keep(null);
      });
      await changing;
    },
  };
}

async function removeIfThere({ files }: TriggerOptions, path: string): Promise<void> {
  if (await files.facts(path)) await files.remove(path);
}
