/** A peer's page: what it is and does, its conversation, and the box to write to it. */
import { useEffect } from 'preact/hooks';
import { printableLine } from '#blackboard/text/printable.ts';
import type { Pause, Resume, Status } from '#runner/results/agents.ts';
import type { Cancel } from '#runner/results/messages.ts';
import type { Notify } from '#runner/results/signals.ts';
import { CardView } from './card.tsx';
import { ChatView } from './chat.tsx';
import { Composer } from './composer.tsx';
import { confirmed } from './confirm.tsx';
import { peerNamed } from './fleet.ts';
import { Age, Dot, Failed } from './parts.tsx';
import { usePeerLines } from './peer-lines.ts';
import { detailOf, type PeerRow, rowKey, stateWord, toneOf } from './peer-state.ts';
import { hrefOf } from './route.ts';
import { look } from './seen.ts';
import { act, fleet, tell } from './state.ts';
import { Line } from './text.tsx';
import { useRead } from './use-read.ts';
import { useStore } from './use-store.ts';
import { tokensText, usdText } from './words.ts';

export function PeerView({ name, isReadOnly }: { name: string; isReadOnly: boolean }) {
  const row = useStore(fleet, all => peerNamed(all, name));
  const cards = useStore(fleet, all => all.cards).filter(({ peer, session }) => peer === name || session === name);
  const { items, isLoaded, error } = usePeerLines(name);
  const status = useRead<Status>('status', { name }, { fresh: row });
  const inChat = new Set(
    items.flatMap(item => (item.kind === 'turn' ? item.parts : [])).map(part => ('id' in part ? part.id : '')),
  );
  const seenAt = row && 'lastActivityAt' in row ? row.lastActivityAt : null;
  useEffect(() => {
    if (row && seenAt !== null && document.visibilityState === 'visible') look(rowKey(row), seenAt);
  }, [seenAt, name]);
  return (
    <div class="peer-view">
      <header class="peer-head">
        <div class="peer-title">
          <a class="back" href={hrefOf({ view: 'fleet' })} aria-label="Back to the fleet">
            ‹
          </a>
          {row ? <Dot tone={toneOf(row)} title={stateWord(row)} /> : null}
          <h1>
            <Line text={name} />
          </h1>
          {row ? <StateLine row={row} /> : null}
          <span class="spread" />
          {row && !isReadOnly ? <Actions row={row} /> : null}
        </div>
        {status.value ? <Facts status={status.value} /> : null}
      </header>
      <Failed error={error ?? (row ? null : status.error)} />
      <ChatView items={items} isLoaded={isLoaded} isSession={row?.kind === 'session'} />
      {cards
        .filter(({ id }) => !inChat.has(id))
        .map(card => (
          <CardView key={card.id} card={card} showsPeer={false} />
        ))}
      {isReadOnly ? null : <Composer key={name} peer={name} />}
    </div>
  );
}

const StateLine = ({ row }: { row: PeerRow }) => {
  const detail = detailOf(row);
  return (
    <span class="state-line" title={detail}>
      <span class={`state ${toneOf(row)}`}>{stateWord(row)}</span> {detail === '' ? null : <Line text={detail} />}
    </span>
  );
};

const WAKE_WORDS: Readonly<Record<Notify['answer'], string>> = {
  accepted: 'It is woken',
  coalesced: 'A wake is on its way already',
  duplicate: 'It was woken by this already',
  refused: 'It takes no wakes now',
  unavailable: 'It cannot be woken now',
  unsafe: 'It cannot be woken safely now',
};

function Actions({ row }: { row: PeerRow }) {
  const { name } = row;
  const isAgent = row.kind === 'agent';
  const isHeld = isAgent && ['paused', 'parked', 'stopped'].includes(row.state);
  const raise = async () => {
    const text = `${name} may spend $5 more today than its budget says, and goes on.`;
    if (await confirmed('Raise today’s budget?', text, 'Raise it by $5'))
      void act<Resume>('resume', { name, raiseUsd: 5 }, `${name} may spend $5 more today`);
  };
  const wake = async () => {
    const [done] = (await act<Notify[]>('notify', { peer: name }, null)) ?? [];
    if (!done) return;
    const isBad = !['accepted', 'coalesced', 'duplicate'].includes(done.answer);
    tell(WAKE_WORDS[done.answer], isBad ? 'bad' : 'good', done.reason ?? null);
  };
  const stop = async () => {
    const text = `What the turn of ${name} has done stays; its messages end dead (cancelled), and what the turn has cost is gone.`;
    if (await confirmed('Cancel this turn?', text, 'Cancel the turn'))
      void act<Cancel>('cancel', { what: name }, 'The turn was cancelled');
  };
  return (
    <span class="buttons">
      {row.kind === 'other' ? null : (
        <button type="button" onClick={() => void wake()}>
          Wake
        </button>
      )}
      {isAgent && !isHeld ? (
        <button
          type="button"
          onClick={() => void act<Pause>('pause', { name }, `${name} starts no turns until you resume it`)}
        >
          Pause
        </button>
      ) : null}
      {isAgent && row.state === 'parked' && /perDayUsd/.test(row.detail) ? (
        <button type="button" onClick={() => void raise()}>
          Raise by $5
        </button>
      ) : null}
      {isHeld ? (
        <button type="button" onClick={() => void act<Resume>('resume', { name }, `${name} works again`)}>
          Resume
        </button>
      ) : null}
      {isAgent && row.state === 'busy' ? (
        <button type="button" onClick={() => void stop()}>
          Cancel turn
        </button>
      ) : null}
    </span>
  );
}

/** Short facts; each is left out where there is none. */
function Facts({ status }: { status: Status }) {
  const facts: [string, string, string?][] = [];
  if (status.kind === 'agent') {
    const { session, budget, turns, model, permissionMode, todayUsd, waiting, cwd, plan, next } = status;
    facts.push(['today', `${usdText(todayUsd)}${budget ? ` of ${usdText(budget.perDayUsd)}` : ''}`]);
    facts.push(['turns', String(turns)]);
    if (waiting > 0) facts.push(['waiting', String(waiting)]);
    if (session) {
      const { contextTokens, contextWindow } = session;
      const share = contextWindow ? ` (${Math.round((100 * contextTokens) / contextWindow)} %)` : '';
      facts.push(['context', `${tokensText(contextTokens)}${share}`]);
    }
    for (const { name, used } of plan?.windows ?? []) facts.push([`plan, ${name}`, `${Math.round(used * 100)} %`]);
    if (model) facts.push(['model', model]);
    if (permissionMode) facts.push(['mode', permissionMode]);
    if (cwd) facts.push(['in', cwd]);
    if (next) facts.push(['next', next]);
  }
  if (status.kind === 'session') {
    const { cwd, branch, wake, lastActivityAt } = status;
    facts.push(['in', branch ? `${cwd} (${branch})` : cwd]);
    if (wake)
      facts.push([
        'a message is seen',
        wake.rung === 'prompt' ? 'with its next prompt' : `at once, by the ${wake.rung}`,
        wake.why,
      ]);
    return <FactList facts={facts} last={lastActivityAt} />;
  }
  return <FactList facts={facts} last={'lastActivityAt' in status ? status.lastActivityAt : null} />;
}

const FactList = ({ facts, last }: { facts: [string, string, string?][]; last: string | null }) => (
  <dl class="facts" tabIndex={0} aria-label="Facts">
    {facts.map(([name, value, title]) => (
      <div key={name} title={title ?? value}>
        <dt>{printableLine(name)}</dt>
        <dd>{printableLine(value)}</dd>
      </div>
    ))}
    <div>
      <dt>active</dt>
      <dd>
        <Age at={last} />
      </dd>
    </div>
  </dl>
);
