/**
 * One turn that claude works on, over its two implementations: a process of its own, and one that stays. The turn code does not
 * know which it has, so both must keep this contract, with the real and the fake claude. What no claude should do, an odd one
 * does here.
 */
import { readFileSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { agentLayout } from '#blackboard/layout.ts';
import { createRunnerFiles } from '#blackboard/system/runner-files.ts';
import { endedWell } from '#hooks/claude/session-transcript.ts';
import { readAskedContext } from '#runner/claude/asked-context.ts';
import { readPlan } from '#runner/claude/plan.ts';
import { fakeClaudePath, realClaudePath } from '#test/support/isolated-claude.ts';
import { until } from '#test/support/until.ts';
import { isAlive } from './claude-subject.ts';
import {
  type BenchOptions,
  hasFile,
  letGo,
  oddClaudePath,
  type PlayedTurn,
  type RunBench,
  runBench,
  type Way,
} from './run-bench.ts';

const kinds: [name: string, way: Way, executable: () => string][] = [
  ['one-shot, the fake claude', 'one-shot', fakeClaudePath],
  ['asking, the fake claude', 'asking', fakeClaudePath],
  ['resident, the fake claude', 'resident', fakeClaudePath],
  ['one-shot, the real claude', 'one-shot', realClaudePath],
  ['asking, the real claude', 'asking', realClaudePath],
  ['resident, the real claude', 'resident', realClaudePath],
];

/** Hooks of the agent's own: one blocks prompts with that word, one has the first answer gone on with. */
const HOOKS = [
  'settings:',
  '  hooks:',
  `    UserPromptSubmit: [{hooks: [{type: command, command: "if grep -q forbidden; then echo no >&2; exit 2; fi"}]}]`,
  `    Stop: [{hooks: [{type: command, command: "if [ ! -e on ]; then touch on; echo go on >&2; exit 2; fi"}]}]`,
];
const WAIT = '@@TOOL Bash {"command":"echo $$ > tool.pid; exec sleep 60"}@@';

describe.each(kinds)('%s', (_name, way, executable) => {
  const bench = (more: BenchOptions = {}) => runBench(way, executable(), more);
  const answers = async (b: RunBench, word: string) => {
    const { summary } = await b.turn(`@@SAY ${word}@@`);
    expect(summary).toMatchObject({ lineState: 'completed', result: { text: word, isError: false } });
  };

  /** On a slow machine a process of its own meets the next Unix signal before it has said so. */
  const isCut = async ({ said }: PlayedTurn, terminalReason: string) => {
    const { result, lineState } = await said();
    if (way !== 'one-shot' || result) expect(result).toMatchObject({ terminalReason, isError: true });
    if (result) expect(lineState).toBe('cancelled');
  };

  it('ends with its answer, is not changed by an interruption that comes late, and the next one goes on', async () => {
    await using b = await bench();
    const first = await b.turn('the word is marzipan @@SAY one@@');
    expect(first.summary).toMatchObject({ lineState: 'completed', result: { text: 'one' } });
    await first.run.interrupt();
    expect(await first.said()).toEqual(first.summary);
    const second = await b.turn('@@SAY two@@');
    expect(second.summary).toMatchObject({ result: { text: 'two' }, resultCount: 1, hasOthers: false });
    expect(JSON.stringify(b.server.turns().at(-1)!.body)).toContain('the word is marzipan');
    expect((await first.pid()) === (await second.pid())).toBe(way === 'resident');
    expect(await b.claude.isAlive({ ...first.run.identity! }, first.turn)).toBe(false);
  });

  it('is interrupted before the answer, and in a tool, which ends; the next turn has an answer', async () => {
    await using b = await bench();
    await answers(b, 'first');
    const early = await b.begin('@@HANG@@');
    await b.server.seen(({ prompt }) => prompt.includes('HANG'));
    await early.run.interrupt();
    await isCut(early, 'aborted_streaming');
    const late = await b.begin(WAIT);
    const tool = await until('the tool', () => hasFile(b, 'tool.pid') && pidIn(b));
    await late.run.interrupt();
    await isCut(late, 'aborted_tools');
    await until('the end of the tool', () => !isAlive(tool));
    await answers(b, 'third');
  });

  it('is over when its process is killed, also between turns, and the next turn has another', async () => {
    await using b = await bench();
    await answers(b, 'first');
    const second = await b.begin('@@HANG@@');
    await b.server.seen(({ prompt }) => prompt.includes('HANG'));
    process.kill(await second.pid(), 'SIGKILL');
    expect(await second.run.over).toEqual({ code: null, signal: 'SIGKILL' });
    expect(await second.said()).toMatchObject({ result: null, lineState: 'started' });
    const third = await b.turn('@@SAY third@@');
    expect(third.summary).toMatchObject({ result: { text: 'third' } });
    const pid = await third.pid();
    if (way === 'resident') process.kill(pid, 'SIGKILL');
    await until('its end', () => !isAlive(pid));
    await answers(b, 'fourth');
  });

  it('tells of what the API refuses, of a conversation that is too long, and goes on after it', async () => {
    await using b = await bench();
    const refused = await b.turn('@@ERROR 400@@');
    expect(refused.summary.result).toMatchObject({ isError: true, terminalReason: 'api_error', apiErrorStatus: 400 });
    const long = await b.turn('@@TOOLONG@@');
    expect(long.summary.result).toMatchObject({ isError: true, terminalReason: 'prompt_too_long' });
    await answers(b, 'third');
    expect((await refused.pid()) === (await long.pid())).toBe(way === 'resident');
  });

  it('is over when a hook blocks its prompt, and only then when a Stop hook has had it go on', async () => {
    await using b = await bench({ front: HOOKS });
    const { summary } = await b.turn('@@SAY one@@');
    expect(summary).toMatchObject({ result: { numTurns: 2, terminalReason: 'completed' }, resultCount: 1 });
    const blocked = await b.turn('forbidden @@SAY two@@');
    expect(blocked.summary).toMatchObject({ lineState: 'completed', result: { numTurns: 0, terminalReason: null } });
    await answers(b, 'three');
  });

  it.runIf(way === 'resident')(
    'says while it idles how full its conversation is, and takes the next turn',
    async () => {
      await using b = await bench({ patience: { residentAskAfterMs: 0 } });
      const first = await b.turn('@@SAY one@@');
      const said = await until('its answer', () => b.claude.contextOf?.(b.sessionId));
      expect(said.tokens).toBeGreaterThan(0);
      expect([200_000, 1_000_000]).toContain(said.window);
      const of = { sessionId: b.sessionId, turn: 1 };
      const read = () => readAskedContext(createRunnerFiles(), agentLayout(b.root, 'alpha'), of);
      expect(await until('its record', read)).toEqual({ tokens: said.tokens, window: said.window });
      await answers(b, 'two');
      expect(
        await b.claude.residentFor?.({
          turn: 3,
          sessionId: b.sessionId,
          resume: true,
          perTurnUsd: 2,
          dayUsd: 100,
          isRestricted: false,
        }),
      ).toMatchObject({ first: 1 });
      expect(isAlive(await first.pid())).toBe(true);
      // Nothing was asked for while it idled.
      expect(b.server.requests.filter(({ method }) => method === 'POST')).toHaveLength(2);
    },
  );

  // The fake has no background tasks; the odd one below plays their lines.
  it.runIf(executable === realClaudePath && way === 'resident')(
    'lasts until its background tasks have ended, and their rounds',
    async () => {
      await using b = await bench();
      const task = (command: string) => `@@TOOL Bash ${JSON.stringify({ command, run_in_background: true })}@@`;
      const slow = await b.turn(`${task('sleep 0.7')} @@SAY started@@`);
      expect(slow.summary).toMatchObject({ resultCount: 2, isUnfinished: false, hasOthers: false });
      // Its end falls into the time in which the last message is written.
      const quick = await b.turn(`${task('sleep 0.3')} @@DELAY 1200@@ @@SAY started@@`);
      expect(quick.summary).toMatchObject({ resultCount: 2, isUnfinished: false, hasOthers: false });
      await answers(b, 'third');
    },
  );
});

describe('resident, an odd claude', () => {
  const GOOD = 'queued started init result completed';
  const odd = (patience: BenchOptions['patience'] = {}) => runBench('resident', oddClaudePath(), { patience });
  it('takes a result for the turn only with its line, and ends the process of a turn that nobody gave it', async () => {
    await using b = await odd();
    const { summary, pid } = await b.turn('queued init result:foreign started init result completed');
    expect(summary).toMatchObject({ resultCount: 1, hasOthers: true, reportedUsd: 0.02 });
    expect(isAlive(await pid())).toBe(false);
  });

  it('is interrupted and ended when a turn begins between ours', async () => {
    await using b = await odd();
    const { run, pid } = await b.turn(`${GOOD} pause init`);
    letGo(b);
    await until('its end', () => b.astray === 1);
    expect(isAlive(await pid())).toBe(false);
    expect(readFileSync(join(b.cwd, 'asked'), 'utf8')).toContain('interrupt');
    expect(await run.over).toBeNull();
  });

  it('does not end at garbage, and notices an end that is written in two halves', async () => {
    await using b = await odd();
    const played = await b.begin('queued started garbage init result half');
    await played.shows('"result"');
    letGo(b);
    await played.run.over;
    expect(await played.said()).toMatchObject({ lineState: 'completed', garbageLines: 1 });
  });

  it('is not over before its tasks have ended, and the round that tells of them', async () => {
    await using b = await odd();
    const { summary } = await b.turn('queued started init tasks:1 notified tasks:0 result completed round');
    expect(summary.result).toMatchObject({ text: 'the last word' });
  });

  it('is over when no such round comes', async () => {
    await using b = await odd({ residentRoundMs: 50 });
    const { summary } = await b.turn('queued started init tasks:1 notified tasks:0 result completed');
    expect(summary.result).toMatchObject({ text: 'answer' });
  });

  it.each(['queued started init:plan', 'queued started init:acceptEdits result completed'])(
    'is ended when it works under other permissions (%s)',
    async orders => {
      await using b = await odd();
      const { pid } = await b.turn(orders);
      expect(isAlive(await pid())).toBe(false);
    },
  );

  it('is killed when it ignores an interruption, and the end of its input', async () => {
    await using b = await odd({ residentInterruptMs: 50, residentEndMs: 50 });
    const played = await b.begin('deaf queued started init');
    await played.shows('"init"');
    await played.run.interrupt();
    expect(isAlive(await played.pid())).toBe(false);
  });

  it('has no next line before it has answered an interruption', async () => {
    await using b = await odd({ residentInterruptMs: 100 });
    // It is deaf from there on: the turn ends, and its answer never comes.
    const played = await b.begin('queued started init deaf interrupted result cancelled');
    await played.shows('"init"');
    await played.run.interrupt();
    expect(isAlive(await played.pid())).toBe(false);
  });

  it('is killed when it ignores the end of its input', async () => {
    const b = await odd({ residentEndMs: 50 });
    const pid = await (await b.turn(`${GOOD} deaf`)).pid();
    await b[Symbol.asyncDispose]();
    expect(isAlive(pid)).toBe(false);
  });

  it('takes its one turn where its program reads to the end of the input first, and the next turn has another', async () => {
    const bench = { patience: { residentFirstSilenceMs: 50 }, env: { ODD_READS_ALL: '1' } };
    await using b = await runBench('resident', oddClaudePath(), bench);
    const first = await b.turn(GOOD);
    expect(first.summary).toMatchObject({ lineState: 'completed', result: { text: 'answer' } });
    expect(isAlive(await first.pid())).toBe(false);
    expect((await b.turn(GOOD)).summary).toMatchObject({ result: { text: 'answer' } });
  });

  it('is told by its exit when it ends in mid-turn', async () => {
    await using b = await odd();
    expect((await b.turn('queued started init exit:3')).exit).toEqual({ code: 3, signal: null });
  });
});

/** Turns of a session that claude knows: the second one may go to the process of the first. */
it('resident, the fake claude: with a login by plan, its windows are written down', async () => {
  const limits = { five_hour: { utilization: 85, resets_at: '2999-01-01T00:00:00.000Z' }, seven_day: null };
  const env = { FAKE_CLAUDE_PLAN: JSON.stringify(limits) };
  await using b = await runBench('resident', fakeClaudePath(), { patience: { residentAskAfterMs: 0 }, env });
  await b.turn('@@SAY one@@');
  const plan = await until('the plan', () => readPlan(createRunnerFiles(), b.root, Date.now()));
  expect(plan.windows).toEqual([{ name: 'five_hour', used: 0.85, resetsAt: '2999-01-01T00:00:00.000Z' }]);
});

it.each([
  ['its runner', 50],
  ['the next runner', 3_600_000],
])(
  'resident, the fake claude: one that hangs over its answer is ended by %s, and the answer stands',
  async (_who, residentStuckMs) => {
    const bench = { patience: { residentStuckMs }, env: { FAKE_CLAUDE_STUCK: '1' } };
    await using b = await runBench('resident', fakeClaudePath(), bench);
    const resident = { first: 1, from: 0, stderrFrom: 0 };
    const intent = JSON.stringify({ mark: 'the-mark', transcriptBytes: 0, sessionId: b.sessionId, resident });
    const { run, turn, said, pid } = await b.begin('the-mark @@SAY done@@', turn => writeFile(turn.intent, intent));
    await pid();
    if (residentStuckMs > 50)
      b.another({ residentStuckMs: 50 }).adopt(run.identity!, turn, new AbortController().signal);
    expect(await run.over).not.toBeNull();
    expect(isAlive(await pid())).toBe(false);
    expect((await said()).result).toBeNull();
    expect(endedWell(await b.claude.readSession(b.sessionId, 0), ['the-mark'])).toEqual({ text: 'done' });
  },
);

describe('resident, the fake claude, at a second turn', () => {
  const second = async (patience: BenchOptions['patience'] = {}) => {
    const b = await runBench('resident', fakeClaudePath(), { patience });
    const first = await b.turn('@@SAY one@@');
    await until('the transcript', () => b.claude.sessionBytes(b.sessionId));
    return { b, first };
  };

  it('is killed when it says nothing of its line', async () => {
    const { b, first } = await second({ residentSilenceMs: 100 });
    await using _ = b;
    const pid = await first.pid();
    process.kill(pid, 'SIGSTOP');
    const next = await b.turn('@@SAY two@@');
    expect(await next.pid()).toBe(pid);
    expect(next.summary.result).toBeNull();
    expect(isAlive(pid)).toBe(false);
    expect((await b.turn('@@SAY three@@')).summary).toMatchObject({ result: { text: 'three' } });
  });

  it('is not given the line of a turn that somebody has stopped, and takes the one after it', async () => {
    const { b, first } = await second();
    await using _ = b;
    const stopped = await b.begin('@@SAY two@@', turn => writeFile(turn.stop, '{}'));
    expect(await stopped.run.over).toBeNull();
    expect(await b.claude.isAlive(first.run.identity!, stopped.turn)).toBe(false);
    const third = await b.turn('@@SAY three@@');
    expect(third.summary).toMatchObject({ result: { text: 'three' } });
    expect(await third.pid()).toBe(await first.pid());
    expect(b.server.turns()).toHaveLength(2);
  });

  it('runs nothing when it ended in the moment before its line', async () => {
    const { b, first } = await second();
    await using _ = b;
    const pid = await first.pid();
    const lost = await b.begin('@@SAY two@@', async () => {
      process.kill(pid, 'SIGKILL');
      await until('its end', () => !isAlive(pid));
    });
    await lost.run.over;
    expect(await lost.said()).toMatchObject({ result: null, lineState: null });
    expect((await b.turn('@@SAY three@@')).summary).toMatchObject({ result: { text: 'three' } });
  });

  it('has a run that another look finds again', async () => {
    const { b } = await second();
    await using _ = b;
    const { run, turn } = await b.begin('@@HANG@@');
    await b.server.seen(({ prompt }) => prompt.includes('HANG'));
    const found = b.claude.adopt(run.identity!, turn, new AbortController().signal);
    await found.interrupt();
    expect(await found.over).toBeNull();
    expect(isAlive(run.identity!.pid)).toBe(true);
  });
});

const pidIn = ({ cwd }: RunBench) => Number(readFileSync(join(cwd, 'tool.pid'), 'utf8')) || undefined;
