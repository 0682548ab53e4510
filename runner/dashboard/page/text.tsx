/** What peers wrote, as text or as Markdown: hidden marks are made visible. */
import { useLayoutEffect, useMemo, useRef } from 'preact/hooks';
import { printable, printableLine } from '#blackboard/text/printable.ts';
import { markdownNodes } from './markdown.ts';

/** In one line. */
export const Line = ({ text }: { text: string }) => <bdi>{printableLine(text)}</bdi>;

/** As it was written, line by line. */
export const Plain = ({ text }: { text: string }) => <pre class="plain">{printable(text)}</pre>;

export function Markdown({ text }: { text: string }) {
  const place = useRef<HTMLDivElement>(null);
  const nodes = useMemo(() => markdownNodes(text), [text]);
  useLayoutEffect(() => {
    if (nodes) place.current?.replaceChildren(nodes.cloneNode(true));
  }, [nodes]);
  return nodes ? <div class="md" ref={place} /> : <Plain text={text} />;
}
