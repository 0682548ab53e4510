#!/bin/sh
# Tells a new session, its person and its model, that the command of the plugin's tools and buttons is missing: command-check.sh <command>
# An agent's turn has its command from its runner.
[ -n "${AGENT_RUNNER_TURN_DIR-}" ] || command -v "$1" >/dev/null && exit 0
words="agent-runner: the plugin is on, but the PATH of this session has no command $1, so its tools and commands are missing. Install it (npm install --global $1) and start claude anew."
printf '{"systemMessage": "%s", "hookSpecificOutput": {"hookEventName": "SessionStart", "additionalContext": "%s"}}\n' "$words" "$words"
