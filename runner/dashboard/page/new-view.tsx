/** A new agent from a template, or a new session in tmux, each with its first message. */
import { useState } from 'preact/hooks';
import { printableLine } from '#blackboard/text/printable.ts';
import type { Send } from '#runner/results/messages.ts';
import type { Spawned } from '#runner/results/panes.ts';
import type { Add } from '#runner/results/setup.ts';
import { Failed, Head } from './parts.tsx';
import type { TemplateList } from './results.ts';
import { hrefOf } from './route.ts';
import { act, tell } from './state.ts';
import { useRead } from './use-read.ts';

const KINDS = { agent: 'Agent in the background', session: 'Session in tmux' } as const;

export function NewView() {
  const [kind, setKind] = useState<keyof typeof KINDS>('agent');
  return (
    <>
      <Head title={kind === 'agent' ? 'New agent' : 'New session'}>
        <div class="topics" role="group" aria-label="What is begun">
          {(Object.keys(KINDS) as (keyof typeof KINDS)[]).map(each => (
            <button key={each} type="button" aria-pressed={each === kind} onClick={() => setKind(each)}>
              {KINDS[each]}
            </button>
          ))}
        </div>
      </Head>
      {kind === 'agent' ? <NewAgent /> : <NewSession />}
    </>
  );
}

function NewSession() {
  const [name, setName] = useState('');
  const [cwd, setCwd] = useState('');
  const [prompt, setPrompt] = useState('');
  const [isBusy, setBusy] = useState(false);
  const submit = async () => {
    setBusy(true);
    const given = { name, cwd, ...(prompt.trim() === '' ? {} : { prompt }) };
    const opened = await act<Spawned>('spawn', given, null);
    setBusy(false);
    if (opened)
      tell(
        `${name} stands in tmux at ${opened.address}`,
        'good',
        opened.state === 'idle' ? null : `It is ${opened.subtype ?? opened.state}`,
      );
  };
  return (
    <form
      class="new-agent"
      onSubmit={event => {
        event.preventDefault();
        void submit();
      }}
    >
      <label>
        Name
        <input required autocomplete="off" value={name} onInput={event => setName(event.currentTarget.value)} />
      </label>
      <label>
        Works in
        <input
          required
          placeholder="/home/you/project"
          autocomplete="off"
          value={cwd}
          onInput={event => setCwd(event.currentTarget.value)}
        />
        <small>A claude of yours opens there; a directory that it does not trust yet asks you in its terminal</small>
      </label>
      <label>
        First prompt
        <textarea rows={3} value={prompt} onInput={event => setPrompt(event.currentTarget.value)} />
        <small>It may stay empty</small>
      </label>
      <div class="buttons">
        <button type="submit" class="good" disabled={isBusy}>
          Open the session
        </button>
      </div>
    </form>
  );
}

function NewAgent() {
  const templates = useRead<TemplateList>('templates list', {});
  const [template, setTemplate] = useState<string | null>(null);
  const [name, setName] = useState('');
  const [cwd, setCwd] = useState('');
  const [first, setFirst] = useState('');
  const [isBusy, setBusy] = useState(false);
  const submit = async () => {
    setBusy(true);
    const added = await act<Add>('add', { name, cwd, ...(template === null ? {} : { template }) }, `${name} was added`);
    setBusy(false);
    if (!added) return;
    if (first.trim() !== '') await act<Send>('send', { to: added.name, text: first, key: crypto.randomUUID() }, null);
    location.hash = hrefOf({ view: 'peer', name: added.name });
  };
  return (
    <>
      <Failed error={templates.error} />
      <form
        class="new-agent"
        onSubmit={event => {
          event.preventDefault();
          void submit();
        }}
      >
        <label>
          Name
          <input
            required
            pattern="[a-z0-9][a-z0-9\-]*"
            autocomplete="off"
            value={name}
            onInput={event => setName(event.currentTarget.value)}
          />
          <small>Lower-case letters, digits and hyphens</small>
        </label>
        <label>
          Works in
          <input
            required
            placeholder="/home/you/project"
            autocomplete="off"
            value={cwd}
            onInput={event => setCwd(event.currentTarget.value)}
          />
          <small>A directory of the machine that serves this page</small>
        </label>
        <fieldset>
          <legend>Template</legend>
          <div class="templates">
            {(templates.value?.templates ?? []).map(({ name: each, about, problem, own }) => (
              <label key={each} class="template">
                <input
                  type="radio"
                  name="template"
                  disabled={problem !== null}
                  checked={template === each}
                  onChange={() => setTemplate(each)}
                />
                <span>
                  <strong>{printableLine(each)}</strong>
                  {own ? <span class="hint"> yours</span> : null}
                  <small>{printableLine(problem ?? about)}</small>
                </span>
              </label>
            ))}
          </div>
        </fieldset>
        <label>
          First message
          <textarea rows={4} value={first} onInput={event => setFirst(event.currentTarget.value)} />
          <small>It may stay empty</small>
        </label>
        <div class="buttons">
          <button type="submit" class="good" disabled={isBusy}>
            Add the agent
          </button>
        </div>
      </form>
    </>
  );
}
