/** The tools of messages: each parses and renders around a verb. */
import { limits } from '#blackboard/system/limits.ts';
import { fitting, partOf } from '#runner/mcp/answer.ts';
import type { Argument } from '#runner/mcp/arguments.ts';
import { POLICY, type Tool, tool } from '#runner/mcp/tool.ts';
import type { Listing } from '#runner/verbs/list.ts';

const TO = { type: 'text', isRequired: true, about: 'a peer of list_peers, or operator (the person)' } as const;
const TEXT = { type: 'text', isRequired: true } as const;
const ID = { type: 'text', isRequired: true } as const;
const THREAD = { type: 'text', about: 'groups messages of one matter' } as const satisfies Argument;

const sendMessage = tool({
  name: 'send_message',
  about: 'Send a message to another agent or session. Does not wait: an answer comes into your inbox.',
  taken: {
    to: TO,
    text: TEXT,
    kind: {
      type: 'text',
      oneOf: ['request', 'question', 'status', 'done', 'note'],
      about:
        'request (default) and question want an answer, the others are news; "status: …" in the text says it as well',
    },
    subject: { type: 'text' },
    thread: THREAD,
    priority: { type: 'text', oneOf: ['high', 'normal', 'low'] },
    key: { type: 'text', about: 'sent again with the same key, it is one message' },
  },
  loads: () => import('#runner/verbs/send.ts'),
  async run({ verb: { send }, context, cwd, given }) {
    return send(context, { ...given, files: [], cwd, explains: true });
  },
});

const ask = tool({
  name: 'ask',
  about: `Ask a peer and wait for its reply. ${POLICY}`,
  taken: {
    to: TO,
    text: TEXT,
    thread: THREAD,
    timeout_seconds: {
      type: 'whole',
      most: limits.mcpAskSecondsMax,
      about: `default ${limits.mcpAskSeconds}; then it stays queued`,
    },
  },
  loads: () => import('#runner/verbs/ask.ts'),
  async run({ verb, context, cwd, signal, given: { timeout_seconds = limits.mcpAskSeconds, ...letter } }) {
    const input = { ...letter, files: [], cwd, kind: 'question', timeoutMs: timeout_seconds * 1000 };
    const asked = await verb.ask(context, input, { signal });
    if (asked.reply === null)
      return asked.outcome === null ? { ...asked, waits: 'no reply yet; it will come into your inbox' } : asked;
    const { text, next } = partOf(asked.reply.body, 0);
    return { ...asked, reply: { ...asked.reply, body: text }, ...(next === null ? {} : readOn(asked.reply.id, next)) };
  },
});

const broadcast = tool({
  name: 'broadcast',
  about: 'Send one text to everybody else, or to some; says for each peer whether it has it.',
  taken: {
    text: TEXT,
    to: { type: 'texts', about: 'only these: names, and groups as @backend' },
    except: { type: 'texts' },
    kind: {
      type: 'text',
      oneOf: ['note', 'status', 'done', 'request', 'question'],
      about: 'default note; request and question set everybody to work',
    },
    topic: { type: 'text' },
    key: { type: 'text', about: 'or the id of an earlier one: only those get it who have not' },
  },
  loads: () => import('#runner/verbs/broadcast.ts'),
  async run({ verb, context, cwd, given: { topic: thread, to = null, except = [], ...rest } }) {
    const { id, peers } = await verb.broadcast(context, { ...rest, thread, to, except, files: [], cwd });
    const namesOf = (how: string) => peers.filter(({ delivery }) => delivery === how).map(({ to }) => to);
    const failed = peers.filter(({ delivery }) => delivery === 'failed').map(({ to, problem }) => ({ to, problem }));
    return { id, delivered: namesOf('delivered'), duplicate: namesOf('duplicate'), failed };
  },
});

const whoami = tool({
  name: 'whoami',
  about: 'Your name among peers, the turn or session you are, and what waits for you.',
  taken: {},
  reads: true,
  loads: () => import('#runner/verbs/whoami.ts'),
  async run({ verb, context }) {
    return verb.whoami(context);
  },
});

const reply = tool({
  name: 'reply',
  about: 'Answer a message that was sent to you in a session. In a turn of an agent, your final text is the answer.',
  taken: { id: ID, text: TEXT },
  loads: () => import('#runner/verbs/reply.ts'),
  async run({ verb, context, given }) {
    return verb.reply(context, { ...given, explains: true });
  },
});

const readMessage = tool({
  name: 'read_message',
  about: `Read a whole message by its id, or a beginning or end of it. ${POLICY}`,
  taken: { id: ID, offset: { type: 'whole', about: 'characters of a long body to skip' } },
  reads: true,
  loads: () => import('#runner/verbs/read.ts'),
  async run({ verb: { read }, context, given: { id, offset = 0 } }) {
    const message = await read(context, { id });
    const { text, next } = partOf(message.body, offset);
    return { ...message, body: text, ...(next === null ? {} : readOn(message.id, next)) };
  },
});

const explain = tool({
  name: 'explain',
  about: 'What became of a message, step by step, each with the file that proves it.',
  taken: { id: ID },
  reads: true,
  loads: () => import('#runner/verbs/explain.ts'),
  async run({ verb, context, given }) {
    return verb.explain(context, given);
  },
});

const readOn = (id: string, offset: number) => ({ more: `read on: read_message {"id":"${id}","offset":${offset}}` });

const listPeers = tool({
  name: 'list_peers',
  about: 'The agents and sessions you can write to, and what they do.',
  taken: { after: { type: 'text', about: 'only the names behind this one' } },
  reads: true,
  loads: () => import('#runner/verbs/list.ts'),
  async run({ verb: { list }, context, given: { after } }) {
    const { peers } = await list(context);
    const from = after === undefined ? 0 : peers.findIndex(({ name }) => name === after) + 1;
    const shown = fitting(peers.slice(from).map(inShort));
    const left = peers.length - from - shown.length;
    return {
      peers: shown.length > 0 ? shown : 'none',
      ...(left > 0 ? { more: `${left} more: list_peers {"after":${JSON.stringify(shown.at(-1)!.name)}}` } : {}),
    };
  },
});

/** What helps to choose one. */
function inShort(peer: Listing['peers'][number]) {
  const { kind, name, waiting } = peer;
  if (kind === 'other') return { kind: peer.word, name, waiting };
  const { state, detail, says } = peer;
  return { kind, name, state: detail ?? state, says, waiting, ...(kind === 'session' ? { cwd: peer.cwd } : {}) };
}

export const MESSAGE_TOOLS: readonly Tool[] = [
  sendMessage,
  ask,
  reply,
  broadcast,
  whoami,
  listPeers,
  readMessage,
  explain,
];
