/** Sends one signal to a peer's wake socket: what `agent-runner notify` does, and any program may do too. */
import { connect } from 'node:net';
import type { Signal } from '#blackboard/signals/signal.ts';
import { errnoOf } from '#blackboard/system/errors.ts';
import { limits } from '#blackboard/system/limits.ts';
import { type Answer, parseAnswer } from '#runner/wake/answer.ts';
import { findSocketDirectory, requireSocket } from '#runner/wake/socket-directory.ts';
import { readToken } from '#runner/wake/token.ts';

/** `unavailable`: nobody serves it; nothing was accepted. */
export type Notified = Answer | { answer: 'unavailable'; reason: string };

/** Throws "refused" (77) if the way to the socket is not private: then the token is sent to nobody. */
export async function notifyPeer(root: string, peer: string, signal: Signal): Promise<Notified> {
  const place = await findSocketDirectory(root, peer);
  if (!place) return { answer: 'unavailable', reason: 'it has no wake socket' };
  if (requireSocket(place.socket) === 'none') return { answer: 'unavailable', reason: 'it does not run' };
  const token = readToken(place.token);
  if (token === null) return { answer: 'unavailable', reason: 'it does not run' };
  return converse(place.socket, `${JSON.stringify({ token, ...signal })}\n`);
}

function converse(path: string, line: string): Promise<Notified> {
  return new Promise(resolve => {
    const socket = connect(path);
    let said = '';
    const done = (answer: Notified) => {
      clearTimeout(timer);
      socket.destroy();
      resolve(answer);
    };
    const silent = (reason: string) => done({ answer: 'unavailable', reason });
    const timer = setTimeout(() => silent('its socket does not answer'), limits.signalAnswerMs);
    socket.setEncoding('utf8');
    socket.on('connect', () => socket.write(line));
    socket.on('data', (piece: string) => {
      said += piece;
      if (!said.includes('\n')) return;
      const answer = parseAnswer(said.slice(0, said.indexOf('\n')));
      if (answer) done(answer);
      else silent('its socket answered something that is no answer');
    });
    socket.on('error', error => silent(`its socket cannot be reached (${errnoOf(error) ?? 'unknown'})`));
    socket.on('close', () => silent('its socket closed without an answer'));
  });
}
