// What a person sees: each view on a real terminal (tmux) of 60, 80 and 120 columns, with long names, long texts and hostile ones.
import { execFileSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type AgentFixture, agentFixture, cliPath } from '#test/support/agent-fixture.ts';
import { fakeClaudePath } from '#test/support/isolated-claude.ts';

let fixture: AgentFixture;
let socket: string;
const WORDS = 'please look at the accessibility of everything before tomorrow morning and report '.repeat(4).trim();

beforeAll(async () => {
  fixture = await agentFixture({ config: { claude: fakeClaudePath() } });
  socket = join(fixture.place.root, 'tmux.sock');
  const agent = await fixture.agent('a-reviewer-with-a-rather-long-name');
  await fixture.agent('worker', {
    front: { permissionMode: 'bypassPermissions', model: 'claude-opus-with-a-long-name' },
  });
  await fixture.command('send', 'operator', WORDS, '--from', agent.name);
  const id = await agent.send(`${WORDS} \u001b[31mred`);
  await fixture.command('cancel', id);
  await fixture.command('post', `\u001b[31m${WORDS}`, '--kind', 'alert', '--topic', 'release');
  writeFileSync(join(agent.layout.home, 'parked'), '');
});
afterAll(async () => {
  try {
    tmux('kill-server');
  } catch {
    // No test started one.
  }
  await fixture[Symbol.asyncDispose]();
});

function tmux(...words: string[]): string {
  const env = {
    PATH: process.env.PATH ?? '',
    HOME: fixture.place.home,
    TERM: 'xterm-256color',
    LC_ALL: 'C.UTF-8',
    TMUX_TMPDIR: fixture.place.root,
  };
  return execFileSync('tmux', ['-u', '-S', socket, '-f', '/dev/null', ...words], { encoding: 'utf8', env });
}

let windows = 0;
/** Runs the commands one after another in a terminal so wide, and gives the screen of each. */
async function screens(columns: number, commands: readonly string[]): Promise<string[]> {
  const name = `w${++windows}`;
  const shown = commands.map(each => `${process.execPath} ${cliPath} --root ${fixture.root} ${each}; echo; echo "~~~"`);
  tmux('new-session', '-d', '-s', name, '-x', String(columns), '-y', '2000', `${shown.join('; ')}; echo "=end="; cat`);
  const all = await fixture.until('the commands have ended', () => {
    const text = tmux('capture-pane', '-p', '-J', '-t', name);
    return text.includes('=end=') && text;
  });
  tmux('kill-session', '-t', name);
  return all.split('~~~\n').slice(0, -1);
}

/** Lines that the terminal had to break, and within a word. A word that is longer than half a line (a path) may be: it can be copied whole. */
function brokenLines(screen: string, columns: number): string[] {
  return screen.split('\n').filter(line => {
    const [before] = /\S*$/.exec(line.slice(0, columns))!;
    const [after] = /^\S*/.exec(line.slice(columns))!;
    return before !== '' && after !== '' && before.length + after.length <= columns / 2;
  });
}

describe.each([60, 80, 120])('at %i columns', columns => {
  test('no view is broken within a word, and no paint is shown as text', async () => {
    const views = [
      'list',
      'dead',
      'inbox',
      'board',
      'status worker',
      'status a-reviewer-with-a-rather-long-name',
      'costs',
      'templates',
      'hooks',
      '--help',
      'add --help',
      'init',
      `add wide-${columns} --cwd ${fixture.place.cwd}`,
      'notify --help',
    ];
    const found = await screens(columns, views);
    views.forEach((view, at) => {
      expect({ view, broken: brokenLines(found[at]!, columns) }).toEqual({ view, broken: [] });
      expect(found[at]!.trim(), view).not.toBe('');
      // Our own paint is no text; a peer's escape is one.
      expect(found[at]!.match(/�\[(?!31m)\d*m/g), view).toBe(null);
    });
    expect(found[views.indexOf('board')]).toContain('�[31m');
  });
});

test('who tries the MCP server by hand is told what it waits for', async () => {
  const command = `${process.execPath} ${cliPath} --root ${fixture.root} mcp`;
  tmux('new-session', '-d', '-s', 'mcp', '-x', '120', '-y', '50', command);
  const screen = () => tmux('capture-pane', '-p', '-J', '-t', 'mcp');
  await fixture.until('the word', () => screen().includes('waits for an MCP client on stdin'));
  tmux('send-keys', '-t', 'mcp', 'C-d');
  // With its last session the tmux server ends, too.
  await fixture.until('its end', () => {
    try {
      return !tmux('list-sessions', '-F', '#{session_name}').includes('mcp');
    } catch {
      return true;
    }
  });
});
