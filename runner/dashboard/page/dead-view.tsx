/** Dead letters: what could not be worked on, why, its text, and the way back. */
import { useState } from 'preact/hooks';
import { printable, printableLine } from '#blackboard/text/printable.ts';
import type { DeadList, DeadRequeue, DeadShow } from '#runner/results/messages.ts';
import { Age, Chip, Empty, Failed, Head, PeerLink } from './parts.tsx';
import { act, fleet, tell } from './state.ts';
import { useRead } from './use-read.ts';
import { useStore } from './use-store.ts';

export function DeadView({ isReadOnly }: { isReadOnly: boolean }) {
  const version = useStore(fleet, all => all.version);
  const { value, error, again } = useRead<DeadList>('dead list', {}, { fresh: version });
  const letters = [...(value ?? [])].sort((a, b) => (a.at < b.at ? 1 : -1));
  return (
    <>
      <Head title="Dead letters" />
      <Failed error={error} />
      {value && letters.length === 0 ? (
        <Empty>None. What fails for good, or is cancelled, comes here and is never lost.</Empty>
      ) : null}
      <div class="letters">
        {letters.map(letter => (
          <Letter key={`${letter.peer} ${letter.file}`} letter={letter} isReadOnly={isReadOnly} again={again} />
        ))}
      </div>
    </>
  );
}

function Letter({ letter, isReadOnly, again }: { letter: DeadList[number]; isReadOnly: boolean; again(): void }) {
  const { peer, id, droppedAs, at, from, kind, reason } = letter;
  const [isOpen, setOpen] = useState(false);
  const requeue = async () => {
    const done = await act<DeadRequeue>('dead requeue', { letter: id }, `It waits for ${peer} again`);
    if (done?.waits) tell(`It waits for ${peer} again`, 'bad', done.waits);
    if (done) again();
  };
  return (
    <article class="letter" tabIndex={0} data-row aria-label={`dead letter of ${printableLine(peer)}`}>
      <header>
        <PeerLink name={peer} />
        {from === null ? null : <span class="hint">from {printableLine(from)}</span>}
        {kind === null ? null : <Chip>{kind}</Chip>}
        {droppedAs === null ? null : <code>{printableLine(droppedAs)}</code>}
        <span class="spread" />
        <Age at={at} />
      </header>
      <p class="bad-text">{printable(reason)}</p>
      {isOpen ? <Whole letter={id} /> : null}
      <footer class="buttons">
        <button type="button" aria-expanded={isOpen} onClick={() => setOpen(!isOpen)}>
          {isOpen ? 'Hide the text' : 'Show the text'}
        </button>
        {isReadOnly ? null : (
          <button type="button" onClick={() => void requeue()}>
            Requeue
          </button>
        )}
      </footer>
    </article>
  );
}

function Whole({ letter }: { letter: string }) {
  const { value, error } = useRead<DeadShow>('dead show', { letter });
  return (
    <>
      <Failed error={error} />
      {value ? (
        <pre class="plain code" tabIndex={0}>
          {printable(value.text ?? value.noText ?? '')}
        </pre>
      ) : null}
    </>
  );
}
