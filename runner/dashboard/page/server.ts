/** The server, as the page sees it: verbs, streams, and the session that a link opened. The only file that knows addresses. */

/** What the server says when it refuses or fails. */
export interface Refusal {
  code: string;
  message: string;
  hint?: string | null;
}

export class ServerError extends Error {
  readonly refusal: Refusal;
  constructor(refusal: Refusal) {
    super(refusal.message);
    this.refusal = refusal;
  }
}

/** Of this origin, port included: another server on this machine does not get it. */
const KEY = 'agent-runner session';

export const hasSession = (): boolean => localStorage.getItem(KEY) !== null;
export const forgetSession = (): void => localStorage.removeItem(KEY);

/** Opens a session with the word of a link, which stands behind the # and is removed from the address at once. */
export async function openByLink(): Promise<void> {
  const word = location.hash.slice(1);
  if (!/^[A-Za-z0-9_-]{43}$/.test(word)) return;
  history.replaceState(null, '', '/');
  const { token } = (await call('POST', '/api/session', JSON.stringify({ word }), false)) as { token: string };
  localStorage.setItem(KEY, token);
}

export const whatIsServed = () =>
  call('GET', '/api/session') as Promise<{
    version: string;
    host: string;
    root: string;
    readOnly: boolean;
    untilAt: string;
  }>;

/** One verb. With files it goes as a form. */
export function verb<Result>(name: string, given: object = {}, files: readonly File[] = []): Promise<Result> {
  if (files.length === 0)
    return call('POST', `/api/verbs/${encodeURIComponent(name)}`, JSON.stringify(given)) as Promise<Result>;
  const form = new FormData();
  form.set('given', JSON.stringify(given));
  for (const file of files) form.append('files', file);
  return call('POST', `/api/verbs/${encodeURIComponent(name)}`, form) as Promise<Result>;
}

const credential = (): Record<string, string> => ({ authorization: `Bearer ${localStorage.getItem(KEY) ?? ''}` });

async function call(method: string, path: string, body: BodyInit | null = null, isKnown = true): Promise<unknown> {
  const type: Record<string, string> = typeof body === 'string' ? { 'content-type': 'application/json' } : {};
  const answer = await fetch(path, { method, body, headers: { ...type, ...(isKnown ? credential() : {}) } });
  if (answer.status === 204) return null;
  const said = (await answer.json()) as { error?: Refusal };
  if (!answer.ok) throw new ServerError(said.error ?? { code: 'bug', message: `the server answered ${answer.status}` });
  return said;
}

/**
 * A stream of events, by fetch, because EventSource sends no credential. Comes back by itself: `path` is asked again each time, for it
 * says from where. Ends when `signal` aborts or the session is over.
 */
export async function follow(
  path: () => string,
  heard: (event: string, data: unknown) => void,
  isConnected: (is: boolean) => void,
  signal: AbortSignal,
): Promise<void> {
  for (let waitMs = 250; !signal.aborted; waitMs = Math.min(waitMs * 2, 5_000)) {
    try {
      const answer = await fetch(path(), { headers: credential(), signal });
      if (answer.status === 401) return heard('error', { code: 'no-session', message: 'this session has ended' });
      if (answer.ok && answer.body)
        for await (const { event, data } of eventsOf(answer.body)) {
          if (event === 'open') {
            isConnected(true);
            waitMs = 250;
          }
          heard(event, data);
        }
    } catch {
      // Gone: it is tried again.
    }
    if (signal.aborted) return;
    isConnected(false);
    await new Promise(resolve => setTimeout(resolve, waitMs));
  }
}

/** The lines of text/event-stream, as our server writes them: each event has one name and its data as JSON. */
async function* eventsOf(body: ReadableStream<Uint8Array>): AsyncGenerator<{ event: string; data: unknown }> {
  const reader = body
    .pipeThrough(new TextDecoderStream() as unknown as ReadableWritablePair<string, Uint8Array>)
    .getReader();
  let rest = '';
  for (;;) {
    const { done, value } = await reader.read();
    if (done) return;
    const blocks = (rest + value).split('\n\n');
    rest = blocks.pop() ?? '';
    for (const block of blocks) {
      const lines = block.split('\n');
      const field = (name: string) =>
        lines.filter(line => line.startsWith(`${name}:`)).map(line => line.slice(name.length + 1).trimStart());
      const data = field('data').join('\n');
      if (data !== '') yield { event: field('event')[0] ?? 'message', data: JSON.parse(data) };
    }
  }
}
