/**
 * `/metrics`, in the text format of Prometheus (0.0.4). What is there now comes from the files. What has happened is counted from the
 * start of this server on, as events and logs are written: a counter that begins again is what Prometheus expects of a restart.
 */
import { join } from 'node:path';
import type { Event } from '#blackboard/events/event.ts';
import { rootLayout } from '#blackboard/layout.ts';
import { sortMessageNames } from '#blackboard/messages/message-name.ts';
import { listInboxes } from '#blackboard/peers/peers.ts';
import type { Files } from '#blackboard/system/files.ts';
import { parseObject } from '#blackboard/text/json.ts';
import { createLogTail, type LogTail } from '#runner/dashboard/log-tail.ts';
import { openEventLog } from '#runner/events/event-log.ts';
import type { VerbContext } from '#runner/verbs/context.ts';
import { costs } from '#runner/verbs/costs.ts';
import { overview } from '#runner/verbs/overview.ts';

type Labels = Readonly<Record<string, string>>;

/** A number with its labels. */
interface Sample {
  labels: Labels;
  value: number;
}

export interface Metric {
  /** Without its prefix. */
  name: string;
  type: 'gauge' | 'counter';
  help: string;
  samples: readonly Sample[];
}

const escaped = (text: string): string => text.replaceAll('\\', '\\\\').replaceAll('"', '\\"').replaceAll('\n', '\\n');

/** Pure. */
export const metricsText = (metrics: readonly Metric[]): string =>
  metrics
    .flatMap(({ name, type, help, samples }) => [
      `# HELP agent_runner_${name} ${help}`,
      `# TYPE agent_runner_${name} ${type}`,
      ...samples.map(({ labels, value }) => {
        const pairs = Object.entries(labels).map(([label, text]) => `${label}="${escaped(text)}"`);
        return `agent_runner_${name}${pairs.length > 0 ? `{${pairs.join(',')}}` : ''} ${value}`;
      }),
      '',
    ])
    .join('\n');

/** Counts by labels. */
class Counter {
  readonly #values = new Map<string, Sample>();
  add(labels: Labels): void {
    const key = JSON.stringify(labels);
    const known = this.#values.get(key) ?? { labels, value: 0 };
    known.value++;
    this.#values.set(key, known);
  }
  get samples(): readonly Sample[] {
    return [...this.#values.values()];
  }
}

export interface MetricsSource extends Disposable {
  read(): Promise<string>;
}

/** `files` and logs are looked at when somebody asks, and never in between. */
export function createMetrics(context: VerbContext): MetricsSource {
  const { files, root } = context;
  const paths = rootLayout(root);
  const turns = new Counter();
  const outcomes = new Counter();
  const cards = new Counter();
  const signals = new Counter();
  const troubles = new Counter();
  const events = openEventLog(files, root, null, 0);
  const hooks = createLogTail(files, paths.hooksLog);
  const signalLogs = new Map<string, LogTail>();
  const begun = lookAtLogs();

  function count(event: Event): void {
    const peer = event.peer ?? '';
    if (event.type === 'turn.ended') turns.add({ peer, verdict: event.verdict });
    else if (event.type === 'message.replied') outcomes.add({ peer, outcome: 'replied' });
    else if (event.type === 'message.done' || event.type === 'message.acked') outcomes.add({ peer, outcome: 'done' });
    else if (event.type === 'message.buried') outcomes.add({ peer, outcome: 'dead' });
    else if (event.type === 'card.asked') cards.add({ peer, what: 'asked' });
    else if (event.type === 'card.ended') cards.add({ peer, what: event.how });
    else if (event.type === 'agent.parked') troubles.add({ peer, trouble: 'parked' });
    else if (event.type === 'turn.retried') troubles.add({ peer, trouble: 'api-retry' });
    else if (event.type === 'turn.denied') troubles.add({ peer, trouble: 'tool-denied' });
    else if (event.type === 'part.failed') troubles.add({ peer, trouble: 'part-failed' });
  }

  async function lookAtLogs(): Promise<void> {
    for (const event of await events.look()) count(event);
    for (const _line of await hooks.look()) troubles.add({ peer: '', trouble: 'hook' });
    for (const peer of await files.list(paths.wake)) {
      const log = signalLogs.get(peer) ?? createLogTail(files, join(paths.wake, peer, 'signals.log'));
      signalLogs.set(peer, log);
      for (const line of await log.look()) {
        const { decision, source, reason } = parseObject(line) ?? {};
        if (typeof decision === 'string')
          signals.add({ peer, decision, source: String(source), reason: typeof reason === 'string' ? reason : '' });
      }
    }
  }

  return {
    async read() {
      await begun;
      await lookAtLogs();
      return metricsText([
        ...(await standing(context)),
        { name: 'turns_total', type: 'counter', help: 'Turns that ended, by verdict.', samples: turns.samples },
        { name: 'messages_total', type: 'counter', help: 'Messages with an outcome.', samples: outcomes.samples },
        {
          name: 'cards_total',
          type: 'counter',
          help: 'Questions to a person: asked, and how they ended.',
          samples: cards.samples,
        },
        { name: 'signals_total', type: 'counter', help: 'Wake signals, by decision.', samples: signals.samples },
        {
          name: 'troubles_total',
          type: 'counter',
          help: 'What went wrong, and was survived.',
          samples: troubles.samples,
        },
      ]);
    },
    [Symbol.dispose]: () => events[Symbol.dispose](),
  };
}

/** What the files say now. */
async function standing(context: VerbContext): Promise<Metric[]> {
  const { files, root } = context;
  const seen = await overview(context);
  const { peers } = seen.listing;
  const agents = peers.filter(({ kind }) => kind === 'agent');
  const states = new Map<string, number>();
  for (const row of peers)
    if (row.kind !== 'other') states.set(`${row.kind} ${row.state}`, (states.get(`${row.kind} ${row.state}`) ?? 0) + 1);
  const spent = await costs(context, { by: 'agent', days: 1 });
  return [
    { name: 'up', type: 'gauge', help: 'This page is served.', samples: [{ labels: {}, value: 1 }] },
    {
      name: 'runner_up',
      type: 'gauge',
      help: '0: there are agents to run, and no runner runs them.',
      samples: [{ labels: {}, value: seen.isDown ? 0 : 1 }],
    },
    {
      name: 'peers',
      type: 'gauge',
      help: 'Agents and sessions, by state.',
      samples: [...states].map(([key, value]) => {
        const [kind = '', state = ''] = key.split(' ');
        return { labels: { kind, state }, value };
      }),
    },
    {
      name: 'needs_you',
      type: 'gauge',
      help: 'Agents that do nothing before a person does something.',
      samples: [{ labels: {}, value: agents.filter(row => row.kind === 'agent' && row.needsYou).length }],
    },
    {
      name: 'cards_open',
      type: 'gauge',
      help: 'Questions that wait for a person.',
      samples: [{ labels: {}, value: seen.cards }],
    },
    {
      name: 'queue_messages',
      type: 'gauge',
      help: 'Messages of a peer, by place.',
      samples: peers.flatMap(row =>
        (['waiting', 'later', 'dead'] as const).map(place => ({
          labels: { peer: row.name, place },
          value: row[place],
        })),
      ),
    },
    {
      name: 'queue_oldest_seconds',
      type: 'gauge',
      help: 'Age of the oldest message that waits.',
      samples: await ages(files, root),
    },
    {
      name: 'cost_today_usd',
      type: 'gauge',
      help: 'Spent since midnight, local time.',
      samples: spent.rows.map(({ name, todayUsd }) => ({ labels: { agent: name }, value: todayUsd })),
    },
    {
      name: 'turns_today',
      type: 'gauge',
      help: 'Turns in which claude ran since midnight.',
      samples: spent.rows.map(({ name, turns }) => ({ labels: { agent: name }, value: turns })),
    },
  ];
}

/** Only of inboxes in which something waits. */
async function ages(files: Files, root: string): Promise<Sample[]> {
  const samples: Sample[] = [];
  const nowMs = Date.now();
  for (const { peer, inbox } of await listInboxes(files, root)) {
    const oldest = Math.min(...sortMessageNames(await files.list(inbox.new)).map(({ atMs }) => atMs));
    if (Number.isFinite(oldest)) samples.push({ labels: { peer }, value: Math.max(0, (nowMs - oldest) / 1000) });
  }
  return samples;
}
