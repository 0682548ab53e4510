/** The keys of the page: they move between rows, open them, and answer the card that has the focus. */
import { isHelpOpen } from './state.ts';

const rows = (): HTMLElement[] => [...document.querySelectorAll<HTMLElement>('main [data-row]')];
const isTyping = (place: Element | null): boolean =>
  place?.matches('input, textarea, select, [contenteditable]') ?? false;

/** The row `step` further than the one that has the focus, or the first. */
function move(step: number): void {
  const all = rows();
  const at = all.findIndex(row => row.contains(document.activeElement));
  const next = all[at < 0 ? 0 : Math.min(Math.max(at + step, 0), all.length - 1)];
  next?.focus();
  next?.scrollIntoView({ block: 'nearest' });
}

/** Presses the button of the card that has the focus; without one, the only card there is gets the focus first. */
function decide(key: string): void {
  const focused = document.activeElement?.closest('[data-card]');
  const cards = document.querySelectorAll<HTMLElement>('main [data-card]');
  if (!focused) cards[0]?.focus();
  focused?.querySelector<HTMLElement>(`[data-key="${key}"]`)?.click();
}

const KEYS: Readonly<Record<string, () => void>> = {
  '/': () => (document.getElementById('filter') ?? document.getElementById('composer'))?.focus(),
  j: () => move(1),
  k: () => move(-1),
  a: () => decide('a'),
  d: () => decide('d'),
  c: () => document.getElementById('composer')?.focus(),
  '?': () => isHelpOpen.set(true),
};

export function listenForKeys(): void {
  addEventListener('keydown', event => {
    if (event.defaultPrevented || event.ctrlKey || event.metaKey || event.altKey) return;
    const place = document.activeElement;
    if (document.querySelector('dialog[open]')) return;
    if (event.key === 'Escape') {
      if (isTyping(place)) (place as HTMLElement).blur();
      else if (location.hash.length > 2) location.hash = '#/';
      return;
    }
    if (isTyping(place)) return;
    const run = KEYS[event.key];
    if (!run) return;
    event.preventDefault();
    run();
  });
}
