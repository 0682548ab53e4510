/** A peer's conversation: messages, turns as they stream, and what happened between. */
import { useEffect, useLayoutEffect, useRef, useState } from 'preact/hooks';
import { printable, printableLine } from '#blackboard/text/printable.ts';
import type { Read, Trace } from '#runner/results/messages.ts';
import { CardView } from './card.tsx';
import type { Item, MessageItem, NoteItem, Part, SaidItem, TurnItem } from './chat.ts';
import { memo } from './memo.ts';
import { Chip, Clock, Failed, MessageLink, PeerLink } from './parts.tsx';
import type { Tone } from './peer-state.ts';
import { fleet } from './state.ts';
import { Markdown } from './text.tsx';
import { Tool, toolTitle } from './tool.tsx';
import { useRead } from './use-read.ts';
import { useStore } from './use-store.ts';
import { bytesText, durationText, usdText } from './words.ts';

/** Items that are drawn at first, and more with each press. */
const SHOWN = 120;

interface ChatProps {
  items: readonly Item[];
  isLoaded: boolean;
  /** Of a session: no turn of ours shows that a message was seen, so its proof stands beside it. */
  isSession: boolean;
}

export function ChatView({ items, isLoaded, isSession }: ChatProps) {
  const [most, setMost] = useState(SHOWN);
  const place = useRef<HTMLDivElement>(null);
  const isAtEnd = useRef(true);
  const [hasMore, setHasMore] = useState(false);
  const shown = items.slice(-most);
  useLayoutEffect(() => {
    if (isAtEnd.current && place.current) place.current.scrollTop = place.current.scrollHeight;
    else setHasMore(true);
  }, [items]);
  useEffect(() => {
    // What is drawn later (a text that is read, a picture that loads) makes it longer.
    const watch = new ResizeObserver(() => {
      if (isAtEnd.current && place.current) place.current.scrollTop = place.current.scrollHeight;
    });
    for (const each of [place.current, place.current?.firstElementChild]) if (each) watch.observe(each);
    return () => watch.disconnect();
  }, []);
  const onScroll = (event: { currentTarget: HTMLElement }) => {
    const { scrollTop, scrollHeight, clientHeight } = event.currentTarget;
    isAtEnd.current = scrollHeight - scrollTop - clientHeight < 60;
    if (isAtEnd.current) setHasMore(false);
  };
  return (
    <div class="chat-frame">
      <div class="chat" ref={place} onScroll={onScroll} role="log" aria-label="Conversation" tabIndex={0}>
        <div class="chat-inner">
          {items.length > shown.length ? (
            <button type="button" class="more" onClick={() => setMost(most + SHOWN)}>
              Show {Math.min(SHOWN, items.length - shown.length)} earlier
            </button>
          ) : null}
          {items.length === 0 ? <p class="empty">{isLoaded ? 'Nothing has happened here yet.' : 'Reading…'}</p> : null}
          {shown.map(item => (
            <ItemView key={item.key} item={item} isSession={isSession} />
          ))}
        </div>
      </div>
      {hasMore ? (
        <button
          type="button"
          class="to-end"
          onClick={() => {
            isAtEnd.current = true;
            setHasMore(false);
            place.current?.scrollTo({ top: place.current.scrollHeight });
          }}
        >
          ↓ New below
        </button>
      ) : null}
    </div>
  );
}

const ItemView = memo(({ item, isSession }: { item: Item; isSession: boolean }) => {
  if (item.kind === 'message') return <MessageView item={item} showsProof={isSession} />;
  if (item.kind === 'turn') return <TurnView item={item} />;
  return item.kind === 'said' ? <SaidView item={item} /> : <NoteView item={item} />;
});

const STATES: Readonly<Record<MessageItem['state'], { word: string; tone: Tone }>> = {
  waits: { word: 'waits', tone: 'wait' },
  later: { word: 'later', tone: 'off' },
  taken: { word: 'taken up', tone: 'busy' },
  answered: { word: 'answered', tone: 'calm' },
  read: { word: 'read', tone: 'calm' },
  dead: { word: 'dead', tone: 'bad' },
  gone: { word: 'gone', tone: 'off' },
};

function MessageView({ item, showsProof }: { item: MessageItem; showsProof: boolean }) {
  const { id, from, messageKind, state, note, at } = item;
  const isWhole = item.text !== null && !item.isCut;
  const isGone = state === 'gone';
  const { value, error } = useRead<Read>('read', { id }, { isOff: isWhole || isGone });
  const text = value ? [value.subject, value.body].filter(Boolean).join('\n\n') : item.text;
  const { word, tone } = STATES[state];
  return (
    <article
      class={from === 'operator' ? 'message mine' : 'message'}
      aria-label={`${messageKind ?? 'message'} from ${printableLine(from)}`}
    >
      <header>
        <PeerLink name={from} />
        {messageKind === null || messageKind === 'request' ? null : <Chip>{messageKind}</Chip>}
        <span class="spread" />
        <MessageLink id={id}>
          <Chip tone={tone}>{word}</Chip>
        </MessageLink>
        <Clock at={at} />
      </header>
      {text === null ? <Failed error={error} /> : <Markdown text={text} />}
      {(value?.attachments ?? []).map(({ name, sizeBytes }) => (
        <span key={name} class="file">
          {printableLine(name)} <small>{bytesText(sizeBytes)}</small>
        </span>
      ))}
      {showsProof && state !== 'gone' ? <Seen id={id} state={state} /> : null}
      {note === null ? null : (
        <p class={state === 'dead' ? 'note-line bad-text' : 'note-line'}>
          {state === 'later' ? `Not before ${new Date(note).toLocaleString()}` : printableLine(note)}
        </p>
      )}
    </article>
  );
}

/** Whether its session has seen it, and what proves that. */
function Seen({ id, state }: { id: string; state: string }) {
  const { value } = useRead<Trace>('trace', { id }, { fresh: state });
  const step = value?.steps.findLast(each => each.step === 'seen');
  if (step?.step === 'seen')
    return (
      <p class="hint">
        Seen <Clock at={step.at} />: {printableLine(step.proof)}
      </p>
    );
  return value?.waits ? <p class="hint">{printableLine(value.waits)}</p> : null;
}

const GOOD = ['answered'];
const WAITING = ['deferred', 'temporary', 'expired', 'interrupted', 'cancelled'];
const toneOfEnd = (verdict: string): Tone =>
  GOOD.includes(verdict) ? 'calm' : WAITING.includes(verdict) ? 'wait' : 'bad';

function TurnView({ item }: { item: TurnItem }) {
  const { number, turnKind, bySignal, signals, parts, end, isLost, at } = item;
  const isOpen = end === null && !isLost;
  return (
    <section class={isOpen ? 'turn is-open' : 'turn'} aria-label={`Turn ${number}`}>
      <header>
        <span class="turn-number">Turn {number}</span>
        {turnKind === 'work' ? null : <Chip>{turnKind}</Chip>}
        {bySignal || signals.length > 0 ? (
          <span class="hint">by {printableLine(signals.join(', ') || 'a signal')}</span>
        ) : null}
        <span class="spread" />
        <Clock at={at} />
      </header>
      {parts.map(part => (
        <PartView key={part.key} part={part} />
      ))}
      {isOpen ? (
        <p class="working" role="status">
          <span class="pulse" aria-hidden="true" /> works
        </p>
      ) : null}
      {isLost ? <p class="hint">How it ended is not in these lines.</p> : null}
      {end ? (
        <footer>
          <span class={`state ${toneOfEnd(end.verdict)}`}>{end.verdict.replaceAll('-', ' ')}</span>
          <span>{usdText(end.costUsd)}</span>
          {end.seconds === null ? null : <span>{durationText(end.seconds)}</span>}
          {end.cacheMissed ? (
            <span title="The conversation had to be read again at full price">cache missed</span>
          ) : null}
          {end.reason === null ? null : <span class="reason">{printableLine(end.reason)}</span>}
        </footer>
      ) : null}
    </section>
  );
}

const PartView = memo(({ part }: { part: Part }) => {
  switch (part.kind) {
    case 'text':
      return (
        <div class="said">
          <Markdown text={part.text} />
          {part.isCut ? <p class="hint">It is longer: what stands here is its beginning.</p> : null}
        </div>
      );
    case 'tool':
      return <Tool {...part} />;
    case 'denied':
      return (
        <p class="note-line bad-text">
          Denied: {printableLine(part.tool)} <code>{toolTitle(part.input)}</code>
        </p>
      );
    case 'retried':
      return <p class="note-line">{printableLine(part.text)}</p>;
    case 'card':
      return <CardPart part={part} />;
  }
});

const ENDS: Readonly<Record<string, string>> = {
  allowed: 'A person allowed it',
  answered: 'A person answered',
  denied: 'A person denied it',
  expired: 'Nobody answered in time',
  withdrawn: 'Nobody waits for an answer any more',
};

function CardPart({ part }: { part: Part & { kind: 'card' } }) {
  const open = useStore(fleet, all => all.cards.find(({ id }) => id === part.id) ?? null);
  if (open) return <CardView card={open} showsPeer={false} />;
  return (
    <p class="note-line">
      {printableLine(part.tool)}: {part.end === null ? 'a person is asked' : (ENDS[part.end] ?? part.end)}
    </p>
  );
}

const SaidView = ({ item: { role, text, at } }: { item: SaidItem }) => (
  <article class={role === 'user' ? 'message mine' : 'turn'} aria-label={role === 'user' ? 'typed there' : 'claude'}>
    <header>
      <span class="hint">{role === 'user' ? 'typed there' : 'claude'}</span>
      <span class="spread" />
      {at === null ? null : <Clock at={at} />}
    </header>
    <Markdown text={text} />
  </article>
);

const NoteView = ({ item: { tone, text, mend, at } }: { item: NoteItem }) => (
  <p class={`note ${tone}`}>
    <Clock at={at} />
    <span>
      {printable(text)}
      {mend === null ? null : <code>{printableLine(mend)}</code>}
    </span>
  </p>
);
