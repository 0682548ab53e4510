/** A pane in a few facts: a row of `list`, and what `status` says of it. Pure. */
import { gatesOf } from '#runner/panes/gates.ts';
import type { PaneView } from '#runner/panes/look.ts';
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
  session: view.open?.sessionId ?? view.peer?.id ?? view.lost?.id ?? null,
  pid: view.open?.pid ?? view.peer?.process?.pid ?? null,
  lastActivityAt: view.lastActivityMs === null ? null : new Date(view.lastActivityMs).toISOString(),
  own: view.isOwn,
});

export const paneStatus = (view: PaneView): PaneStatus => ({
  ...paneRow(view),
  sources: view.sources,
  gates: gatesOf(view, { isOwn: view.isOwn, hasEmptyBox: hasEmptyBox(view.screen) }),
});
