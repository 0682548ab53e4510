/** The frame around every view: where one can go, who is there, whether the server answers, and what was said last. */
import { useEffect, useMemo, useRef } from 'preact/hooks';
import { BoardView } from './board-view.tsx';
import { Boundary } from './boundary.tsx';
import { ConfirmDialog } from './confirm.tsx';
import { CostsView } from './costs-view.tsx';
import { DeadView } from './dead-view.tsx';
import { FleetView } from './fleet-view.tsx';
import { InboxView } from './inbox-view.tsx';
import { memo } from './memo.ts';
import { MessageView } from './message-view.tsx';
import { NewView } from './new-view.tsx';
import { Dot } from './parts.tsx';
import { groupsOf, type PeerRow, rowKey, stateWord, toneOf } from './peer-state.ts';
import { PeerView } from './peer-view.tsx';
import { hrefOf, type Route } from './route.ts';
import { SearchView } from './search-view.tsx';
import type { Refusal } from './server.ts';
import { fleet, isHelpOpen, route, type Served, said, session } from './state.ts';
import { Line } from './text.tsx';
import { nextTheme, theme } from './theme.ts';
import { TimelineView } from './timeline-view.tsx';
import { useStore } from './use-store.ts';

export function Shell() {
  const now = useStore(session, value => value);
  if (now.kind === 'opening') return null;
  return now.kind === 'open' ? <Frame served={now.served} /> : <NotOpened why={now.why} />;
}

const NotOpened = ({ why }: { why: Refusal | null }) => (
  <main class="not-opened">
    <img src="/icon.svg" alt="" width="56" height="56" />
    <h1>agent-runner</h1>
    {why ? <p role="alert">{why.message}</p> : <p>This browser has not opened the page yet.</p>}
    <p>A link opens it, once. Make one in a terminal of the machine that runs the agents:</p>
    <pre class="plain code">agent-runner dashboard link</pre>
    <p class="hint">
      It counts for ten minutes, at this address only. Nobody can read it from the address bar afterwards.
    </p>
  </main>
);

const VIEWS = [
  { view: 'fleet', name: 'Fleet' },
  { view: 'inbox', name: 'Inbox' },
  { view: 'search', name: 'Search' },
  { view: 'board', name: 'Board' },
  { view: 'timeline', name: 'Timeline' },
  { view: 'costs', name: 'Costs' },
  { view: 'dead', name: 'Dead letters' },
  { view: 'new', name: 'New agent' },
] as const;

const hrefOfView = (view: (typeof VIEWS)[number]['view']): string =>
  hrefOf(view === 'search' ? { view, text: '' } : { view });

function Frame({ served }: { served: Served }) {
  const at = useStore(route, value => value);
  const cards = useStore(fleet, ({ cards: all }) => all.length);
  const unread = useStore(fleet, ({ counts }) => counts?.unread ?? 0);
  const main = useRef<HTMLElement>(null);
  const { readOnly } = served;
  useEffect(() => {
    document.title = `${cards > 0 ? `(${cards}) ` : ''}agent-runner on ${served.host}`;
    const icon = document.querySelector<HTMLLinkElement>('link[rel="icon"]');
    if (icon) icon.href = cards > 0 ? '/icon-waits.svg' : '/icon.svg';
  }, [cards]);
  useEffect(() => {
    main.current?.focus({ preventScroll: true });
    scrollTo(0, 0);
  }, [at]);
  const marks: Partial<Record<Route['view'], number>> = { fleet: cards, inbox: unread };
  return (
    <div class={`shell at-${at.view}`}>
      <button type="button" class="skip" onClick={() => main.current?.focus()}>
        To the content
      </button>
      <aside class="side">
        <a class="brand" href="#/">
          <img src="/icon.svg" alt="" width="22" height="22" />
          <strong>agent-runner</strong>
        </a>
        <nav aria-label="Views" class="views">
          {VIEWS.filter(({ view }) => view !== 'new' || !readOnly).map(({ view, name }) => (
            <a
              key={view}
              class={`view-${view}`}
              href={hrefOfView(view)}
              aria-current={at.view === view ? 'page' : undefined}
            >
              {name}
              {(marks[view] ?? 0) > 0 ? (
                <span class={view === 'fleet' ? 'mark wait' : 'mark'}>{marks[view]}</span>
              ) : null}
            </a>
          ))}
          <a
            class="view-more"
            href={hrefOf({ view: 'more' })}
            aria-current={['more', 'dead', 'new', 'search', 'timeline'].includes(at.view) ? 'page' : undefined}
          >
            More
          </a>
        </nav>
        <PeerList current={at.view === 'peer' ? at.name : null} />
        <footer class="about">
          <About served={served} />
        </footer>
      </aside>
      <main ref={main} tabIndex={-1}>
        <Connection />
        <Boundary key={hrefOf(at)}>
          <View at={at} served={served} />
        </Boundary>
      </main>
      <Said />
      <Help />
      <ConfirmDialog />
    </div>
  );
}

function View({ at, served }: { at: Route; served: Served }) {
  const { readOnly } = served;
  switch (at.view) {
    case 'peer':
      return <PeerView key={at.name} name={at.name} isReadOnly={readOnly} />;
    case 'message':
      return <MessageView key={at.id} id={at.id} isReadOnly={readOnly} />;
    case 'search':
      return <SearchView text={at.text} />;
    case 'inbox':
      return <InboxView isReadOnly={readOnly} />;
    case 'board':
      return <BoardView isReadOnly={readOnly} />;
    case 'dead':
      return <DeadView isReadOnly={readOnly} />;
    case 'costs':
      return <CostsView />;
    case 'timeline':
      return <TimelineView />;
    case 'new':
      return <NewView />;
    case 'more':
      return <More served={served} />;
    case 'fleet':
      return <FleetView />;
  }
}

function PeerList({ current }: { current: string | null }) {
  const rows = useStore(fleet, all => all.rows);
  const groups = useMemo(() => groupsOf(rows.values()), [rows]);
  return (
    <nav aria-label="Peers" class="peer-list">
      {groups.flatMap(({ group, rows: found }) => [
        <h2 key={group}>{group}</h2>,
        ...found.map(row => (
          <PeerListLine
            key={rowKey(row)}
            row={row}
            isCurrent={row.name === current || ('id' in row && row.id === current)}
          />
        )),
      ])}
    </nav>
  );
}

const PeerListLine = memo(({ row, isCurrent }: { row: PeerRow; isCurrent: boolean }) => (
  <a href={hrefOf({ view: 'peer', name: row.name })} aria-current={isCurrent ? 'page' : undefined}>
    <Dot tone={toneOf(row)} title={stateWord(row)} />
    <span class="name">
      <Line text={row.name} />
    </span>
    {row.waiting > 0 ? <span class="mark">{row.waiting}</span> : null}
  </a>
));

const THEMES = { system: 'Theme: system', light: 'Theme: light', dark: 'Theme: dark' } as const;

function About({ served: { host, root, readOnly, version } }: { served: Served }) {
  const chosen = useStore(theme, value => value);
  return (
    <>
      {readOnly ? <span class="chip wait">read only</span> : null}
      <span class="host" title={`${root}, agent-runner ${version}`}>
        {host}
        <small>{root}</small>
      </span>
      <span class="buttons">
        <button type="button" class="plain-button" onClick={nextTheme}>
          {THEMES[chosen]}
        </button>
        <button type="button" class="plain-button" onClick={() => isHelpOpen.set(true)}>
          Keys <kbd>?</kbd>
        </button>
      </span>
    </>
  );
}

const More = ({ served }: { served: Served }) => (
  <div class="more-view">
    <h1>More</h1>
    <ul class="rows">
      {VIEWS.filter(
        ({ view }) =>
          view === 'search' || view === 'timeline' || view === 'dead' || (view === 'new' && !served.readOnly),
      ).map(({ view, name }) => (
        <li key={view}>
          <a class="work-row" href={hrefOfView(view)} data-row>
            {name}
          </a>
        </li>
      ))}
    </ul>
    <About served={served} />
  </div>
);

function Connection() {
  const isLost = useStore(fleet, ({ isConnected, isLoaded }) => isLoaded && !isConnected);
  return isLost ? (
    <p class="band bad" role="status">
      The server does not answer. What stands here is from before; this page tries again by itself.
    </p>
  ) : null;
}

function Said() {
  const last = useStore(said, value => value);
  return (
    <div class="said-last" role="status" aria-live="polite">
      {last ? (
        <p class={last.tone}>
          {last.text}
          {last.hint === null ? null : <span class="hint">{last.hint}</span>}
          <button type="button" class="plain-button" aria-label="Close" onClick={() => said.set(null)}>
            ×
          </button>
        </p>
      ) : null}
    </div>
  );
}

const KEYS = [
  ['/', 'filter, or write'],
  ['j  k', 'next and previous row'],
  ['Enter', 'open the row'],
  ['a', 'approve the card in focus'],
  ['d', 'deny it, with a reason'],
  ['c', 'write to this peer'],
  ['Ctrl+Enter', 'send'],
  ['Esc', 'leave a field; back to the fleet'],
  ['?', 'these keys'],
] as const;

function Help() {
  const isOpen = useStore(isHelpOpen, value => value);
  const dialog = useRef<HTMLDialogElement>(null);
  useEffect(() => {
    if (isOpen) dialog.current?.showModal();
  }, [isOpen]);
  if (!isOpen) return null;
  return (
    <dialog ref={dialog} aria-labelledby="help-title" onClose={() => isHelpOpen.set(false)}>
      <h2 id="help-title">Keys</h2>
      <dl class="keys">
        {KEYS.map(([key, what]) => (
          <div key={key}>
            <dt>
              <kbd>{key}</kbd>
            </dt>
            <dd>{what}</dd>
          </div>
        ))}
      </dl>
      <form method="dialog" class="buttons end">
        <button type="submit">Close</button>
      </form>
    </dialog>
  );
}
