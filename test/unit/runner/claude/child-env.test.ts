import { expect, test } from 'vitest';
import { childEnv } from '../../../../runner/claude/child-env.ts';

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
