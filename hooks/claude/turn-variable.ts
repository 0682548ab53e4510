/** The variable that names the turn's directory in the environment of everything a turn starts. Loads nothing: `send` knows it, too. */
export const turnDirectoryVariable = 'AGENT_RUNNER_TURN_DIR';
