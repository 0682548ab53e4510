import { expect, test } from 'vitest';
import { createRunnerFiles } from '#blackboard/system/runner-files.ts';
import { findCaller } from '#runner/agents/caller.ts';
import { childEnv, compactsAt, ownProgramEnv } from '#runner/claude/child-env.ts';

test('what belongs to another session does not reach the child', () => {
  const foreign = {
    CLAUDECODE: '1',
    CLAUDE_PID: '7',
    CLAUDE_CODE_SESSION_ID: 's',
    CLAUDE_CODE_MESSAGING_SOCKET: '/s',
    CLAUDE_CODE_CHILD_SESSION: '1',
    CLAUDE_CODE_ENTRYPOINT: 'cli',
    CLAUDE_PLUGIN_ROOT: '/p',
    CLAUDE_PROJECT_DIR: '/d',
    CLAUDE_ENV_FILE: '/e',
    TMUX: '/tmp/tmux',
    TMUX_PANE: '%1',
    NOTIFY_SOCKET: '/run/user/0/systemd/notify',
    WATCHDOG_PID: '1',
    WATCHDOG_USEC: '60000000',
  };
  expect(childEnv({ ...foreign, HOME: '/h' })).toEqual({ HOME: '/h', CLAUDE_CODE_MAX_RETRIES: '2' });
});

test("the user's own settings stay, also those that look alike", () => {
  const own = {
    ANTHROPIC_API_KEY: 'k',
    ANTHROPIC_BASE_URL: 'u',
    CLAUDE_CONFIG_DIR: '/c',
    CLAUDE_CODE_USE_BEDROCK: '1',
    CLAUDE_CODE_MAX_RETRIES: '7',
    CLAUDE_PID_FILE: 'x',
    MY_TMUX: 'y',
    PATH: '/bin',
  };
  expect(childEnv({ ...own, GONE: undefined })).toEqual(own);
});

test('additions win, and the given environment is left as it was', () => {
  const env = { AGENT_RUNNER_TURN_DIR: 'of an outer agent', CLAUDECODE: '1' };
  expect(childEnv(env, { AGENT_RUNNER_TURN_DIR: '/t' })).toMatchObject({ AGENT_RUNNER_TURN_DIR: '/t' });
  expect(env).toEqual({ AGENT_RUNNER_TURN_DIR: 'of an outer agent', CLAUDECODE: '1' });
});

test('programs of the user’s own know of no session, turn or service that the runner was started from', async () => {
  const own = { PATH: '/bin', TMUX: '/s', TMUX_PANE: '%1', AGENT_RUNNER_HOME: '/r', CLAUDE_CONFIG_DIR: '/c' };
  const others = {
    ...{ CLAUDECODE: '1', CLAUDE_PID: '1', CLAUDE_PROJECT_DIR: '/p', CLAUDE_CODE_SESSION_ID: 's', AI_AGENT: 'claude' },
    ...{ CLAUDE_CODE_SESSION_ATTENDED: '1', CLAUDE_CODE_ENTRYPOINT: 'cli', CLAUDE_CODE_EXECPATH: '/x' },
    ...{ CLAUDE_CODE_CHILD_SESSION: '1', CLAUDE_CODE_MESSAGING_TOKEN: 't', NOTIFY_SOCKET: '/n' },
    ...{ AGENT_RUNNER_PEER: 'a', AGENT_RUNNER_TURN: '1', AGENT_RUNNER_TURN_DIR: '/t', AGENT_RUNNER_HOPS: '0' },
  };
  expect(ownProgramEnv({ ...own, ...others })).toEqual(own);
  // None of it is left that would be taken for a sign of an agent or a claude.
  expect(await findCaller(createRunnerFiles(), '/nowhere', ownProgramEnv(others), [])).toEqual({
    kind: 'operator',
    peer: 'operator',
  });
});

test("the window at which claude makes a summary is the model's, where it is known and the user has set none", () => {
  const name = 'CLAUDE_CODE_AUTO_COMPACT_WINDOW';
  expect(compactsAt(200_000, {})).toEqual({ [name]: '200000' });
  expect(compactsAt(200_000, { [name]: '100000' })).toEqual({});
  expect(compactsAt(undefined, {})).toEqual({});
});
