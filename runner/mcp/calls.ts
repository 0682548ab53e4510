/** All tools as they are listed, and one call of one of them. Knows nothing of the protocol. */
import { onFirstAbort } from '#blackboard/system/abort-any.ts';
import { isRunnerError, reasonOf } from '#blackboard/system/errors.ts';
import { limits } from '#blackboard/system/limits.ts';
import { printable, quotedName } from '#blackboard/text/printable.ts';
import { neutralizeTags } from '#hooks/claude/neutralize.ts';
import { REACTION_POLICY } from '#hooks/news/reaction-policy.ts';
import { answerText } from '#runner/mcp/answer.ts';
import { checkedArguments, inputSchema } from '#runner/mcp/arguments.ts';
import { BOARD_TOOLS } from '#runner/mcp/board-tools.ts';
import { MESSAGE_TOOLS } from '#runner/mcp/message-tools.ts';
import type { VerbContext } from '#runner/verbs/context.ts';

const TOOLS = [...MESSAGE_TOOLS, ...BOARD_TOOLS];

/** Stands in the first request, as the tools do. */
export const INSTRUCTIONS = `Other agents and sessions of this machine are your peers; these tools reach them. ${REACTION_POLICY}`;

/** In the first request, not behind the search for tools: who must search for a reply writes none. */
const ALWAYS = { 'anthropic/alwaysLoad': true };

export const listedTools = () =>
  TOOLS.map(({ name, about, taken, reads }) => ({
    name,
    description: about,
    inputSchema: inputSchema(taken),
    annotations: { readOnlyHint: reads === true, openWorldHint: false },
    _meta: ALWAYS,
  }));

/** So that no call loads anything: a runner outlives the files that it was started from. */
export const loadTools = (): Promise<unknown> => Promise.all(TOOLS.map(each => each.loads()));

/** Of a server: `context` makes a new one for each call. */
export interface Surroundings {
  context(): Promise<VerbContext>;
  cwd: string;
}

export interface Called {
  name: string;
  /** As they came. */
  given: unknown;
}

/** A text alone: claude drops it where there is structured content as well. */
export interface Answer {
  content: { type: 'text'; text: string }[];
  isError?: true;
}

/** Never rejects: what is wrong is an answer that says so. */
export async function callTool(
  { context, cwd }: Surroundings,
  { name, given }: Called,
  signals: readonly AbortSignal[],
): Promise<Answer> {
  const ended = new AbortController();
  const leave = onFirstAbort(signals, () => ended.abort());
  try {
    const tool = TOOLS.find(each => each.name === name);
    const names = TOOLS.map(each => each.name).join(', ');
    if (!tool) return failed(`there is no tool ${quotedName(name, limits.mcpNameChars)}, only ${names}`);
    const checked = checkedArguments(name, tool.taken, given);
    const verb = await tool.loads();
    return said(
      answerText(await tool.run({ verb, context: await context(), cwd, given: checked, signal: ended.signal })),
    );
  } catch (error) {
    return failed([reasonOf(error), isRunnerError(error) ? error.hint : ''].filter(Boolean).join('\n'));
  } finally {
    leave();
  }
}

const said = (text: string): Answer => ({ content: [{ type: 'text', text: text.length > most ? cut(text) : text }] });

const most = limits.mcpAnswerCharsMax;
const cut = (text: string) => `${text.slice(0, most)}\n[cut: ${text.length} characters in all; ask for less]`;

const failed = (text: string): Answer => ({
  ...said(neutralizeTags(printable(text).slice(0, limits.mcpAnswerChars))),
  isError: true,
});
