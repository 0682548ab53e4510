/**
 * Markdown that a peer wrote, as nodes that do nothing: marked reads it, DOMPurify leaves only plain structure and links to the web. No
 * pictures (they would tell another server that somebody reads), no forms, no styles, no names that our own could clash with.
 */
import DOMPurify from 'dompurify';
import { Marked } from 'marked';
import { printable } from '#blackboard/text/printable.ts';

const escaped = (text: string): string => text.replace(/[&<>"']/g, unit => `&#${unit.charCodeAt(0)};`);

const marked = new Marked({
  gfm: true,
  // A line that a peer ended is ended, as our own notes are written.
  breaks: true,
  async: false,
  renderer: {
    // Shown as the link that it is.
    image: ({ href, text }) => `<a href="${escaped(href)}">${escaped(text === '' ? href : text)} (picture)</a>`,
    checkbox: ({ checked }) => (checked ? '☑ ' : '☐ '),
    // HTML in it is text.
    html: ({ text }) => escaped(text),
  },
});

const TAGS =
  'a b blockquote br code del em h1 h2 h3 h4 h5 h6 hr i kbd li ol p pre s strong sub sup table tbody td th thead tr ul'.split(
    ' ',
  );

const purify = DOMPurify(window);
purify.addHook('afterSanitizeAttributes', node => {
  if (node.tagName !== 'A' || !node.hasAttribute('href')) return;
  node.setAttribute('target', '_blank');
  node.setAttribute('rel', 'noopener noreferrer');
});

/** Beyond this, Markdown is shown as the text that it is: to read it would hold up the page. */
const CHARS_MAX = 200_000;

/** null: it is shown as text. */
export function markdownNodes(text: string): DocumentFragment | null {
  if (text.length > CHARS_MAX) return null;
  try {
    return purify.sanitize(marked.parse(printable(text), { async: false }), {
      ALLOWED_TAGS: TAGS,
      ALLOWED_ATTR: ['href', 'start', 'align', 'target', 'rel'],
      ALLOWED_URI_REGEXP: /^(?:https?:\/\/|mailto:)/i,
      ALLOW_DATA_ATTR: false,
      ALLOW_ARIA_ATTR: false,
      RETURN_DOM_FRAGMENT: true,
    });
  } catch {
    // Nested deeper than the reader follows.
    return null;
  }
}
