/** `agent-runner cancel`: ends an agent's turn with its messages, or one message, wherever it is. */

import { agentLayout } from '#blackboard/layout.ts';
import { isAgent } from '#blackboard/peers/agent.ts';
import { mayBeMessageId, requireMessage } from '#blackboard/peers/known-message.ts';
import { unknownPeer } from '#blackboard/peers/peers.ts';
import { requireRoot, rootPath } from '#blackboard/root.ts';
import { systemClock } from '#blackboard/system/clock.ts';
import { createDiskFiles } from '#blackboard/system/disk-files.ts';
import { exitCode, notRunningError, temporaryError } from '#blackboard/system/errors.ts';
import { shortId } from '#blackboard/system/short-id.ts';
import { printableLine } from '#blackboard/text/printable.ts';
import type { CostBasis, Ended } from '#blackboard/turns/turn-records.ts';
import { liveRunner } from '#runner/agents/agent-lock.ts';
import type { Declaration } from '#runner/cli/declare.ts';
import type { GlobalOptions } from '#runner/cli/terminal/global-options.ts';
import { authorOf } from '#runner/messages/author.ts';
import { resolveSelf } from '#runner/messages/sender.ts';
import { readBlocker, stateSource } from '#runner/status/agent-facts.ts';
import { isSwitchedOff } from '#runner/status/blockers.ts';
import { printJson } from '#runner/text/printing.ts';
import { usdText } from '#runner/text/terminal.ts';
import { type Canceller, cancelMessage, cancelTurn } from '#runner/turn/cancelling.ts';

export const command: Declaration = {
  words: 'cancel',
  heading: 'Messages',
  about: "cancel an agent's turn, or a message; they end dead (cancelled)",
  arguments: [{ name: '<agent-or-message-id>', completes: 'agent+message' }],
  json: true,
  examples: ['agent-runner cancel reviewer', 'agent-runner cancel 5f0c9e1b'],
  exits: {
    1: 'too late: it is answered, done or dead',
    66: 'no such agent or message',
    69: 'no turn of the agent runs',
    75: 'the runner has not finished it yet',
  },
};

export async function run(global: GlobalOptions, typed: string): Promise<number> {
  const files = createDiskFiles();
  const root = await requireRoot(rootPath(global.root, process.env));
  const by = await authorOf(files, root, process.env);
  const isRun = async (agent: string) => (await liveRunner(agentLayout(root, agent))) !== null;
  const canceller: Canceller = { files, root, clock: systemClock, by, isRun };
  const name = await resolveSelf(files, root, process.env, typed);
  const json = global.json === true;
  if (await isAgent(files, root, name)) return cancelOfAgent(canceller, name, json);
  if (mayBeMessageId(typed)) return cancelOfMessage(canceller, typed, json);
  throw await unknownPeer(files, root, name);
}

async function cancelOfAgent(canceller: Canceller, name: string, json: boolean): Promise<number> {
  const cancelled = await cancelTurn(canceller, agentLayout(canceller.root, name));
  switch (cancelled.kind) {
    case 'nothing-runs':
      throw notRunningError(
        `no turn of ${name} runs`,
        'To cancel a message that waits: agent-runner cancel <message-id>',
      );
    case 'stopped':
      return sayStopped(name, cancelled.turn, cancelled.hasRunner, json);
    case 'finished': {
      const { verdict, messages } = cancelled.ended;
      const dead = messages.filter(({ disposition }) => disposition.do === 'bury').map(({ id }) => id);
      if (verdict.kind === 'cancelled') {
        const { turn, ended } = cancelled;
        if (json) printJson({ agent: name, turn, dead, isFinished: true, ...bookedOf(ended) });
        else
          process.stdout.write(
            `cancelled turn ${turn} of ${name}${dead.map(id => `\ndead: ${shortId(id)}`).join('')}\n${sayBooked(ended)}\n`,
          );
        return exitCode.ok;
      }
      const how = verdict.kind === 'answered' ? 'already answered' : `already ended: ${printableLine(verdict.reason)}`;
      process.stderr.write(`agent-runner: turn ${cancelled.turn} of ${name} had ${how}\n`);
      return exitCode.no;
    }
  }
}

async function cancelOfMessage(canceller: Canceller, typed: string, json: boolean): Promise<number> {
  const known = await requireMessage(canceller.files, canceller.root, typed);
  const cancelled = await cancelMessage(canceller, known);
  switch (cancelled.kind) {
    case 'dead':
      if (json)
        printJson({ agent: known.peer, turn: null, dead: [known.id], isFinished: true, ...bookedOf(cancelled.ended) });
      else
        process.stdout.write(
          `cancelled ${shortId(known.id)}\n${cancelled.ended ? `${sayBooked(cancelled.ended)}\n` : ''}`,
        );
      return exitCode.ok;
    case 'over': {
      const { outcome } = cancelled;
      const how = {
        replied: 'already answered',
        done: 'already done',
        dead: `already dead: ${printableLine(outcome?.reason ?? '')}`,
      };
      const said = outcome ? how[outcome.outcome] : 'no longer there';
      process.stderr.write(`agent-runner: message ${shortId(known.id)} is ${said}\n`);
      return exitCode.no;
    }
    case 'stopped':
      return sayStopped(known.peer, cancelled.turn, cancelled.hasRunner, json, known.id);
    case 'stopping':
      throw temporaryError(
        `turn ${cancelled.turn} of ${known.peer} was told to stop before (${cancelled.reason}), and nobody runs ${known.peer} to finish it`,
        `Run it, then cancel again: ${await howToRun(canceller, known.peer)}`,
      );
  }
}

async function howToRun({ files, root, clock }: Canceller, name: string): Promise<string> {
  const blocker = await readBlocker(stateSource(root, files, process.env, clock.nowMs()), name);
  return (blocker && isSwitchedOff(blocker) && blocker.next) || `agent-runner start ${name}`;
}

function sayStopped(agent: string, turn: number, hasRunner: boolean, json: boolean, message?: string): number {
  const what = message ? `message ${shortId(message)} in turn ${turn} of ${agent}` : `turn ${turn} of ${agent}`;
  if (hasRunner)
    throw temporaryError(`${what} is told to stop, but its runner has not finished it yet`, 'Look again in a moment.');
  if (json) printJson({ agent, turn, dead: message ? [message] : [], isFinished: false, ...bookedOf(undefined) });
  else process.stdout.write(`stopped ${what}; nobody runs ${agent} now: the next runner will finish it\n`);
  return exitCode.ok;
}

const bookedOf = (ended: Ended | undefined) => ({
  costUsd: ended?.costUsd ?? null,
  costBasis: ended?.costBasis ?? null,
});

const BASES: Record<CostBasis, string> = {
  reported: 'as claude reports it',
  shown: 'by what claude had written when it was stopped',
  estimated:
    'an estimate on the dear side: claude had asked the model, and was stopped before an answer showed what that costs',
  nothing: 'claude had asked no model yet',
};

/** What the turn is booked with today, and why. */
function sayBooked({ costUsd, costBasis }: Ended): string {
  const why = costBasis ? ` (${BASES[costBasis]})` : '';
  return costUsd > 0 ? `booked today: ${usdText(costUsd)}${why}` : `booked today: nothing${why}`;
}
