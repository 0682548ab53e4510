/** A card: what a peer asks a person, and the buttons that answer it. The first answer decides, wherever it comes from. */
import { useState } from 'preact/hooks';
import { printable, printableLine } from '#blackboard/text/printable.ts';
import type { Approvals, Decided } from '#runner/results/cards.ts';
import { Age, Chip, MessageLink, PeerLink, Until } from './parts.tsx';
import { act, session } from './state.ts';
import { Markdown } from './text.tsx';
import { ToolBodies, toolTitle } from './tool.tsx';
import { useStore } from './use-store.ts';

export type Card = Approvals[number];

const KINDS = { permission: 'Permission', question: 'Question', plan: 'Plan' } as const;

export function CardView({ card, showsPeer = true }: { card: Card; showsPeer?: boolean }) {
  const title = card.kind === 'permission' ? toolTitle(card.input) : '';
  const label = `${KINDS[card.kind]} for ${printableLine(card.peer)}${title === '' ? '' : `: ${title}`}`;
  return (
    <article class={`card ${card.kind}`} tabIndex={0} data-row data-card={card.id} aria-label={label}>
      <header>
        <Chip tone="wait">{KINDS[card.kind]}</Chip>
        {showsPeer ? <PeerLink name={card.peer} /> : null}
        {card.kind === 'permission' ? <span class="tool-name">{printableLine(card.tool)}</span> : null}
        <span class="spread" />
        {card.message === null ? null : <MessageLink id={card.message}>message</MessageLink>}
        {card.untilAt === null ? <Age at={card.at} /> : <Until at={card.untilAt} />}
      </header>
      {card.kind === 'question' ? (
        <Question card={card} />
      ) : (
        <>
          {title === '' ? null : (
            <pre class="plain code title" tabIndex={0}>
              {title}
            </pre>
          )}
          {card.reason === null ? null : <p class="reason">{printable(card.reason)}</p>}
          {card.kind === 'plan' ? <Plan card={card} /> : <ToolBodies input={card.input} isCut={isCut(card)} />}
          <Permission card={card} />
        </>
      )}
    </article>
  );
}

const isCut = ({ input, inputChars }: Card): boolean => input.length < inputChars;

function Plan({ card }: { card: Card }) {
  const plan = planOf(card.input);
  return plan === null ? <ToolBodies input={card.input} isCut={isCut(card)} /> : <Markdown text={plan} />;
}

function planOf(input: string): string | null {
  try {
    const { plan } = JSON.parse(input) as { plan?: unknown };
    return typeof plan === 'string' ? plan : null;
  } catch {
    return null;
  }
}

const isReadOnly = (): boolean => {
  const now = session.get();
  return now.kind === 'open' && now.served.readOnly;
};

/** One answer at a time; the card leaves when the server says that it is decided. */
function useDecision(): { isBusy: boolean; decide(name: string, given: object, done: string): void } {
  const [isBusy, setBusy] = useState(false);
  return {
    isBusy,
    decide(name, given, done) {
      setBusy(true);
      void act<Decided>(name, given, done).then(decided => {
        if (!decided) setBusy(false);
      });
    },
  };
}

function Permission({ card }: { card: Card }) {
  const { isBusy, decide } = useDecision();
  const [reason, setReason] = useState<string | null>(null);
  const isReading = useStore(session, isReadOnly);
  if (isReading) return null;
  const rules = card.rules.map(({ toolName, ruleContent }) => (ruleContent ? `${toolName}(${ruleContent})` : toolName));
  const what = card.kind === 'plan' ? 'The plan' : card.tool;
  const deny = () => decide('deny', { id: card.id, reason: reason?.trim() || undefined }, `${what} was denied`);
  return (
    <footer>
      <div class="buttons">
        <button
          type="button"
          class="good"
          data-key="a"
          disabled={isBusy}
          onClick={() => decide('approve', { id: card.id }, `${what} was approved`)}
        >
          Approve <kbd>a</kbd>
        </button>
        <button
          type="button"
          data-key="d"
          disabled={isBusy}
          aria-expanded={reason !== null}
          onClick={() => setReason(reason === null ? '' : null)}
        >
          Deny… <kbd>d</kbd>
        </button>
        {rules.length === 0 ? null : (
          <button
            type="button"
            disabled={isBusy}
            onClick={() => decide('approve', { id: card.id, always: true }, `Calls like it run unasked from now on`)}
          >
            Always
          </button>
        )}
        {rules.length === 0 ? null : (
          <span class="rules">
            would keep <code>{printableLine(rules.join(', '))}</code>
          </span>
        )}
      </div>
      {reason === null ? null : (
        <form
          class="row-form"
          onSubmit={event => {
            event.preventDefault();
            deny();
          }}
        >
          <input
            ref={place => place?.focus()}
            aria-label="Why not: the model reads it"
            placeholder="Why not? The model reads it"
            value={reason}
            onInput={event => setReason(event.currentTarget.value)}
            onKeyDown={event => {
              if (event.key !== 'Escape') return;
              event.stopPropagation();
              setReason(null);
            }}
          />
          <button type="submit" class="bad" disabled={isBusy}>
            Deny
          </button>
        </form>
      )}
    </footer>
  );
}

function Question({ card }: { card: Card }) {
  const { isBusy, decide } = useDecision();
  const isReading = useStore(session, isReadOnly);
  const [chosen, setChosen] = useState<Record<number, string[]>>({});
  const [words, setWords] = useState<Record<number, string>>({});
  const answers = card.questions.map((_, at) => words[at]?.trim() || (chosen[at] ?? []).join(', '));
  const submit = (given: readonly string[]) => decide('answer', { id: card.id, answers: given }, 'Answered');
  const isOneClick = card.questions.length === 1 && !card.questions[0]!.several;
  return (
    <form
      class="questions"
      onSubmit={event => {
        event.preventDefault();
        submit(answers);
      }}
    >
      {card.questions.map(({ question, options, several }, at) => (
        <fieldset key={at} disabled={isBusy || isReading}>
          <legend>
            <Markdown text={question} />
          </legend>
          <div class="options">
            {options.map(({ label, description }, index) => {
              const number = String(index + 1);
              const isChosen = (chosen[at] ?? []).includes(number);
              const toggled = isChosen
                ? chosen[at]!.filter(each => each !== number)
                : [...(several ? (chosen[at] ?? []) : []), number];
              return (
                <button
                  key={number}
                  type="button"
                  class="option"
                  aria-pressed={isOneClick ? undefined : isChosen}
                  onClick={() => (isOneClick ? submit([number]) : setChosen({ ...chosen, [at]: toggled }))}
                >
                  <span>{printableLine(label)}</span>
                  {description === '' ? null : <small>{printableLine(description)}</small>}
                </button>
              );
            })}
          </div>
          {isReading ? null : (
            <div class="row-form">
              <input
                aria-label={`Your own answer to: ${printableLine(question)}`}
                placeholder={options.length === 0 ? 'Your answer' : 'Or in your own words'}
                value={words[at] ?? ''}
                onInput={event => setWords({ ...words, [at]: event.currentTarget.value })}
              />
              {at === card.questions.length - 1 ? (
                <button type="submit" class="good" disabled={isBusy || answers.includes('')}>
                  Answer
                </button>
              ) : null}
            </div>
          )}
        </fieldset>
      ))}
    </form>
  );
}
