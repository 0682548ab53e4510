/** One message: its text, and what became of it, each step with the files that prove it. */
import { useEffect } from 'preact/hooks';
import { printableLine } from '#blackboard/text/printable.ts';
import type { Cancel, Explain, Read, Trace } from '#runner/results/messages.ts';
import { confirmed } from './confirm.tsx';
import { Age, Chip, Failed, Head, MessageLink, PeerLink } from './parts.tsx';
import { look, workKey } from './seen.ts';
import { act, fleet } from './state.ts';
import { Line, Markdown } from './text.tsx';
import { useRead } from './use-read.ts';
import { useStore } from './use-store.ts';
import { usdText } from './words.ts';

export function MessageView({ id, isReadOnly }: { id: string; isReadOnly: boolean }) {
  const version = useStore(fleet, all => all.version);
  const { value, error } = useRead<Explain>('explain', { id }, { fresh: version });
  const trace = useRead<Trace>('trace', { id }, { fresh: version });
  const read = useRead<Read>('read', { id });
  const state = value?.state;
  useEffect(() => {
    if (state === 'replied' || state === 'done' || state === 'dead') look(workKey(value!.id), new Date().toISOString());
  }, [state]);
  const isOpen = state === 'queued' || state === 'claimed' || state === 'started' || state === 'seen';
  const stop = async () => {
    const text = 'It ends dead (cancelled), and can be requeued. If a turn works on it, what that has cost is gone.';
    if (await confirmed('Cancel this message?', text, 'Cancel it'))
      void act<Cancel>('cancel', { what: id }, 'It was cancelled');
  };
  const ended = (trace.value?.steps ?? []).findLast(step => step.step === 'ended');
  const replied = (trace.value?.steps ?? []).findLast(step => step.step === 'replied');
  return (
    <>
      <Head title="Message">
        {state ? <Chip tone={state === 'dead' ? 'bad' : isOpen ? 'busy' : 'calm'}>{state}</Chip> : null}
        <span class="spread" />
        {isOpen && !isReadOnly ? (
          <button type="button" onClick={() => void stop()}>
            Cancel
          </button>
        ) : null}
      </Head>
      <Failed error={error} />
      {value ? (
        <p class="figures left">
          {value.from === null ? null : <PeerLink name={value.from} />} <span aria-hidden="true">→</span>{' '}
          <PeerLink name={value.to} />
          <span class="mono hint">{value.id}</span>
          {ended && ended.step === 'ended' ? <span>{usdText(ended.costUsd)}</span> : null}
        </p>
      ) : null}
      {trace.value?.waits ? <p class="band wait">{printableLine(trace.value.waits)}</p> : null}
      <div class="columns">
        <section class="column" aria-labelledby="text-title">
          <h2 id="text-title">What it says</h2>
          <Failed error={read.error} />
          {read.value ? (
            <div class="letter">
              {read.value.subject ? (
                <h3>
                  <Line text={read.value.subject} />
                </h3>
              ) : null}
              <Markdown text={read.value.body} />
            </div>
          ) : null}
          {replied && replied.step === 'replied' && replied.reply ? <Answer id={replied.reply} /> : null}
        </section>
        <section class="column" aria-labelledby="steps-title">
          <h2 id="steps-title">What became of it</h2>
          {value ? <Steps explain={value} /> : null}
        </section>
      </div>
    </>
  );
}

function Answer({ id }: { id: string }) {
  const { value } = useRead<Read>('read', { id });
  if (!value) return null;
  return (
    <>
      <h2>
        The answer <MessageLink id={id} />
      </h2>
      <div class="letter">
        <Markdown text={value.body} />
      </div>
    </>
  );
}

const isBad = (step: string): boolean => ['dead', 'failed', 'stopping'].includes(step);

/** A line with a point for each step: full where every file that proves it is there. */
const Steps = ({ explain: { steps, open } }: { explain: Explain }) => (
  <ol class="steps">
    {steps.map(({ step, at, turn, proves, evidence, isProven }, index) => (
      <li key={index} class={`${isProven ? 'is-proven' : ''} ${isBad(step) ? 'is-bad' : ''}`}>
        <p class="step">
          <strong>{step}</strong>
          {turn === null ? null : <span class="hint">turn {turn}</span>}
          <span class="spread" />
          <Age at={at} />
        </p>
        <p>{printableLine(proves)}</p>
        <ul class="evidence">
          {evidence.map(({ path, what, isThere }) => (
            <li key={path} class={isThere ? '' : 'is-gone'}>
              <code>{printableLine(path)}</code>
              <span class="hint">
                {printableLine(what)}
                {isThere ? '' : ' (cleared away since)'}
              </span>
            </li>
          ))}
        </ul>
      </li>
    ))}
    {open.map(({ word, proves }) => (
      <li key={word} class="is-open">
        <p class="step">
          <strong>{word}</strong>
        </p>
        <p class="hint">Nothing proves yet: {printableLine(proves)}</p>
      </li>
    ))}
  </ol>
);
