// A message reply as the Messages API writes it: one JSON object, or server-sent events. Pure.
import type { MessageReply, Usage } from '#runner/demo/model-server/reply.ts';

export type SseEvent = { event: string; data: Record<string, unknown>; isDelta: boolean };

const usageDefault: Usage = {
  input_tokens: 10,
  output_tokens: 5,
  cache_creation_input_tokens: 0,
  cache_read_input_tokens: 0,
};

type Block = { type: 'text'; text: string } | { type: 'tool_use'; id: string; name: string; input: object };

/** The reply as the body of a non-streamed answer. `id` must be unique in the conversation. */
export function messageBody(reply: MessageReply, model: string, id: string): Record<string, unknown> {
  return {
    id: `msg_${id}`,
    type: 'message',
    role: 'assistant',
    model: reply.model ?? model,
    content: blocksOf(reply, id),
    stop_reason: stopReasonOf(reply),
    stop_sequence: null,
    usage: { ...usageDefault, ...reply.usage },
  };
}

/** The reply as the events of a streamed answer, in order. */
export function messageEvents(reply: MessageReply, model: string, id: string): SseEvent[] {
  const whole = messageBody(reply, model, id);
  const usage = whole.usage as Usage;
  const start = { ...whole, content: [], stop_reason: null, usage: { ...usage, output_tokens: 1 } };
  const blocks = blocksOf(reply, id).flatMap((block, index) => blockEvents(block, index, reply.deltaChars ?? 20));
  return [
    event('message_start', { message: start }),
    ...blocks,
    event('message_delta', {
      delta: { stop_reason: stopReasonOf(reply), stop_sequence: null },
      usage: { output_tokens: usage.output_tokens },
    }),
    event('message_stop', {}),
  ];
}

/** One event as bytes on the wire. */
export function encodeEvent({ event: name, data }: SseEvent): string {
  return `event: ${name}\ndata: ${JSON.stringify(data)}\n\n`;
}

function blocksOf(reply: MessageReply, id: string): Block[] {
  const tools = (reply.tools ?? []).map(
    (call, n): Block => ({ type: 'tool_use', id: call.id ?? `toolu_${id}_${n}`, name: call.name, input: call.input }),
  );
  // The API refuses empty text blocks, so a reply of tools alone has none.
  const words: Block[] = reply.text || tools.length === 0 ? [{ type: 'text', text: reply.text ?? '' }] : [];
  return [...words, ...tools];
}

function stopReasonOf(reply: MessageReply): string {
  return reply.stopReason ?? ((reply.tools?.length ?? 0) > 0 ? 'tool_use' : 'end_turn');
}

function blockEvents(block: Block, index: number, deltaChars: number): SseEvent[] {
  const empty = block.type === 'text' ? { type: 'text', text: '' } : { ...block, input: {} };
  const deltas =
    block.type === 'text'
      ? pieces(block.text, deltaChars).map(piece => ({ type: 'text_delta', text: piece }))
      : [{ type: 'input_json_delta', partial_json: JSON.stringify(block.input) }];
  return [
    event('content_block_start', { index, content_block: empty }),
    ...deltas.map(delta => event('content_block_delta', { index, delta }, true)),
    event('content_block_stop', { index }),
  ];
}

function event(name: string, data: object, isDelta = false): SseEvent {
  return { event: name, data: { type: name, ...data }, isDelta };
}

/** Cut by code points, so that no surrogate pair is torn between two deltas. */
function pieces(words: string, size: number): string[] {
  const points = [...words];
  const found: string[] = [];
  for (let at = 0; at < points.length; at += size) found.push(points.slice(at, at + size).join(''));
  return found;
}
