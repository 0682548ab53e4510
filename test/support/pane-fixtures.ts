// Screens of the real CLI, captured from tmux, with what was true of the session then: INDEX.tsv has a row for each.
// test/outside/real-panes.test.ts captures them again.
import { readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import type { LastTurn } from '#hooks/claude/transcript-tail.ts';
import type { PaneFacts, StateWord } from '#runner/panes/decide.ts';
import { readScreen } from '#runner/panes/screen.ts';

const directory = fileURLToPath(new URL('../fixtures/panes/', import.meta.url));

export interface PaneFixture {
  name: string;
  version: string;
  state: StateWord;
  subtype: string | null;
  /** With its colours. */
  captured: string;
  registry: PaneFacts['registry'];
  transcript: LastTurn;
}

export const PANE_FIXTURES: readonly PaneFixture[] = readFileSync(`${directory}INDEX.tsv`, 'utf8')
  .trim()
  .split('\n')
  .slice(1)
  .map(row => {
    const [name, version, state, subtype, status, waitingFor, turn, fault] = row
      .split('\t')
      .map(word => (word === '-' ? null : word));
    return {
      ...{ name: name!, version: version!, state: state as StateWord, subtype: subtype! },
      captured: screenNamed(name!),
      // Claude has come to rest since the last prompt wherever it says idle.
      registry: status ? { status, waitingFor: waitingFor ?? null, statusSinceMs: 2 } : null,
      transcript: { turn: turn as LastTurn['turn'], fault: fault as LastTurn['fault'], atMs: 1, tool: null },
    };
  });

/** One of them, by its name. */
export function screenNamed(name: string): string {
  return readFileSync(`${directory}${name}.ansi`, 'utf8');
}

/** Files that lie there. */
export const fixtureFiles = (): string[] => readdirSync(directory).filter(name => name.endsWith('.ansi'));

/** What is known of a pane in which claude is, with this on its screen. */
export const factsOf = (
  { captured, registry, transcript }: PaneFixture,
  changes: Partial<PaneFacts> = {},
): PaneFacts => ({
  pane: { isDead: false, inMode: false, inputOff: false, command: 'claude' },
  screen: readScreen(captured),
  ...{ registry, transcript },
  ...changes,
});
