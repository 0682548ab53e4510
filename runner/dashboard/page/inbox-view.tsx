/** What peers wrote to the person: read, answered, put away. */
import { useState } from 'preact/hooks';
import { printableLine } from '#blackboard/text/printable.ts';
import type { Ack, Inbox, Reply } from '#runner/results/messages.ts';
import { Age, Chip, Empty, Failed, Head, MessageLink, PeerLink } from './parts.tsx';
import type { InboxRead } from './results.ts';
import { act, fleet } from './state.ts';
import { Line, Markdown } from './text.tsx';
import { toolTitle } from './tool.tsx';
import { useRead } from './use-read.ts';
import { useStore } from './use-store.ts';
import { bytesText } from './words.ts';

export function InboxView({ isReadOnly }: { isReadOnly: boolean }) {
  const version = useStore(fleet, all => all.version);
  const [showsAll, setShowsAll] = useState(false);
  const { value, error, again } = useRead<InboxRead>('inbox', showsAll ? { all: true } : {}, { fresh: version });
  const letters = [...(value?.messages ?? [])].sort(
    (a, b) => Number(b.unread) - Number(a.unread) || (a.at < b.at ? 1 : -1),
  );
  const unread = letters.filter(each => each.unread);
  const put = async (ids: string[]) => {
    if (await act<Ack>('ack', { ids }, null)) again();
  };
  return (
    <>
      <Head title="Inbox">
        <label class="switch">
          <input type="checkbox" checked={showsAll} onChange={event => setShowsAll(event.currentTarget.checked)} />
          Read ones, too
        </label>
        <span class="spread" />
        {unread.length > 1 && !isReadOnly ? (
          <button type="button" onClick={() => void put(unread.map(({ id }) => id))}>
            Put all {unread.length} away
          </button>
        ) : null}
      </Head>
      <Failed error={error} />
      {value && letters.length === 0 ? (
        <Empty>Nothing new. What agents answer and want from you comes here.</Empty>
      ) : null}
      {value && value.older > 0 ? <p class="hint">{value.older} older ones are not shown.</p> : null}
      {value && value.unreadable.length > 0 ? (
        <p class="band bad">Files that are no messages: {printableLine(value.unreadable.join(', '))}</p>
      ) : null}
      <div class="letters">
        {letters.map(letter => (
          <Letter
            key={letter.id}
            letter={letter}
            isReadOnly={isReadOnly}
            put={() => void put([letter.id])}
            again={again}
          />
        ))}
      </div>
    </>
  );
}

interface LetterProps {
  letter: Inbox[number];
  isReadOnly: boolean;
  put(): void;
  again(): void;
}

function Letter({ letter, isReadOnly, put, again }: LetterProps) {
  const { id, from, kind, at, subject, answers, body, attachments, denials, unread } = letter;
  const [reply, setReply] = useState<string | null>(null);
  const [isBusy, setBusy] = useState(false);
  const submit = async () => {
    if (reply === null || reply.trim() === '') return;
    setBusy(true);
    const done = await act<Reply>('reply', { id, text: reply }, `Sent to ${from}`);
    setBusy(false);
    if (!done) return;
    setReply(null);
    again();
  };
  return (
    <article
      class={unread ? 'letter is-new' : 'letter'}
      tabIndex={0}
      data-row
      aria-label={`${kind} from ${printableLine(from)}`}
    >
      <header>
        <PeerLink name={from} />
        <Chip tone={kind === 'question' || kind === 'request' ? 'wait' : 'off'}>{kind}</Chip>
        <span class="spread" />
        <MessageLink id={id} />
        <Age at={at} />
      </header>
      {subject ? (
        <h2>
          <Line text={subject} />
        </h2>
      ) : null}
      {answers.map(({ id: asked, gist }) => (
        <p key={asked} class="quoted">
          <MessageLink id={asked}>{printableLine(gist ?? 'a message that was cleared away')}</MessageLink>
        </p>
      ))}
      <Markdown text={body} />
      {denials.length > 0 ? (
        <p class="note-line bad-text">
          Not allowed in its turn:{' '}
          {denials.map(({ tool, input }, at) => (
            <code key={at}>{`${printableLine(tool)} ${toolTitle(input)}`}</code>
          ))}
        </p>
      ) : null}
      {attachments.map(({ name, sizeBytes, path }) => (
        <span key={name} class="file" title={path}>
          {printableLine(name)} <small>{bytesText(sizeBytes)}</small>
        </span>
      ))}
      {isReadOnly ? null : (
        <footer class="buttons">
          <button type="button" aria-expanded={reply !== null} onClick={() => setReply(reply === null ? '' : null)}>
            Reply
          </button>
          {unread ? (
            <button type="button" onClick={put}>
              Put away
            </button>
          ) : null}
        </footer>
      )}
      {reply === null ? null : (
        <form
          class="reply"
          onSubmit={event => {
            event.preventDefault();
            void submit();
          }}
        >
          <textarea
            ref={place => place?.focus()}
            rows={3}
            aria-label={`Reply to ${printableLine(from)}`}
            value={reply}
            onInput={event => setReply(event.currentTarget.value)}
            onKeyDown={event => {
              if (event.key === 'Enter' && (event.ctrlKey || event.metaKey)) void submit();
            }}
          />
          <button type="submit" class="good" disabled={isBusy || reply.trim() === ''}>
            Send
          </button>
        </form>
      )}
    </article>
  );
}
