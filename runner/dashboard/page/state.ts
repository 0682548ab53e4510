/** What all views share: the session, the fleet, the address, the clock, and what was said last in a corner. */

import { type Fleet, type FleetNews, NO_FLEET, withNews } from './fleet.ts';
import { type Route, routeOf } from './route.ts';
import { beginSeeing } from './seen.ts';
import { follow, forgetSession, hasSession, type Refusal, ServerError, verb, whatIsServed } from './server.ts';
import { createStore } from './store.ts';

/** Milliseconds for which what was said stays: a refusal has to be read. And between two looks at the clock. */
const GOOD_MS = 4_000;
const BAD_MS = 12_000;
const CLOCK_MS = 5_000;

export interface Served {
  version: string;
  host: string;
  root: string;
  readOnly: boolean;
}

export type Session =
  | { kind: 'opening' }
  /** `why`: what was wrong with a link, or that the session is over; null: there never was one here. */
  | { kind: 'none'; why: Refusal | null }
  | { kind: 'open'; served: Served };

export const session = createStore<Session>({ kind: 'opening' });
export const fleet = createStore<Fleet>(NO_FLEET);
export const route = createStore<Route>(routeOf(location.hash));
export const nowMs = createStore(Date.now());
/** Grows when pieces of work may have changed. */
export const workVersion = createStore(0);
export const said = createStore<{ text: string; tone: 'good' | 'bad'; hint: string | null } | null>(null);
export const isHelpOpen = createStore(false);

export const refusalOf = (error: unknown): Refusal =>
  error instanceof ServerError
    ? error.refusal
    : { code: 'lost', message: 'the server does not answer', hint: 'Is it still running? agent-runner dashboard' };

export function leaveSession(why: Refusal | null): void {
  forgetSession();
  session.set({ kind: 'none', why });
}

/** Calls a verb; what fails is said in the corner, and null comes. */
export async function act<Result>(
  name: string,
  given: object,
  done: string | null,
  files: File[] = [],
): Promise<Result | null> {
  try {
    const result = await verb<Result>(name, given, files);
    if (done !== null) tell(done);
    return result;
  } catch (error) {
    fail(error);
    return null;
  }
}

export function fail(error: unknown): void {
  const refusal = refusalOf(error);
  if (refusal.code === 'no-session') leaveSession(refusal);
  else tell(refusal.message, 'bad', refusal.hint ?? null);
}

let hiding: ReturnType<typeof setTimeout> | undefined;
export function tell(text: string, tone: 'good' | 'bad' = 'good', hint: string | null = null): void {
  clearTimeout(hiding);
  said.set({ text, tone, hint });
  hiding = setTimeout(() => said.set(null), tone === 'bad' ? BAD_MS : GOOD_MS);
}

/** Asks what is served; without an answer it asks again later. `why`: what was wrong with the link that the page came by. */
export async function openPage(why: Refusal | null): Promise<void> {
  if (!hasSession()) return session.set({ kind: 'none', why });
  for (let waitMs = 500; ; waitMs = Math.min(waitMs * 2, 5_000)) {
    try {
      const served = await whatIsServed();
      beginSeeing();
      session.set({ kind: 'open', served });
      return void followFleet();
    } catch (error) {
      const refusal = refusalOf(error);
      if (refusal.code !== 'lost') return leaveSession(refusal);
      await new Promise(resolve => setTimeout(resolve, waitMs));
    }
  }
}

async function followFleet(): Promise<void> {
  const over = new AbortController();
  let isFirst = true;
  const heard = (event: string, data: unknown) => {
    if (event === 'open') isFirst = true;
    if (event === 'open' || event === 'work') workVersion.set(workVersion.get() + 1);
    if (event === 'fleet') {
      fleet.set(withNews(fleet.get(), data as FleetNews, isFirst));
      isFirst = false;
    }
    if (event === 'error' && (data as Refusal).code === 'no-session') {
      over.abort();
      leaveSession(data as Refusal);
    }
  };
  const connected = (isConnected: boolean) => fleet.set({ ...fleet.get(), isConnected });
  await follow(() => '/api/fleet', heard, connected, over.signal);
}

addEventListener('hashchange', () => route.set(routeOf(location.hash)));
setInterval(() => {
  if (document.visibilityState === 'visible') nowMs.set(Date.now());
}, CLOCK_MS);
