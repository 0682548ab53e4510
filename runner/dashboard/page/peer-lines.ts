/** Follows a peer's lines: what comes is put into its conversation, each line once, over any number of connections. */
import { useEffect, useRef, useState } from 'preact/hooks';
import { type Chat, createChat, type Item } from './chat.ts';
import { type Line, type Lines, NO_LINES, sinceOf, withLines } from './lines.ts';
import { follow, type Refusal } from './server.ts';
import { leaveSession } from './state.ts';

export interface Conversation {
  items: readonly Item[];
  isLoaded: boolean;
  error: Refusal | null;
}

const NONE: Conversation = { items: [], isLoaded: false, error: null };

export function usePeerLines(name: string): Conversation {
  const [shown, setShown] = useState<Conversation>(NONE);
  const frame = useRef(0);
  useEffect(() => {
    let lines: Lines = NO_LINES;
    let chat: Chat = createChat();
    const over = new AbortController();
    setShown(NONE);
    // A turn tells many lines in a moment: they are drawn together.
    const draw = () => {
      cancelAnimationFrame(frame.current);
      frame.current = requestAnimationFrame(() => setShown({ items: chat.items(), isLoaded: true, error: null }));
    };
    const heard = (event: string, data: unknown) => {
      if (event === 'error') {
        const refusal = data as Refusal;
        if (refusal.code === 'no-session') leaveSession(refusal);
        else setShown(before => ({ ...before, isLoaded: true, error: refusal }));
        over.abort();
      }
      if (event !== 'lines') return;
      const came = withLines(lines, data as Line[]);
      lines = came.lines;
      if (!came.isInOrder) chat = createChat();
      for (const line of came.isInOrder ? came.added : lines.all) chat.add(line);
      draw();
    };
    const path = () => {
      const since = sinceOf(lines);
      return `/api/peers/${encodeURIComponent(name)}/lines${since === null ? '' : `?since=${encodeURIComponent(since)}`}`;
    };
    void follow(path, heard, () => {}, over.signal);
    return () => {
      over.abort();
      cancelAnimationFrame(frame.current);
    };
  }, [name]);
  return shown;
}
