/** The box to write to a peer: what kind, how urgent, with files; what is written stays here until it is sent. */
import { useEffect, useRef, useState } from 'preact/hooks';
import { printableLine } from '#blackboard/text/printable.ts';
import type { Send } from '#runner/results/messages.ts';
import { type Draft, mentionAt, mentionsOf, NO_DRAFT, tried } from './draft.ts';
import { Failed, MessageLink } from './parts.tsx';
import { type Refusal, verb } from './server.ts';
import { fleet, leaveSession, refusalOf } from './state.ts';
import { bytesText } from './words.ts';

const KINDS = ['request', 'question', 'note', 'status', 'done'];
const PRIORITIES = ['high', 'normal', 'low'];
const WHEN = {
  now: 'It is read now',
  'next-turn': 'It is read with the next turn',
  back: 'It is read when the peer is back',
};

const keyOf = (peer: string): string => `agent-runner draft ${peer}`;

function readDraft(peer: string): Draft {
  try {
    return { ...NO_DRAFT, ...(JSON.parse(localStorage.getItem(keyOf(peer)) ?? '{}') as Partial<Draft>) };
  } catch {
    return NO_DRAFT;
  }
}

function keepDraft(peer: string, draft: Draft): void {
  if (draft.text === '' && draft.tried === null) localStorage.removeItem(keyOf(peer));
  else localStorage.setItem(keyOf(peer), JSON.stringify(draft));
}

export function Composer({ peer }: { peer: string }) {
  const [draft, setDraft] = useState(() => readDraft(peer));
  const [files, setFiles] = useState<File[]>([]);
  const [isBusy, setBusy] = useState(false);
  const [error, setError] = useState<Refusal | null>(null);
  const [last, setLast] = useState<Send | null>(null);
  const [mention, setMention] = useState<{ from: number; names: string[]; at: number } | null>(null);
  const area = useRef<HTMLTextAreaElement>(null);
  const picker = useRef<HTMLInputElement>(null);

  const change = (part: Partial<Draft>) => {
    const next = { ...draft, ...part };
    setDraft(next);
    keepDraft(peer, next);
  };
  useEffect(() => {
    // As high as what is written, within reason.
    const place = area.current;
    if (!place) return;
    place.style.height = 'auto';
    place.style.height = `${Math.min(place.scrollHeight + 2, 320)}px`;
  }, [draft.text]);

  function look(place: HTMLTextAreaElement): void {
    const found = mentionAt(place.value, place.selectionStart);
    const names = found
      ? mentionsOf(
          [...fleet.get().rows.values()].map(({ name }) => name),
          found.typed,
        )
      : [];
    setMention(found && names.length > 0 ? { from: found.from, names, at: 0 } : null);
  }

  function insert(name: string): void {
    const place = area.current!;
    const caret = place.selectionStart;
    const text = `${draft.text.slice(0, mention!.from)}${name} ${draft.text.slice(caret)}`;
    change({ text });
    setMention(null);
    const at = mention!.from + name.length + 1;
    requestAnimationFrame(() => {
      place.focus();
      place.setSelectionRange(at, at);
    });
  }

  async function submit(): Promise<void> {
    if (isBusy || (draft.text.trim() === '' && files.length === 0)) return;
    const sending = tried(
      draft,
      files.map(({ name, size }) => `${name} ${size}`),
      () => crypto.randomUUID(),
    );
    setDraft(sending);
    keepDraft(peer, sending);
    setBusy(true);
    setError(null);
    try {
      const { text, kind, priority, subject } = sending;
      const given = {
        ...{ to: peer, text, kind, priority, key: sending.tried.key },
        ...(subject.trim() === '' ? {} : { subject: subject.trim() }),
      };
      const result = await verb<Send>('send', given, files);
      setLast(result);
      setFiles([]);
      const { kind: keptKind, priority: keptPriority } = draft;
      const next = { ...NO_DRAFT, kind: keptKind, priority: keptPriority };
      setDraft(next);
      keepDraft(peer, next);
    } catch (failure) {
      const refusal = refusalOf(failure);
      if (refusal.code === 'no-session') leaveSession(refusal);
      else setError(refusal);
    } finally {
      setBusy(false);
    }
  }

  function onKey(event: KeyboardEvent): void {
    if (mention) {
      const { names, at } = mention;
      const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
      if (step !== undefined) setMention({ ...mention, at: (at + step + names.length) % names.length });
      else if (event.key === 'Enter' || event.key === 'Tab') insert(names[at]!);
      else if (event.key === 'Escape') setMention(null);
      else return;
      event.preventDefault();
      event.stopPropagation();
      return;
    }
    if (event.key !== 'Enter' || !(event.ctrlKey || event.metaKey)) return;
    event.preventDefault();
    void submit();
  }

  const take = (more: FileList | null | undefined) => {
    if (more && more.length > 0) setFiles([...files, ...more]);
  };

  return (
    <form
      class="composer"
      aria-label={`Write to ${printableLine(peer)}`}
      onSubmit={event => {
        event.preventDefault();
        void submit();
      }}
      onDragOver={event => event.preventDefault()}
      onDrop={event => {
        event.preventDefault();
        take(event.dataTransfer?.files);
      }}
    >
      <Failed error={error} />
      {error && draft.tried ? <p class="hint">Sent again unchanged, it is the same message: it arrives once.</p> : null}
      {last && !error ? (
        <p class="reach" role="status">
          Delivered <MessageLink id={last.id} />. {last.reach ? `${WHEN[last.reach.when]}: ${last.reach.proof}.` : null}
          {last.waits ? <span class="wait-text"> {last.waits}</span> : null}
        </p>
      ) : null}
      <div class="box">
        <textarea
          ref={area}
          id="composer"
          rows={2}
          aria-label="Message"
          placeholder="Message, @ names a peer, Ctrl+Enter sends"
          value={draft.text}
          onInput={event => {
            change({ text: event.currentTarget.value });
            look(event.currentTarget);
          }}
          onKeyDown={onKey}
          onBlur={() => setTimeout(() => setMention(null), 150)}
          onPaste={event => {
            if ((event.clipboardData?.files.length ?? 0) === 0) return;
            event.preventDefault();
            take(event.clipboardData?.files);
          }}
        />
        {mention ? (
          <div class="mentions" role="listbox" aria-label="Peers">
            {mention.names.map((name, at) => (
              <div
                key={name}
                role="option"
                tabIndex={-1}
                aria-selected={at === mention.at}
                onMouseDown={event => {
                  event.preventDefault();
                  insert(name);
                }}
              >
                {printableLine(name)}
              </div>
            ))}
          </div>
        ) : null}
        {files.length > 0 ? (
          <ul class="files">
            {files.map((file, at) => (
              <li key={`${file.name} ${at}`} class="file">
                {printableLine(file.name)} <small>{bytesText(file.size)}</small>
                <button
                  type="button"
                  class="plain-button"
                  aria-label={`Remove ${file.name}`}
                  onClick={() => setFiles(files.toSpliced(at, 1))}
                >
                  ×
                </button>
              </li>
            ))}
          </ul>
        ) : null}
        <div class="controls">
          <select aria-label="Kind" value={draft.kind} onChange={event => change({ kind: event.currentTarget.value })}>
            {KINDS.map(kind => (
              <option key={kind}>{kind}</option>
            ))}
          </select>
          <select
            aria-label="Priority"
            value={draft.priority}
            onChange={event => change({ priority: event.currentTarget.value })}
          >
            {PRIORITIES.map(priority => (
              <option key={priority}>{priority}</option>
            ))}
          </select>
          <input
            class="subject"
            aria-label="Subject"
            placeholder="Subject"
            value={draft.subject}
            onInput={event => change({ subject: event.currentTarget.value })}
          />
          <input
            ref={picker}
            type="file"
            multiple
            class="hidden-label"
            tabIndex={-1}
            aria-label="Files"
            onChange={event => {
              take(event.currentTarget.files);
              event.currentTarget.value = '';
            }}
          />
          <button type="button" onClick={() => picker.current?.click()}>
            Attach
          </button>
          <span class="spread" />
          <button type="submit" class="good" disabled={isBusy || (draft.text.trim() === '' && files.length === 0)}>
            {isBusy ? 'Sending…' : error && draft.tried ? 'Send again' : 'Send'}
          </button>
        </div>
      </div>
    </form>
  );
}
