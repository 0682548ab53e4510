// A tmux for tests of what is built on the port: a shell script that answers the two questions the port asks, from files. What the
// real one does is held by test/contract/tmux.contract.test.ts.
import { chmodSync, existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

const SCRIPT = `#!/bin/sh
# -u -S <socket> <command…>; each screen is asked for by: display-message -p -t <id> "<mark> <format>" ; capture-pane …
here=\${0%/*}
echo "$*" >> "$here/calls"
shift 3
case $1 in
list-panes) cat "$here/panes" 2>/dev/null || { echo 'no server running on x' >&2; exit 1; } ;;
*)
  while [ $# -gt 0 ]; do
    if [ "$1" = display-message ]; then
      [ -f "$here/screen-$4" ] || { echo "can't find pane: $4" >&2; exit 1; }
      echo "\${5%% *} $4 0 0 0"
      cat "$here/screen-$4"
    fi
    shift
  done ;;
esac
`;

export interface FakePane {
  id: string;
  address: string;
  pid: number;
  command?: string;
  screen: string;
}

export interface FakeTmux {
  /** For the caller: PATH, and the server that is meant. */
  env: { PATH: string; AGENT_RUNNER_TMUX: string };
  /** What it has from now on; null: no server runs. */
  set(panes: readonly FakePane[] | null): void;
  /** How often it was called. */
  calls(): number;
}

/** \`directory\`: of its own, and it exists. */
export function fakeTmux(directory: string): FakeTmux {
  const bin = join(directory, 'tmux-bin');
  mkdirSync(bin);
  writeFileSync(join(bin, 'tmux'), SCRIPT);
  chmodSync(join(bin, 'tmux'), 0o755);
  return {
    env: { PATH: `${bin}:/usr/bin:/bin`, AGENT_RUNNER_TMUX: join(directory, 'socket') },
    calls: () => (existsSync(join(bin, 'calls')) ? readFileSync(join(bin, 'calls'), 'utf8').split('\n').length - 1 : 0),
    set(panes) {
      if (panes === null) return rmSync(join(bin, 'panes'), { force: true });
      const rows = panes.map(({ id, address, pid, command = 'claude' }) => {
        const at = address.lastIndexOf(':');
        return `3.3a ${id} 0 0 0 ${pid} ${address.slice(at + 1)} ${address.slice(0, at)}:${command}\n`;
      });
      for (const { id, screen } of panes) writeFileSync(join(bin, `screen-${id}`), `${screen}\n`);
      writeFileSync(join(bin, 'panes'), rows.join(''));
    },
  };
}
