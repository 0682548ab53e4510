/** A pane in a few facts: a row of `list`, what `status` says of it, and where and how one stands that was written to. Pure. */
import { gatesOf } from '#runner/panes/gates.ts';
import type { PaneView } from '#runner/panes/look.ts';
import { sessionIdIn } from '#runner/panes/match.ts';
import { hasEmptyBox } from '#runner/panes/screen.ts';
import type { Pane, PaneStatus } from '#runner/results/panes.ts';

export const paneRow = (view: PaneView): Pane => ({
  kind: 'pane',
  address: view.pane.address,
  id: view.pane.id,
  socket: view.socket,
  state: view.state,
  subtype: view.subtype,
  reason: view.reason,
  name: view.peer?.name ?? view.open?.name ?? view.lost?.name ?? null,
  session: sessionIdIn(view) ?? view.lost?.id ?? null,
  pid: view.open?.pid ?? view.peer?.process?.pid ?? null,
  lastActivityAt: view.lastActivityMs === null ? null : new Date(view.lastActivityMs).toISOString(),
  own: view.isOwn,
});

export const paneStatus = (view: PaneView): PaneStatus => ({
  ...paneRow(view),
  dialog: view.screen.kind === 'dialog' ? view.screen.text : null,
  sources: view.sources,
  gates: gatesOf(view, { isOwn: view.isOwn, hasEmptyBox: hasEmptyBox(view.screen) }),
});

export const placeOf = (view: PaneView) => ({ address: view.pane.address, session: sessionIdIn(view) });

export const stateOf = ({ state, subtype }: PaneView) => ({ state, subtype });
