/** Small parts that every view is made of. */
import type { ComponentChildren } from 'preact';
import { printableLine } from '#blackboard/text/printable.ts';
import type { Tone } from './peer-state.ts';
import { hrefOf } from './route.ts';
import type { Refusal } from './server.ts';
import { nowMs } from './state.ts';
import { useStore } from './use-store.ts';
import { shortId, spanText } from './words.ts';

/** How long ago it was; the whole time stands in its title. */
export function Age({ at, label = '' }: { at: string | null; label?: string }) {
  const text = useStore(nowMs, now => (at === null ? '–' : spanText(Math.max(0, now - Date.parse(at)))));
  if (at === null) return <span class="age">–</span>;
  return (
    <time class="age" dateTime={at} title={new Date(at).toLocaleString()}>
      {label}
      {text}
    </time>
  );
}

/** Until when, for what expires. */
export function Until({ at }: { at: string }) {
  const text = useStore(nowMs, now => {
    const left = Date.parse(at) - now;
    return left <= 0 ? 'over' : `${spanText(Math.max(left, 10_000))} left`;
  });
  return (
    <time class="age" dateTime={at} title={new Date(at).toLocaleString()}>
      {text}
    </time>
  );
}

export const Clock = ({ at }: { at: string }) => (
  <time class="age" dateTime={at} title={new Date(at).toLocaleString()}>
    {new Date(at).toLocaleTimeString([], { hour: '2-digit', minute: '2-digit' })}
  </time>
);

export const Dot = ({ tone, title }: { tone: Tone; title: string }) => (
  <span class={`dot ${tone}`} role="img" aria-label={title} title={title} />
);

export const Chip = ({ tone = 'off', children }: { tone?: Tone; children: ComponentChildren }) => (
  <span class={`chip ${tone}`}>{children}</span>
);

export const PeerLink = ({ name }: { name: string }) =>
  name === '' ? null : (
    <a class="peer-link" href={name === 'operator' ? hrefOf({ view: 'inbox' }) : hrefOf({ view: 'peer', name })}>
      <bdi>{printableLine(name)}</bdi>
    </a>
  );

export const MessageLink = ({ id, children }: { id: string; children?: ComponentChildren }) => (
  <a class="message-link mono" href={hrefOf({ view: 'message', id })} title={id}>
    {children ?? shortId(id)}
  </a>
);

export const Failed = ({ error }: { error: Refusal | null }) =>
  error && (
    <p class="failed" role="alert">
      {error.message}
      {error.hint ? <span class="hint">{error.hint}</span> : null}
    </p>
  );

export const Empty = ({ children }: { children: ComponentChildren }) => <p class="empty">{children}</p>;

/** The head of a view: its name, and what stands beside it. */
export const Head = ({ title, children }: { title: ComponentChildren; children?: ComponentChildren }) => (
  <header class="head">
    <h1>{title}</h1>
    {children}
  </header>
);
