/** Light or dark: as the system has it, unless this person chose one here. */
import { createStore } from './store.ts';

export type Theme = 'system' | 'light' | 'dark';
const KEY = 'agent-runner theme';
const NEXT: Readonly<Record<Theme, Theme>> = { system: 'light', light: 'dark', dark: 'system' };

const kept = localStorage.getItem(KEY);
export const theme = createStore<Theme>(kept === 'light' || kept === 'dark' ? kept : 'system');

export function applyTheme(): void {
  const chosen = theme.get();
  if (chosen === 'system') delete document.documentElement.dataset.theme;
  else document.documentElement.dataset.theme = chosen;
}

export function nextTheme(): void {
  theme.set(NEXT[theme.get()]);
  localStorage.setItem(KEY, theme.get());
  applyTheme();
}
