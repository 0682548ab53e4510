/** `agent-runner approvals`: what agents ask a person. */
import type { Call, Declaration } from '#runner/cli/declare.ts';
import type { Approvals } from '#runner/results/cards.ts';

export const command: Declaration = {
  words: 'approvals',
  heading: 'Your inbox',
  about: 'what agents ask you: permissions, choices, plans, each with the command that answers it',
  json: true,
  examples: ['agent-runner approvals', 'agent-runner approvals --json'],
};

export async function run(call: Call): Promise<void> {
  const { approvals } = await import('#runner/verbs/approvals.ts');
  const { cardCommands, cardQuestion, cardText } = await import('#blackboard/cards/card-words.ts');
  const { instantText } = await import('#runner/text/terminal.ts');
  const block = (card: Approvals[number]): string => {
    const about = cardText(card).split('\n').filter(Boolean);
    const until =
      card.untilAt === null ? '  answer it:' : `  until ${instantText(Date.parse(card.untilAt), Date.now())}:`;
    return [cardQuestion(card), ...about.map(indented), until, ...cardCommands(card).map(indented)].join('\n');
  };
  call.show(await approvals(await call.context()), cards =>
    cards.length === 0 ? 'nothing waits for you\n' : `${cards.map(block).join('\n\n')}\n`,
  );
}

const indented = (line: string): string => `    ${line}`;
