/** What the agents have cost: by day, and by agent. */
import { useState } from 'preact/hooks';
import { printableLine } from '#blackboard/text/printable.ts';
import type { Costs } from '#runner/results/agents.ts';
import { Empty, Failed, Head, PeerLink } from './parts.tsx';
import { fleet } from './state.ts';
import { useRead } from './use-read.ts';
import { useStore } from './use-store.ts';
import { countText, usdText } from './words.ts';

const SPANS = [7, 14, 30, 90];

export function CostsView() {
  const [days, setDays] = useState(14);
  const today = useStore(fleet, all => all.counts?.todayUsd);
  const byDay = useRead<Costs>('costs', { by: 'day', days }, { fresh: today });
  const byAgent = useRead<Costs>('costs', { by: 'agent', days }, { fresh: today });
  return (
    <>
      <Head title="Costs">
        <div class="topics" role="group" aria-label="Days">
          {SPANS.map(span => (
            <button key={span} type="button" aria-pressed={span === days} onClick={() => setDays(span)}>
              {span} days
            </button>
          ))}
        </div>
        <span class="spread" />
        {byDay.value ? (
          <span class="figures">
            <span>{usdText(byDay.value.todayUsd)} today</span>
            <span>{usdText(byDay.value.totalUsd)} in all</span>
            <span>{countText(byDay.value.turns, 'turn')}</span>
          </span>
        ) : null}
      </Head>
      <Failed error={byDay.error ?? byAgent.error} />
      <section aria-labelledby="day-title">
        <h2 id="day-title">By day</h2>
        {byDay.value ? <Days costs={byDay.value} /> : null}
      </section>
      <section aria-labelledby="agent-title">
        <h2 id="agent-title">By agent</h2>
        {byAgent.value ? <Agents costs={byAgent.value} /> : null}
      </section>
    </>
  );
}

const HEIGHT = 160;
const WIDTH = 800;

/** The days between, which have cost nothing, included. */
function allDays({ from, today, rows }: Costs): { name: string; usd: number; turns: number }[] {
  const known = new Map(rows.map(row => [row.name, row]));
  const days: { name: string; usd: number; turns: number }[] = [];
  for (let at = Date.parse(from); at <= Date.parse(today); at += 86_400_000) {
    const name = new Date(at).toISOString().slice(0, 10);
    days.push({ name, usd: known.get(name)?.usd ?? 0, turns: known.get(name)?.turns ?? 0 });
  }
  return days;
}

function Days({ costs }: { costs: Costs }) {
  const days = allDays(costs);
  const most = Math.max(...days.map(({ usd }) => usd), 0);
  if (most === 0) return <Empty>Nothing in these days.</Empty>;
  const step = WIDTH / days.length;
  const every = Math.ceil(days.length / 14);
  const top = days.findLastIndex(({ usd }) => usd === most);
  return (
    <figure class="chart" tabIndex={0}>
      <svg
        viewBox={`0 0 ${WIDTH} ${HEIGHT + 24}`}
        role="img"
        aria-label={`Cost by day, at most ${usdText(most)} in one day`}
        preserveAspectRatio="xMinYMin meet"
      >
        <line class="axis" x1="0" y1={HEIGHT} x2={WIDTH} y2={HEIGHT} />
        {days.map(({ name, usd, turns }, at) => {
          const height = Math.max(usd > 0 ? 2 : 0, ((HEIGHT - 18) * usd) / most);
          return (
            <g key={name}>
              <rect
                class={name === costs.today ? 'bar is-today' : 'bar'}
                x={at * step + step * 0.15}
                y={HEIGHT - height}
                width={step * 0.7}
                height={height}
                rx="2"
              >
                <title>{`${name}: ${usdText(usd)}, ${countText(turns, 'turn')}`}</title>
              </rect>
              {at === top ? (
                <text class="value" x={(at + 0.5) * step} y={HEIGHT - height - 5} text-anchor="middle">
                  {usdText(usd)}
                </text>
              ) : null}
              {(days.length - 1 - at) % every === 0 ? (
                <text class="day" x={(at + 0.5) * step} y={HEIGHT + 16} text-anchor="middle">
                  {name.slice(8)}.{name.slice(5, 7)}.
                </text>
              ) : null}
            </g>
          );
        })}
      </svg>
      <figcaption class="hidden-label">
        <table>
          <thead>
            <tr>
              <th scope="col">Day</th>
              <th scope="col">Cost</th>
              <th scope="col">Turns</th>
            </tr>
          </thead>
          <tbody>
            {days.map(({ name, usd, turns }) => (
              <tr key={name}>
                <th scope="row">{name}</th>
                <td>{usdText(usd)}</td>
                <td>{turns}</td>
              </tr>
            ))}
          </tbody>
        </table>
      </figcaption>
    </figure>
  );
}

function Agents({ costs: { rows } }: { costs: Costs }) {
  const sorted = [...rows].sort((a, b) => b.usd - a.usd);
  const most = sorted[0]?.usd ?? 0;
  if (sorted.length === 0) return <Empty>Nothing in these days.</Empty>;
  return (
    <table class="costs">
      <thead>
        <tr>
          <th scope="col">Agent</th>
          <th scope="col" class="bar-column">
            <span class="hidden-label">Share</span>
          </th>
          <th scope="col">Turns</th>
          <th scope="col">Today</th>
          <th scope="col">In all</th>
        </tr>
      </thead>
      <tbody>
        {sorted.map(({ name, turns, usd, todayUsd }) => (
          <tr key={name}>
            <th scope="row">
              <PeerLink name={name} />
            </th>
            <td class="bar-column">
              <meter min={0} max={most || 1} value={usd} aria-label={`${printableLine(name)}: ${usdText(usd)}`} />
            </td>
            <td>{turns}</td>
            <td>{usdText(todayUsd)}</td>
            <td>{usdText(usd)}</td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}
