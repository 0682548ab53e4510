/** The first view: what waits for the person, the person's work, then everybody who works. */
import { useMemo, useState } from 'preact/hooks';
import { CardView } from './card.tsx';
import { memo } from './memo.ts';
import { Age, Chip, Dot, Empty, Head } from './parts.tsx';
import {
  detailOf,
  doingOf,
  GROUPS,
  groupsOf,
  isNewSince,
  type PeerRow,
  rowKey,
  stateWord,
  toneOf,
} from './peer-state.ts';
import { hrefOf } from './route.ts';
import { seen } from './seen.ts';
import { fleet } from './state.ts';
import { Line } from './text.tsx';
import { useStore } from './use-store.ts';
import { countText, usdText } from './words.ts';
import { Work } from './work.tsx';

export function FleetView() {
  const cards = useStore(fleet, ({ cards: all }) => all);
  const counts = useStore(fleet, all => all.counts);
  const rows = useStore(fleet, all => all.rows);
  const isLoaded = useStore(fleet, all => all.isLoaded);
  const [filter, setFilter] = useState('');
  const groups = useMemo(() => groupsOf(rows.values(), filter), [rows, filter]);
  const shown = groups.reduce((sum, group) => sum + group.rows.length, 0);
  return (
    <>
      <Head title="Fleet">
        <input
          id="filter"
          type="search"
          class="filter"
          aria-label="Filter peers by name, kind, state or reason"
          placeholder="Filter peers, Enter searches   /"
          value={filter}
          onInput={event => setFilter(event.currentTarget.value)}
          onKeyDown={event => {
            if (event.key === 'Enter' && filter.trim() !== '')
              location.hash = hrefOf({ view: 'search', text: filter.trim() });
          }}
        />
        <span class="figures">
          {counts ? <span title="What all agents have cost today">{usdText(counts.todayUsd)} today</span> : null}
          <span>{countText(rows.size, 'peer')}</span>
        </span>
      </Head>
      {counts?.isDown ? (
        <p class="band wait" role="status">
          No runner is up: nothing is worked on. Start one: <code>agent-runner start</code>
        </p>
      ) : null}
      <div class="columns">
        <div class="column">
          <section aria-labelledby="cards-title">
            <h2 id="cards-title">Waits for you {cards.length > 0 ? <Chip tone="wait">{cards.length}</Chip> : null}</h2>
            {cards.length === 0 ? <Empty>Nobody asks you anything.</Empty> : null}
            {cards.map(card => (
              <CardView key={card.id} card={card} />
            ))}
          </section>
          <Work />
        </div>
        <section class="column" aria-labelledby="peers-title">
          <h2 id="peers-title" class="hidden-label">
            Peers
          </h2>
          {!isLoaded ? <Empty>Reading…</Empty> : null}
          {isLoaded && rows.size === 0 ? (
            <Empty>
              No agents yet. <a href={hrefOf({ view: 'new' })}>Add the first one</a>
            </Empty>
          ) : null}
          {isLoaded && rows.size > 0 && shown === 0 ? <Empty>No peer fits this filter.</Empty> : null}
          {groups.map(({ group, rows: found }) => (
            <section key={group} class={group === GROUPS[0] ? 'peers need' : 'peers'} aria-label={group}>
              <h3>
                {group} <span class="count">{found.length}</span>
              </h3>
              <ul class="rows">
                {found.map(row => (
                  <PeerLine key={rowKey(row)} row={row} />
                ))}
              </ul>
            </section>
          ))}
        </section>
      </div>
    </>
  );
}

const PeerLine = memo(({ row }: { row: PeerRow }) => {
  const isNew = useStore(seen, times => isNewSince(row, times[rowKey(row)]));
  const detail = detailOf(row);
  const says = doingOf(row);
  return (
    <li>
      <a class={isNew ? 'peer-row is-new' : 'peer-row'} href={hrefOf({ view: 'peer', name: row.name })} data-row>
        <Dot tone={toneOf(row)} title={stateWord(row)} />
        <span class="name">
          <Line text={row.name} />
          {row.kind === 'agent' ? null : <span class="kind">{row.kind === 'other' ? row.word : 'session'}</span>}
          {isNew ? <span class="new-mark" title="New since you looked" /> : null}
        </span>
        <span class="what">
          <span class="why">
            <span class={`state ${toneOf(row)}`}>{stateWord(row)}</span>
            {detail === '' ? null : (
              <span class="detail" title={detail}>
                <Line text={detail} />
              </span>
            )}
          </span>
          {says === '' ? null : (
            <span class="says" title={says}>
              <Line text={says} />
            </span>
          )}
        </span>
        <span class="marks">
          {row.waiting > 0 ? <Chip tone="busy">{row.waiting} waiting</Chip> : null}
          {row.later > 0 ? <Chip>{row.later} later</Chip> : null}
          {row.dead > 0 ? <Chip tone="bad">{row.dead} dead</Chip> : null}
          {'notTaken' in row && row.notTaken > 0 ? <Chip tone="bad">{row.notTaken} not taken</Chip> : null}
        </span>
        <span class="cost">{row.kind === 'agent' && row.todayUsd > 0 ? usdText(row.todayUsd) : ''}</span>
        {'lastActivityAt' in row ? <Age at={row.lastActivityAt} /> : <span />}
      </a>
    </li>
  );
});
