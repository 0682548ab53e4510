// One request to the Messages API, parsed: what a script asks about it. Pure; knows nothing of HTTP or of replies.

export type ContentBlock = { type: string; text?: string; content?: unknown; [key: string]: unknown };
export type ModelMessage = { role: string; content: string | ContentBlock[] };

/** The body the CLI posts, as far as anybody here reads it. */
export type ModelBody = {
  model?: string;
  max_tokens?: number;
  stream?: boolean;
  system?: string | ContentBlock[];
  messages?: ModelMessage[];
  tools?: { name?: string; [key: string]: unknown }[];
  [key: string]: unknown;
};

export type ModelRequest = {
  /** Whole body, as sent. */
  body: ModelBody;
  headers: Record<string, string>;
  /** The newest text of a user: the last text block that is no tool result and no reminder of the CLI's. */
  prompt: string;
  /** The newest message is a tool result, so the CLI wants to know how to go on in the same turn. */
  isToolResult: boolean;
  /** Text of the tool results in the newest message, or ''. */
  toolResult: string;
  /** Replies with tool calls since the newest prompt. */
  toolRounds: number;
  /** Texts of all tool results since the newest prompt. */
  turnResults: string;
  /** All texts of users in order, reminders and tool results left out. */
  prompts: string[];
  /** The CLI's session id, or '' from another client. */
  sessionId: string;
  /** Number of this request among those of the main conversation, from 0. */
  index: number;
};

/** Reads a body into what scripts ask for. Never throws: what is missing is empty. */
export function parseModelRequest(body: ModelBody, headers: Record<string, string>, index: number): ModelRequest {
  // Injected context stands as role:"system" inside messages[], so the last message is not always the user's.
  const spoken = (body.messages ?? []).filter(message => message.role !== 'system');
  const newest = spoken.at(-1);
  const turn = spoken.slice(spoken.findLastIndex(message => promptsOf(message).length > 0) + 1);
  const prompts = spoken.flatMap(promptsOf);
  const results = newest === undefined ? [] : toolResultsOf(newest);
  return {
    body,
    headers,
    index,
    prompts,
    prompt: prompts.at(-1) ?? '',
    isToolResult: results.length > 0,
    toolResult: results.join('\n'),
    toolRounds: turn.filter(message => blocksOf(message).some(block => block.type === 'tool_use')).length,
    turnResults: turn.flatMap(toolResultsOf).join('\n'),
    sessionId: headers['x-claude-code-session-id'] ?? '',
  };
}

/** Everything the model would read: system prompt and messages in one string, to search in. */
export function wholeText(body: ModelBody): string {
  return [plain(body.system), ...(body.messages ?? []).map(message => plain(message.content))].join('\n');
}

function blocksOf(message: ModelMessage): ContentBlock[] {
  return typeof message.content === 'string' ? [{ type: 'text', text: message.content }] : message.content;
}

/** A prompt that got no answer is merged with the next one: then a message has several text blocks. */
function promptsOf(message: ModelMessage): string[] {
  if (message.role !== 'user') return [];
  const texts = blocksOf(message).filter(block => block.type === 'text');
  return texts.map(block => withoutReminders(block.text ?? '')).filter(words => words !== '');
}

function toolResultsOf(message: ModelMessage): string[] {
  if (message.role !== 'user') return [];
  return blocksOf(message)
    .filter(block => block.type === 'tool_result')
    .map(block => plain(block.content));
}

/**
 * The CLI puts context of its own into user messages between these tags. With 2.1.332 (not with 2.1.329) a Stop hook's words stand
 * between them as well, and they are what the model is to answer.
 */
function withoutReminders(words: string): string {
  const kept = (reminder: string) => /\nStop hook feedback:\n([\s\S]*)<\/system-reminder>$/.exec(reminder)?.[1] ?? '';
  return words.replaceAll(/<system-reminder>[\s\S]*?<\/system-reminder>/g, kept).trim();
}

function plain(content: unknown): string {
  if (typeof content === 'string') return content;
  if (!Array.isArray(content)) return '';
  return content.map(block => (typeof block === 'string' ? block : (block?.text ?? plain(block?.content)))).join('\n');
}
