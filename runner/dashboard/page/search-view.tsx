/** Search over messages, entries of the board and what was said in turns. */
import { useEffect, useState } from 'preact/hooks';
import { printable, printableLine } from '#blackboard/text/printable.ts';
import { Age, Chip, Empty, Failed, Head } from './parts.tsx';
import type { SearchHit, SearchResult } from './results.ts';
import { hrefOf } from './route.ts';
import { useRead } from './use-read.ts';

/** Milliseconds without a key before it is asked. */
const PAUSE_MS = 150;
const WHAT = { message: 'message', entry: 'entry', said: 'said' } as const;

export function SearchView({ text }: { text: string }) {
  const [typed, setTyped] = useState(text);
  const [asked, setAsked] = useState(text);
  useEffect(() => {
    const timer = setTimeout(() => {
      setAsked(typed.trim());
      // It can be kept, and come back to; without a step of the history for each letter.
      history.replaceState(null, '', hrefOf({ view: 'search', text: typed.trim() }));
    }, PAUSE_MS);
    return () => clearTimeout(timer);
  }, [typed]);
  const { value, error } = useRead<SearchResult>('search', { text: asked, count: 60 }, { isOff: asked === '' });
  const hits = asked === '' ? [] : (value?.hits ?? []);
  return (
    <>
      <Head title="Search">
        <input
          id="filter"
          type="search"
          class="filter wide"
          aria-label="Search messages, entries and what was said"
          placeholder="Messages, entries, what was said"
          value={typed}
          ref={place => {
            if (place && text === '' && typed === '') place.focus();
          }}
          onInput={event => setTyped(event.currentTarget.value)}
        />
        {value?.isFilling ? <span class="hint">The files are being read: more may come.</span> : null}
      </Head>
      <Failed error={asked === '' ? null : error} />
      {value && asked !== '' && hits.length === 0 ? <Empty>Nothing has these words.</Empty> : null}
      <ul class="rows hits">
        {hits.map(hit => (
          <Hit key={`${hit.what} ${hit.peer} ${hit.ref}`} hit={hit} />
        ))}
      </ul>
    </>
  );
}

const placeOf = ({ what, ref, peer }: SearchHit): string => {
  if (what === 'message') return hrefOf({ view: 'message', id: ref });
  return what === 'said' ? hrefOf({ view: 'peer', name: peer }) : hrefOf({ view: 'board' });
};

/** With the blanks at its ends: it goes on in the next part. */
const oneLine = (text: string): string => printable(text).replace(/\s+/g, ' ');

const Hit = ({ hit }: { hit: SearchHit }) => (
  <li>
    <a class="work-row" href={placeOf(hit)} data-row>
      <Chip>{WHAT[hit.what]}</Chip>
      <span class="title hit">
        <bdi>
          {hit.parts.map(({ text, isHit }, at) =>
            isHit ? <mark key={at}>{oneLine(text)}</mark> : <span key={at}>{oneLine(text)}</span>,
          )}
        </bdi>
        <small>
          {printableLine(hit.peer)}
          {hit.what === 'said' ? `, turn ${hit.ref}` : ''}
        </small>
      </span>
      <Age at={hit.at} />
    </a>
  </li>
);
