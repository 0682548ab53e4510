/** Asks before something is lost. */
import { useEffect, useRef } from 'preact/hooks';
import { createStore } from './store.ts';
import { useStore } from './use-store.ts';

interface Question {
  title: string;
  text: string;
  yes: string;
  answer(is: boolean): void;
}

const asked = createStore<Question | null>(null);

/** True: the person wants it. */
export const confirmed = (title: string, text: string, yes: string): Promise<boolean> =>
  new Promise(resolve => asked.set({ title, text, yes, answer: resolve }));

export function ConfirmDialog() {
  const question = useStore(asked, value => value);
  const dialog = useRef<HTMLDialogElement>(null);
  useEffect(() => {
    if (question) dialog.current?.showModal();
  }, [question]);
  if (!question) return null;
  const end = (is: boolean) => {
    asked.set(null);
    question.answer(is);
  };
  return (
    <dialog ref={dialog} aria-labelledby="confirm-title" onCancel={() => end(false)}>
      <h2 id="confirm-title">{question.title}</h2>
      <p>{question.text}</p>
      <div class="buttons end">
        <button type="button" onClick={() => end(false)}>
          No
        </button>
        <button type="button" class="bad" onClick={() => end(true)}>
          {question.yes}
        </button>
      </div>
    </dialog>
  );
}
