/** The board: what everybody may read, the tasks on it, and who works on what. */
import { useState } from 'preact/hooks';
import { printableLine } from '#blackboard/text/printable.ts';
import type { BoardEntry, Post } from '#runner/results/board.ts';
import type { Claims, StandingClaim, Task, Tasks } from '#runner/results/claims.ts';
import { Age, Chip, Empty, Failed, Head, PeerLink, Until } from './parts.tsx';
import type { Tone } from './peer-state.ts';
import type { BoardRead } from './results.ts';
import { act } from './state.ts';
import { Line, Markdown } from './text.tsx';
import { useRead } from './use-read.ts';
import { bytesText } from './words.ts';

const KINDS = ['note', 'task', 'question', 'status', 'alert', 'artifact'];
const READ_MS = 4_000;
/** Entries that are drawn at first, and more with each press. */
const SHOWN = 100;

export function BoardView({ isReadOnly }: { isReadOnly: boolean }) {
  const entries = useRead<BoardRead>('board', {}, { everyMs: READ_MS });
  const [topic, setTopic] = useState<string | null>(null);
  const tasks = useRead<Tasks>('tasks', { all: true, ...(topic === null ? {} : { topic }) }, { everyMs: READ_MS });
  const claims = useRead<Claims>('claims', {}, { everyMs: READ_MS });
  const [filter, setFilter] = useState('');
  const [most, setMost] = useState(SHOWN);
  const topics = [
    ...new Set((entries.value?.entries ?? []).flatMap(each => (each.topic === undefined ? [] : [each.topic]))),
  ].sort();
  const words = filter.toLowerCase();
  const fitting = [...(entries.value?.entries ?? [])]
    .reverse()
    .filter(each => topic === null || each.topic === topic)
    .filter(
      each =>
        words === '' || `${each.text} ${each.from} ${each.key ?? ''} ${each.topic ?? ''}`.toLowerCase().includes(words),
    );
  const again = () => {
    entries.again();
    tasks.again();
  };
  return (
    <>
      <Head title="Board">
        <input
          id="filter"
          type="search"
          class="filter"
          aria-label="Filter entries"
          placeholder="Filter entries   /"
          value={filter}
          onInput={event => setFilter(event.currentTarget.value)}
        />
      </Head>
      <Failed error={entries.error} />
      <div class="columns wide-first">
        <section class="column" aria-labelledby="entries-title">
          <h2 id="entries-title">Entries</h2>
          {topics.length > 0 ? (
            <div class="topics" role="group" aria-label="Topics">
              <button type="button" aria-pressed={topic === null} onClick={() => setTopic(null)}>
                all
              </button>
              {topics.map(each => (
                <button key={each} type="button" aria-pressed={topic === each} onClick={() => setTopic(each)}>
                  {printableLine(each)}
                </button>
              ))}
            </div>
          ) : null}
          {isReadOnly ? null : <PostForm topic={topic} again={again} />}
          {entries.value && fitting.length === 0 ? <Empty>No entry here.</Empty> : null}
          {fitting.slice(0, most).map(entry => (
            <Entry key={entry.id} entry={entry} />
          ))}
          {fitting.length > most ? (
            <button type="button" class="more" onClick={() => setMost(most + SHOWN)}>
              Show {Math.min(SHOWN, fitting.length - most)} more
            </button>
          ) : null}
        </section>
        <div class="column">
          <section aria-labelledby="tasks-title">
            <h2 id="tasks-title">
              Tasks{topic === null ? null : <span class="hint"> of {printableLine(topic)}</span>}
            </h2>
            {isReadOnly ? null : <TaskForm topic={topic} again={tasks.again} />}
            {tasks.value && tasks.value.length === 0 ? <Empty>No tasks.</Empty> : null}
            <ul class="rows">
              {(tasks.value ?? []).map(task => (
                <TaskLine key={task.id} task={task} isReadOnly={isReadOnly} again={again} />
              ))}
            </ul>
          </section>
          <section aria-labelledby="claims-title">
            <h2 id="claims-title">Claims</h2>
            {claims.value && claims.value.length === 0 ? <Empty>Nobody claims anything.</Empty> : null}
            <ul class="rows">
              {(claims.value ?? []).map(claim => (
                <ClaimLine key={JSON.stringify(claim.what)} claim={claim} />
              ))}
            </ul>
          </section>
        </div>
      </div>
    </>
  );
}

const toneOfKind = (kind: BoardEntry['kind']): Tone =>
  kind === 'alert' ? 'bad' : kind === 'question' || kind === 'task' ? 'wait' : 'off';

const Entry = ({ entry: { id, at, from, kind, text, topic, key, ref, expiresAt, long } }: { entry: BoardEntry }) => (
  <article class="entry" tabIndex={0} data-row aria-label={`${kind} from ${printableLine(from)}`} key={id}>
    <header>
      <PeerLink name={from} />
      <Chip tone={toneOfKind(kind)}>{kind}</Chip>
      {topic === undefined ? null : (
        <span class="topic">
          <Line text={topic} />
        </span>
      )}
      {key === undefined || kind === 'task' ? null : (
        <code title="The newest value of this key">
          <Line text={key} />
        </code>
      )}
      <span class="spread" />
      {expiresAt === undefined ? null : <Until at={expiresAt} />}
      <Age at={at} />
    </header>
    <Markdown text={text} />
    {ref === undefined ? null : (
      <p class="hint">
        see <Line text={ref} />
      </p>
    )}
    {long === undefined ? null : <p class="hint">{bytesText(long.bytes)} in all: what stands here is its beginning</p>}
  </article>
);

function PostForm({ topic, again }: { topic: string | null; again(): void }) {
  const [text, setText] = useState('');
  const [kind, setKind] = useState('note');
  const [own, setOwn] = useState('');
  const [key, setKey] = useState('');
  const submit = async () => {
    if (text.trim() === '') return;
    const under = own.trim() || topic;
    const given = { text, kind, ...(under ? { topic: under } : {}), ...(key.trim() === '' ? {} : { key: key.trim() }) };
    if (!(await act<Post>('post', given, 'Posted'))) return;
    setText('');
    setKey('');
    again();
  };
  return (
    <form
      class="post"
      onSubmit={event => {
        event.preventDefault();
        void submit();
      }}
    >
      <textarea
        rows={2}
        aria-label="New entry"
        placeholder="Post to everybody"
        value={text}
        onInput={event => setText(event.currentTarget.value)}
        onKeyDown={event => {
          if (event.key === 'Enter' && (event.ctrlKey || event.metaKey)) void submit();
        }}
      />
      <div class="controls">
        <select aria-label="Kind of entry" value={kind} onChange={event => setKind(event.currentTarget.value)}>
          {KINDS.map(each => (
            <option key={each}>{each}</option>
          ))}
        </select>
        <input
          aria-label="Topic"
          placeholder={topic ?? 'topic'}
          value={own}
          onInput={event => setOwn(event.currentTarget.value)}
        />
        <input aria-label="Key" placeholder="key" value={key} onInput={event => setKey(event.currentTarget.value)} />
        <span class="spread" />
        <button type="submit" class="good" disabled={text.trim() === ''}>
          Post
        </button>
      </div>
    </form>
  );
}

function TaskForm({ topic, again }: { topic: string | null; again(): void }) {
  const [text, setText] = useState('');
  return (
    <form
      class="row-form"
      onSubmit={event => {
        event.preventDefault();
        void act<unknown>('task add', { text, ...(topic === null ? {} : { topic }) }, 'The task is open').then(done => {
          if (!done) return;
          setText('');
          again();
        });
      }}
    >
      <input
        aria-label="New task"
        placeholder="New task"
        value={text}
        onInput={event => setText(event.currentTarget.value)}
      />
      <button type="submit" disabled={text.trim() === ''}>
        Add
      </button>
    </form>
  );
}

const TASK_TONES = { open: 'wait', taken: 'busy', done: 'calm' } as const;

const TaskLine = ({
  task: { id, key, text, state, by, until },
  isReadOnly,
  again,
}: {
  task: Task;
  isReadOnly: boolean;
  again(): void;
}) => (
  <li class={state === 'done' ? 'task is-done' : 'task'} key={id}>
    <Chip tone={TASK_TONES[state]}>{state}</Chip>
    <span class="title">
      <Line text={text} />
      <small>
        {by === null ? null : <PeerLink name={by} />} {until === null ? null : <Until at={until} />}
      </small>
    </span>
    {state === 'done' || isReadOnly ? null : (
      <button
        type="button"
        onClick={() => void act<unknown>('task done', { task: key }, 'The task is done').then(again)}
      >
        Done
      </button>
    )}
  </li>
);

const wordsOf = ({ what }: StandingClaim): string => {
  if (what.kind === 'path') return what.glob === undefined ? what.base : `${what.base}/${what.glob}`;
  return what.kind === 'key' ? `key ${what.key}` : `entry ${what.id.slice(-8)}`;
};

const ClaimLine = ({ claim }: { claim: StandingClaim }) => (
  <li class="claim">
    <PeerLink name={claim.by} />
    <span class="title mono" title={wordsOf(claim)}>
      <Line text={wordsOf(claim)} />
    </span>
    <Until at={claim.until} />
  </li>
);
