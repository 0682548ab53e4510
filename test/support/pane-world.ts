// A pane that behaves as claude's does, and as those who are in the way of a writer do: what is pasted stands in its box, Enter
// writes it into the transcript, Ctrl+S puts it aside.
import { appendFileSync } from 'node:fs';
import { decidePane } from '#runner/panes/decide.ts';
import type { PaneView } from '#runner/panes/look.ts';
import { readScreen } from '#runner/panes/screen.ts';
import type { WritablePane } from '#runner/panes/writable-pane.ts';
import { factsOf, PANE_FIXTURES } from '#test/support/pane-fixtures.ts';

export const RULE = '─'.repeat(80);
const PERMISSION = PANE_FIXTURES.find(({ name }) => name === 'permission-bash-80')!;

export interface World {
  /** Of several lines, perhaps. */
  box: string;
  /** What Ctrl+S put aside. */
  stash: string | null;
  status: string;
  session: string;
  dialog: boolean;
  isOwn: boolean;
  canWrite: boolean;
  /** What happens right behind each paste and each key; the last chance of somebody else. */
  after(what: { text: string } | { key: string }): void;
  keys: string[];
  nowMs: number;
}

export type PaneWorld = World & { pane: WritablePane; view(): PaneView };

/** `transcript`: the path of its file. */
export function paneWorld(transcript: string, changes: Partial<World> = {}): PaneWorld {
  const state: World = {
    ...{
      box: '',
      stash: null,
      status: 'idle',
      session: 's',
      dialog: false,
      isOwn: false,
      canWrite: true,
      after: () => {},
    },
    ...{ keys: [], nowMs: 0 },
    ...changes,
  };
  const view = (): PaneView => {
    const notice = state.stash === null ? '' : 'draft stashed'.padStart(80);
    const captured = state.dialog
      ? PERMISSION.captured
      : `● fine\n\n${notice}\n${RULE}\n❯\u00a0${state.box.replaceAll('\n', '\n  ')}\n${RULE}\n  ⏸ manual mode on\n`;
    const registry = state.dialog ? PERMISSION.registry : { status: state.status, waitingFor: null, statusSinceMs: 2 };
    const screen = readScreen(captured);
    const ended = { turn: 'ended', fault: null, atMs: 1, tool: null } as const;
    const pane = { ...factsOf(PERMISSION).pane, id: '%1', address: 'work:0.0', aliases: [], pid: 1 };
    const told = decidePane({ pane, screen, registry, transcript: ended });
    const open = { ...registry, sessionId: state.session } as PaneView['open'];
    return {
      ...told,
      ...{ pane, open, peer: null, lost: null, screen, captured, transcript, socket: '/s', lastActivityMs: null },
      isOwn: state.isOwn,
    };
  };
  const pane: WritablePane = {
    look: async () => view(),
    async write(what) {
      if (!state.canWrite) return false;
      state.keys.push('text' in what ? 'paste' : what.key);
      if ('text' in what) state.box += what.text;
      else if (what.key === 'Enter') {
        appendFileSync(transcript, `${JSON.stringify({ type: 'user', message: { content: state.box.trimEnd() } })}\n`);
        state.box = state.stash ?? '';
        state.stash = null;
      } else if (what.key === 'C-s') [state.box, state.stash] = state.box ? ['', state.box] : [state.stash ?? '', null];
      state.after(what);
      return true;
    },
    nowMs: () => state.nowMs,
    async sleep(ms) {
      state.nowMs += ms;
    },
  };
  return Object.assign(state, { pane, view });
}
