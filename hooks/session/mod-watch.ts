/**
 * What the mod of one session is told, and when: whose session it is, what waits there, that it is to start a turn, and the word
 * for a button that was pressed. Looks when it is told that something changed, and tells only what is new. Knows no process.
 */
import { openAsked } from '#blackboard/cards/open-asked.ts';
import { issueWord, parsePressed } from '#blackboard/cards/press.ts';
import { type SessionLayout, sessionLayout } from '#blackboard/layout.ts';
import { countUnread, type SessionPeer } from '#blackboard/peers/sessions.ts';
import { type Files, readText } from '#blackboard/system/files.ts';
import { limits } from '#blackboard/system/limits.ts';
import { submittedFor, wakeWord } from '#hooks/session/mod.ts';

/** One line of JSON for the mod. */
export type ModLine =
  /** null: the session is none of this root. */
  | { session: string | null }
  | { messages: number; cards: number }
  /** Start a turn, unless no signal waits any more. */
  | { wake: string }
  /** For the button that was pressed with this nonce. */
  | { word: string; nonce: string; card: string };

export interface ModWatch {
  /** The claude has this session now. */
  meets(peer: SessionPeer | null): Promise<void>;
  /** A word or a button may be new. */
  look(): Promise<void>;
  count(): Promise<void>;
}

export function createModWatch(
  files: Files,
  root: string,
  nowMs: () => number,
  tell: (line: ModLine) => void,
): ModWatch {
  let layout: SessionLayout | null = null;
  let told = { wake: '', nonce: '', counts: '' };

  return {
    async meets(peer) {
      layout = peer && sessionLayout(root, peer.id);
      // A button that was pressed before has been waited for in vain.
      told = { wake: '', nonce: layout ? ((await pressedIn(files, layout))?.nonce ?? '') : '', counts: '' };
      if (layout) await files.makeDirectory(layout.mod.home);
      tell({ session: layout?.id ?? null });
    },
    async look() {
      if (!layout) return;
      const { mod } = layout;
      const wake = await wakeWord(files, mod.wake);
      if (wake !== null && wake !== told.wake) {
        told.wake = wake;
        if ((await submittedFor(files, layout)) === null) tell({ wake });
      }
      const pressed = await pressedIn(files, layout);
      if (!pressed || pressed.nonce === told.nonce) return;
      const { nonce, card } = pressed;
      told.nonce = nonce;
      tell({ word: await issueWord(files, mod.words, pressed, nowMs()), nonce, card });
    },
    async count() {
      if (!layout) return;
      const counts = {
        messages: await countUnread(files, layout),
        cards: (await openAsked(files, root, nowMs(), limits.cardsToldMax)).length,
      };
      const text = JSON.stringify(counts);
      if (text === told.counts) return;
      told.counts = text;
      tell(counts);
    },
  };
}

const pressedIn = async (files: Files, { mod }: SessionLayout) =>
  parsePressed((await readText(files, mod.pressed, limits.recordBytesMax)) ?? '');
