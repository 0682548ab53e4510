/**
 * The variable that names the turn's directory in the environment of everything a turn starts. Loads nothing, because
 * `send` uses it too.
 */
export const turnDirectoryVariable = 'AGENT_RUNNER_TURN_DIR';
