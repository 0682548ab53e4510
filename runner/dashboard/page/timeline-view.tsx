/** Who worked when, and who wrote to whom: a lane for each peer, a bar for each turn, an arrow for each message; and what runs next by itself. */
import { useState } from 'preact/hooks';
import { printableLine } from '#blackboard/text/printable.ts';
import type { ScheduleRow, Timeline } from '#runner/results/timeline.ts';
import { Age, Empty, Failed, Head, PeerLink } from './parts.tsx';
import { hrefOf } from './route.ts';
import { fleet } from './state.ts';
import { arrowsOf, barsOf, type Span, ticksOf, zoomed } from './timeline.ts';
import { useRead } from './use-read.ts';
import { useStore } from './use-store.ts';
import { countText, usdText } from './words.ts';

const HOURS = [1, 6, 24, 168];
/** Pixels of one lane. */
const LANE = 30;

export function TimelineView() {
  const [hours, setHours] = useState(6);
  /** What is looked at, as parts of the whole. */
  const [span, setSpan] = useState<Span>({ from: 0, to: 1 });
  const lastChange = useStore(fleet, all => all.rows);
  const { value, error } = useRead<Timeline>('timeline', { hours }, { fresh: lastChange });
  const schedules = useRead<ScheduleRow[]>('schedules', {}, { fresh: lastChange });
  const choose = (next: number) => {
    setHours(next);
    setSpan({ from: 0, to: 1 });
  };
  return (
    <>
      <Head title="Timeline">
        <div class="topics" role="group" aria-label="Hours">
          {HOURS.map(each => (
            <button key={each} type="button" aria-pressed={each === hours} onClick={() => choose(each)}>
              {each < 24 ? countText(each, 'hour') : countText(each / 24, 'day')}
            </button>
          ))}
        </div>
        <span class="spread" />
        <div class="buttons" role="group" aria-label="Zoom">
          <button type="button" aria-label="Earlier" onClick={() => setSpan(zoomed(span, { by: 1, move: -0.5 }))}>
            ‹
          </button>
          <button type="button" aria-label="Zoom out" onClick={() => setSpan(zoomed(span, { by: 2, move: 0 }))}>
            −
          </button>
          <button type="button" aria-label="Zoom in" onClick={() => setSpan(zoomed(span, { by: 0.5, move: 0 }))}>
            +
          </button>
          <button type="button" aria-label="Later" onClick={() => setSpan(zoomed(span, { by: 1, move: 0.5 }))}>
            ›
          </button>
        </div>
      </Head>
      <Failed error={error ?? schedules.error} />
      {value ? <Lanes timeline={value} hours={hours} span={span} zoom={setSpan} /> : null}
      <Schedules rows={schedules.value ?? []} />
    </>
  );
}

function Lanes({
  timeline,
  hours,
  span,
  zoom,
}: {
  timeline: Timeline;
  hours: number;
  span: Span;
  zoom(span: Span): void;
}) {
  const { lanes } = timeline;
  if (lanes.length === 0) return <Empty>Nothing happened in this time.</Empty>;
  const shown = { timeline, hours, span };
  const height = lanes.length * LANE;
  const keys: Readonly<Record<string, { by: number; move: number }>> = {
    '+': { by: 0.5, move: 0 },
    '-': { by: 2, move: 0 },
    ArrowLeft: { by: 1, move: -0.25 },
    ArrowRight: { by: 1, move: 0.25 },
  };
  return (
    <figure
      class="timeline"
      tabIndex={0}
      aria-label="Turns and messages over time; plus and minus zoom, the arrows move"
      onKeyDown={event => {
        const step = keys[event.key];
        if (!step || event.ctrlKey || event.metaKey || event.altKey) return;
        event.preventDefault();
        zoom(zoomed(span, step));
      }}
    >
      <div class="lane-names">
        {lanes.map(({ peer }) => (
          <div key={peer} class="lane-name">
            <PeerLink name={peer} />
          </div>
        ))}
      </div>
      {/* biome-ignore lint/a11y/noSvgWithoutTitle: a title would hide those of its bars; the figure has the words. */}
      <svg width="100%" height={height + 22}>
        {lanes.map(({ peer }, at) => (
          <line key={peer} class="lane" x1="0" x2="100%" y1={(at + 0.5) * LANE} y2={(at + 0.5) * LANE} />
        ))}
        {ticksOf(shown).map(({ x, text }, at) => (
          <g key={x} class={at % 3 === 1 ? 'tick-at' : 'tick-at is-spare'}>
            <line class="tick" x1={`${x}%`} x2={`${x}%`} y1="0" y2={height} />
            <text
              class="tick-text"
              x={`${x}%`}
              y={height + 16}
              text-anchor={x > 92 ? 'end' : x < 8 ? 'start' : 'middle'}
            >
              {text}
            </text>
          </g>
        ))}
        {barsOf(shown).map(({ lane, peer, turn, x, width }) => (
          <a
            key={`${peer} ${turn.turn}`}
            href={hrefOf({ view: 'peer', name: peer })}
            aria-label={`${printableLine(peer)}, turn ${turn.turn}`}
          >
            <rect
              class={`turn ${turn.verdict === null ? 'runs' : turn.verdict === 'answered' ? 'well' : 'badly'}`}
              x={`${x}%`}
              width={`${width}%`}
              y={lane * LANE + 7}
              height={LANE - 14}
              rx="3"
            >
              <title>
                {`${printableLine(peer)}, turn ${turn.turn}: ${turn.verdict ?? 'it runs'}, ${usdText(turn.costUsd)}, ${new Date(turn.at).toLocaleTimeString()}`}
              </title>
            </rect>
          </a>
        ))}
        {arrowsOf(shown).map(({ id, from, to, x, words }) => (
          <a key={id} href={hrefOf({ view: 'message', id })} class="arrow" aria-label={words}>
            <line x1={`${x}%`} x2={`${x}%`} y1={(from + 0.5) * LANE} y2={(to + 0.5) * LANE} />
            <circle cx={`${x}%`} cy={(to + 0.5) * LANE} r="3.5" />
            <title>{words}</title>
          </a>
        ))}
      </svg>
    </figure>
  );
}

function Schedules({ rows }: { rows: readonly ScheduleRow[] }) {
  return (
    <section aria-labelledby="schedules-title">
      <h2 id="schedules-title">Schedules</h2>
      {rows.length === 0 ? (
        <Empty>No agent has one: `schedule:` in its agent.md.</Empty>
      ) : (
        <table class="costs">
          <thead>
            <tr>
              <th scope="col">Agent</th>
              <th scope="col">When</th>
              <th scope="col">Last</th>
              <th scope="col">Next</th>
            </tr>
          </thead>
          <tbody>
            {rows.map(({ agent, when, lastAt, nextAt }) => (
              <tr key={`${agent} ${when}`}>
                <th scope="row">
                  <PeerLink name={agent} />
                </th>
                <td class="mono">{printableLine(when)}</td>
                <td>
                  <Age at={lastAt} />
                </td>
                <td>{nextAt === null ? 'never' : new Date(nextAt).toLocaleString()}</td>
              </tr>
            ))}
          </tbody>
        </table>
      )}
    </section>
  );
}
