/** What the verbs of agents at work return. Imported for its types alone where commands start fast: zod is heavy. */
import { z } from 'zod';
import { paneShape, paneStatusShape, saidShape } from '#runner/results/panes.ts';
import {
  agentShape,
  dayShape,
  denialShape,
  idShape,
  kindShape,
  otherPeerShape,
  rungShape,
  sessionShape,
  timeShape,
  verdictShape,
} from '#runner/results/shared.ts';

export const listShape = z.array(z.union([agentShape, sessionShape, otherPeerShape, paneShape]));
export type List = z.infer<typeof listShape>;

export const statusShape = z.union([
  paneStatusShape,
  sessionShape.extend(
    z.strictObject({
      startedAt: timeShape,
      branch: z.string().nullable(),
      tmux: z.strictObject({ socket: z.string(), pane: z.string() }).nullable(),
      pane: paneStatusShape.nullable().describe('what it does in tmux, and what may be done to it'),
      paneProblem: z.string().nullable().describe('why there is no pane, though it was in one'),
      takesSignals: z.boolean().describe('a runner takes them for it'),
      wake: rungShape.nullable().describe('what would wake it now; null: it is over'),
    }).shape,
  ),
  agentShape.extend(
    z.strictObject({
      healthy: z.boolean(),
      problem: z.string().nullable(),
      next: z.string().nullable().describe('what a person does about its state'),
      cwd: z.string().nullable(),
      path: z.string().describe('where its files are'),
      worktrees: z
        .array(
          z.strictObject({ path: z.string(), branch: z.string(), used: z.boolean().describe('its turns run there') }),
        )
        .describe('of its own, made because of worktree: true'),
      keptRules: z.array(z.string()).describe('what a person allowed it for good (approve --always)'),
      budget: z
        .object({
          perTurnUsd: z.number(),
          perMessageUsd: z.number(),
          perDayUsd: z.number(),
          signalsPerDayUsd: z.number(),
        })
        .nullable(),
      runner: z.strictObject({ pid: z.number(), startedAt: timeShape, problem: z.string().nullable() }).nullable(),
      turn: z
        .object({
          number: z.number(),
          pid: z.number().nullable(),
          since: timeShape.nullable(),
          messages: z.array(z.strictObject({ id: idShape, from: z.string(), kind: kindShape })),
        })
        .nullable(),
      turns: z.number(),
      session: z
        .object({
          id: z.string(),
          turns: z.number(),
          contextTokens: z.number(),
          contextWindow: z.number().nullable().describe('tokens that the model takes'),
          totalUsd: z.number(),
        })
        .nullable(),
      resident: z
        .strictObject({
          pid: z.number(),
          turns: z.number().describe('that it has taken'),
          rssMiB: z.number().nullable(),
          idleSince: timeShape.nullable().describe('null: it has a turn'),
        })
        .nullable()
        .describe('the claude that stays for the next turn'),
      plan: z
        .strictObject({
          at: timeShape,
          windows: z.array(
            z.strictObject({
              name: z.string(),
              used: z.number().describe('1: all of it'),
              resetsAt: z.string().nullable(),
            }),
          ),
        })
        .nullable()
        .describe('how much of the plan is used that claude is logged in to, as a resident was told last'),
      lastTurn: z
        .object({
          number: z.number(),
          at: timeShape,
          verdict: verdictShape,
          bySignal: z.boolean(),
          reason: z.string().nullable(),
          costUsd: z.number(),
          denials: z.array(denialShape),
        })
        .nullable(),
      parked: z
        .object({ code: z.string(), reason: z.string(), at: timeShape, untilMs: z.number().nullable() })
        .nullable(),
      stopped: z.boolean(),
      paused: z.enum(['root', 'agent']).nullable(),
      retryAt: timeShape.nullable(),
      ownerPid: z.number().nullable(),
      signals: z.strictObject({ waiting: z.number(), todayUsd: z.number() }),
      notTakenDrops: z.array(
        z.strictObject({ name: z.string(), path: z.string(), problem: z.string(), remedy: z.string() }),
      ),
      ignoredNames: z.array(z.string()),
      rootProblems: z.array(z.strictObject({ code: z.string(), sentence: z.string(), mend: z.string() })),
    }).shape,
  ),
]);
export type Status = z.infer<typeof statusShape>;

const exchangeShape = z.strictObject({
  turn: z.number(),
  kind: z.enum(['work', 'signal', 'handoff', 'burial', 'lent']).nullable(),
  startedAt: timeShape.nullable(),
  endedAt: timeShape.nullable(),
  verdict: verdictShape.nullable(),
  reason: z.string().nullable(),
  costUsd: z.number().nullable(),
  messages: z.array(
    z.strictObject({
      id: idShape,
      from: z.string(),
      kind: kindShape,
      subject: z.string().nullable(),
      body: z.string().nullable(),
    }),
  ),
  answer: z.string().nullable(),
});
export type Exchange = z.infer<typeof exchangeShape>;

export const peekShape = z
  .union([z.array(exchangeShape), z.array(saidShape)])
  .describe('of an agent its turns; of a session what was said there');
export type Peek = z.infer<typeof peekShape>;

export const costsShape = z.strictObject({
  by: z.enum(['agent', 'day']),
  trace: z.string().nullable().describe('of this chain of messages only, without estimates'),
  from: dayShape,
  today: dayShape,
  todayUsd: z.number(),
  totalUsd: z.number(),
  turns: z.number(),
  rows: z.array(z.strictObject({ name: z.string(), turns: z.number(), usd: z.number(), todayUsd: z.number() })),
});
export type Costs = z.infer<typeof costsShape>;

export const startShape = z.strictObject({ pid: z.number(), root: z.string(), log: z.string() });
export type Start = z.infer<typeof startShape>;

export const stopShape = z.union([
  z.strictObject({
    runners: z.array(z.strictObject({ pid: z.number(), agents: z.array(z.string()) })).describe('without a name'),
    notReached: z
      .array(z.strictObject({ pid: z.number(), agents: z.array(z.string()), where: z.string() }))
      .describe('still up: no signal from here reaches them'),
  }),
  z.strictObject({
    agents: z.array(
      z.strictObject({ name: z.string(), runnerPid: z.number().nullable(), stoppedTurn: z.number().nullable() }),
    ),
  }),
]);
export type Stop = z.infer<typeof stopShape>;

export const pauseShape = z.strictObject({
  name: z.string().nullable().describe('null: all agents'),
  path: z.string(),
  already: z.boolean(),
});
export type Pause = z.infer<typeof pauseShape>;

export const resumeShape = z.strictObject({
  took: z.array(
    z.strictObject({
      name: z.string().nullable().describe('null: of all agents'),
      what: z.enum(['park', 'pause', 'stop']),
      reason: z.string().nullable().describe('of a park'),
    }),
  ),
  raisedUsd: z.number().nullable(),
  parksAgain: z
    .array(z.strictObject({ name: z.string(), code: z.enum(['budget', 'fleet-budget']) }))
    .describe('agents that will be, unless more money is allowed for today: theirs, or that of all'),
  waits: z
    .array(z.strictObject({ name: z.string(), why: z.string() }))
    .describe('agents that nobody runs, and what settles it'),
  pausedBy: z.string().nullable().describe('the file that pauses all agents still'),
});
export type Resume = z.infer<typeof resumeShape>;

export const dashboardRevokeShape = z.strictObject({
  sessions: z.number().describe('of the page that were ended, on all devices'),
});
export type DashboardRevoke = z.infer<typeof dashboardRevokeShape>;

export const dashboardTokenShape = z.strictObject({
  path: z.string().describe('of the file that was made'),
  origin: z.string().describe('where it counts'),
});
export type DashboardToken = z.infer<typeof dashboardTokenShape>;
