/** A tool call, folded: its line says what it is about; open, it shows its arguments. */
import { useMemo } from 'preact/hooks';
import { printable, printableLine } from '#blackboard/text/printable.ts';
import { type DiffLine, toolView } from './tool-view.ts';

export function ToolBodies({ input, isCut = false }: { input: string; isCut?: boolean }) {
  const { about, bodies } = useMemo(() => toolView(input), [input]);
  return (
    <>
      {about === '' ? null : <p class="about-call">{printableLine(about)}</p>}
      {bodies.map((body, at) =>
        body.kind === 'diff' ? (
          <Diff key={at} lines={body.lines} />
        ) : (
          <pre key={at} class="plain code" tabIndex={0}>
            {printable(body.text)}
          </pre>
        ),
      )}
      {isCut ? <p class="hint">It is longer: what stands here is its beginning.</p> : null}
    </>
  );
}

export const toolTitle = (input: string): string => printableLine(toolView(input).title.split('\n')[0] ?? '');

const WORDS = { '+': 'added', '-': 'removed', ' ': '' } as const;

export const Diff = ({ lines }: { lines: readonly DiffLine[] }) => (
  <div class="diff" tabIndex={0} role="group" aria-label="changed lines">
    {lines.map((line, at) =>
      line.sign === 'gap' ? (
        <div key={at} class="gap">
          … {line.count} equal lines
        </div>
      ) : (
        <div key={at} class={WORDS[line.sign]}>
          <span class="sign">{line.sign}</span>
          <span>{printable(line.text)}</span>
        </div>
      ),
    )}
  </div>
);

/** Everything of it. `failed`: what the tool said, where it failed; null: it did not. */
export function Tool({
  tool,
  input,
  isCut,
  failed,
}: {
  tool: string;
  input: string;
  isCut: boolean;
  failed: string | null;
}) {
  const title = useMemo(() => toolTitle(input), [input]);
  return (
    <details class={failed === null ? 'tool' : 'tool has-failed'}>
      <summary>
        <span class="tool-name">{printableLine(tool)}</span>
        <span class="tool-title mono">{title}</span>
        {failed === null ? null : <span class="chip bad">failed</span>}
      </summary>
      <ToolBodies input={input} isCut={isCut} />
      {failed === null ? null : (
        <pre class="plain code bad-text" tabIndex={0}>
          {printable(failed)}
        </pre>
      )}
    </details>
  );
}
