/**
 * The real claude for crash tests: a model server on loopback that answers every prompt after a while, and a script in front of
 * the program. Together they write the ledger that the fake one writes of itself; the ends that the script sees are those of
 * processes that were gone when the next one of their session started.
 */
import { appendFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { text } from '#runner/demo/model-server/reply.ts';
import { realClaudePath } from '#test/support/isolated-claude.ts';
import { startModelServer } from '#test/support/model/server.ts';

export interface WatchedClaude {
  executable: string;
  env: Record<string, string>;
  close(): Promise<void>;
}

/** `latencyMs`: before each answer, `0-400`. */
export async function watchedClaude(home: string, ledger: string, latencyMs: string): Promise<WatchedClaude> {
  const [least = 0, most = least] = latencyMs.split('-').map(Number);
  const server = await startModelServer(({ sessionId: session, prompt }) => {
    const line = { what: 'model-request', pid: 0, session, at: Date.now(), prompt };
    appendFileSync(ledger, `${JSON.stringify(line)}\n`);
    const delayMs = least + Math.random() * (most - least);
    return text(`Done: ${prompt.slice(0, 60)}`, { delayMs });
  });
  const executable = join(home, 'watched-claude');
  writeFileSync(executable, watched(ledger), { mode: 0o700 });
  return { executable, env: { ANTHROPIC_BASE_URL: server.url }, close: () => server.close() };
}

/** A zombie has no command line. */
const watched = (ledger: string): string => `#!/bin/sh
session=
before=
for word; do
  case $before in --session-id | --resume) session=$word ;; esac
  case $word in --session-id=* | --resume=*) session=\${word#*=} ;; esac
  before=$word
done
if [ -n "$session" ]; then
  last='${ledger}'.$AGENT_RUNNER_PEER
  say() { printf '{"what":"%s","pid":%s,"session":"%s","at":%s}\\n' "$1" "$2" "$session" "$(date +%s%3N)" >> '${ledger}'; }
  if [ -e "$last" ]; then
    read -r old < "$last"
    [ -n "$(tr -d '\\0' 2> /dev/null < /proc/$old/cmdline)" ] || say end "$old"
  fi
  echo $$ > "$last"
  say start $$
fi
exec '${realClaudePath()}' "$@"
`;
