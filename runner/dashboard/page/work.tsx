/** Pieces of work: what began each, how it stands, who is waited for, what it has cost. What ended unseen stands out. */
import { useState } from 'preact/hooks';
import type { WorkRow, WorkState } from '#runner/dashboard/work.ts';
import { Age, Chip, Empty, Failed } from './parts.tsx';
import type { Tone } from './peer-state.ts';
import type { WorkList } from './results.ts';
import { hrefOf } from './route.ts';
import { firstSeenAt, seen, workKey } from './seen.ts';
import { fleet, workVersion } from './state.ts';
import { Line } from './text.tsx';
import { useRead } from './use-read.ts';
import { useStore } from './use-store.ts';
import { countText, usdText } from './words.ts';

const WORDS: Readonly<Record<WorkState, { word: string; tone: Tone }>> = {
  asking: { word: 'asks you', tone: 'wait' },
  working: { word: 'works', tone: 'busy' },
  waiting: { word: 'waits', tone: 'wait' },
  failed: { word: 'failed', tone: 'bad' },
  finished: { word: 'done', tone: 'calm' },
};
const ORDER: readonly WorkState[] = ['asking', 'working', 'waiting', 'failed', 'finished'];
/** Rows that are drawn at first, and with one press. */
const SHOWN = 12;
const SHOWN_MAX = 200;

export function Work() {
  const version = useStore(workVersion, count => count);
  const cards = useStore(fleet, all => all.cards);
  const [isWhole, setWhole] = useState(false);
  const count = isWhole ? SHOWN_MAX : 50;
  const { value, error } = useRead<WorkList>('work', { count }, { fresh: `${version} ${cards.length}` });
  const times = useStore(seen, all => all);
  const rows = [...(value?.rows ?? [])].sort(
    (a, b) => placeOf(a, times) - placeOf(b, times) || (a.changedAt < b.changedAt ? 1 : -1),
  );
  const shown = isWhole ? rows : rows.slice(0, SHOWN);
  return (
    <section aria-labelledby="work-title">
      <h2 id="work-title">Work {value?.isFilling ? <span class="hint">reading…</span> : null}</h2>
      <Failed error={error} />
      {value && rows.length === 0 && !value.isFilling ? (
        <Empty>None yet. Open a peer and send it something.</Empty>
      ) : null}
      <ul class="rows work">
        {shown.map(row => (
          <WorkLine key={row.trace} row={row} isUnseen={isUnseen(row, times)} />
        ))}
      </ul>
      {rows.length > shown.length ? (
        <button type="button" class="more" onClick={() => setWhole(true)}>
          Show more
        </button>
      ) : null}
    </section>
  );
}

const isOver = ({ state }: WorkRow): boolean => state === 'finished' || state === 'failed';

const isUnseen = (row: WorkRow, times: Readonly<Record<string, string>>): boolean =>
  isOver(row) && row.changedAt > (times[workKey(row.id)] ?? firstSeenAt());

/** What needs the person first, then what ended unseen, then what goes on, then the rest. */
function placeOf(row: WorkRow, times: Readonly<Record<string, string>>): number {
  if (row.state === 'asking') return 0;
  if (isUnseen(row, times)) return 1;
  return 2 + ORDER.indexOf(row.state);
}

function WorkLine({ row, isUnseen: isNew }: { row: WorkRow; isUnseen: boolean }) {
  const { id, to, from, gist, state, at, changedAt, waitsFor, messages, costUsd } = row;
  const others = waitsFor.filter(peer => peer !== to || state === 'waiting');
  const facts = [
    from === 'operator' ? to : `${from} → ${to}`,
    others.length > 0 ? `waits for ${others.map(peer => (peer === 'operator' ? 'you' : peer)).join(', ')}` : '',
    messages > 1 ? countText(messages, 'message') : '',
    costUsd > 0 ? usdText(costUsd) : '',
  ].filter(Boolean);
  const { word, tone } = WORDS[state];
  return (
    <li>
      <a class={isNew ? 'work-row is-new' : 'work-row'} href={hrefOf({ view: 'message', id })} data-row>
        <Chip tone={tone}>{word}</Chip>
        <span class="title">
          <Line text={gist} />
          <small>
            {isNew ? <span class="hidden-label">New since you looked. </span> : null}
            <Line text={facts.join(' · ')} />
          </small>
        </span>
        <Age at={isOver(row) ? changedAt : at} />
      </a>
    </li>
  );
}
