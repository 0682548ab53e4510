// A script that obeys directives written into prompts and tool results. Pure but for the count of errors already given.
//   @@SAY text@@            answer with that text; straight before a TOOL it is the text of the same reply
//   @@TOOL Name {json}@@    call a tool; the next directive answers its result
//   @@ERROR 429 2 [name=value …]@@   fail so often (for ever without a count), then go on; name=value are headers.
//                           Counted per server and per equal list of directives, so a repeated prompt goes on counting.
//   @@HANG@@ @@CUT@@ @@DROP@@   never answer · break off in mid-sentence · break off without a byte
//   @@TOOLONG@@             the error which the CLI reports as prompt_too_long
//   @@DELAY 500@@ @@CHUNK 50@@  before the next reply's first byte · between its chunks, in milliseconds
//   @@USAGE {json}@@        the next reply's token counts
// Nothing left to obey: echoes the first 200 characters of the newest prompt, or of the tool result.
import type { ModelRequest } from '#runner/demo/model-server/model-request.ts';
import type { MessageReply, Reply, Script, Usage } from '#runner/demo/model-server/reply.ts';
import { text } from '#runner/demo/model-server/reply.ts';
import { apiError, cut, hang, promptTooLong } from '#test/support/model/failures.ts';

export type Directive = { verb: string; rest: string };

type Failure = { status: number; times: number; headers: Record<string, string>; at: number };

/** One reply to come: an action, with what stood before it. */
type Step = {
  action: 'say' | 'tool' | 'hang' | 'cut' | 'drop' | 'toolong' | 'echo';
  say: string;
  tool: { name: string; input: Record<string, unknown> } | null;
  failures: Failure[];
  more: Pick<MessageReply, 'delayMs' | 'chunkDelayMs' | 'usage'>;
};

const echoChars = 200;
const enders = new Set(['HANG', 'CUT', 'DROP', 'TOOLONG']);

/** The script. One call, one memory of the errors given. */
export function directives(): Script {
  const given = new Map<string, number>();
  return request => {
    // A neutralised `@` carries a word joiner; a directive in a peer's body has to survive that.
    const found = parseDirectives(`${request.prompt}\n${request.turnResults}`.replaceAll('\u2060', ''));
    const step = stepsOf(found)[request.toolRounds] ?? emptyStep();
    for (const failure of step.failures) {
      const key = `${JSON.stringify(found)}#${failure.at}`;
      const times = given.get(key) ?? 0;
      if (times >= failure.times) continue;
      given.set(key, times + 1);
      return apiError(failure.status, `scripted error ${failure.status}`, {
        headers: failure.headers,
        ...delayOf(step),
      });
    }
    return replyOf(step, request);
  };
}

/** The directives of a text, in order. */
export function parseDirectives(words: string): Directive[] {
  const found = words.matchAll(/@@([A-Z]+)(?:\s+([\s\S]*?))?@@/g);
  return [...found].map(([, verb = '', rest = '']) => ({ verb, rest: rest.trim() }));
}

/** Groups directives into replies: modifiers belong to the action that follows. Throws on JSON that is none. */
export function stepsOf(found: Directive[]): Step[] {
  const steps: Step[] = [];
  let step = emptyStep();
  const close = (action: Step['action']) => {
    steps.push({ ...step, action });
    step = emptyStep();
  };
  found.forEach(({ verb, rest }, at) => {
    if (verb === 'DELAY') step.more.delayMs = Number(rest);
    else if (verb === 'CHUNK') step.more.chunkDelayMs = Number(rest);
    else if (verb === 'USAGE') step.more.usage = JSON.parse(rest) as Partial<Usage>;
    else if (verb === 'ERROR') step.failures.push(parseFailure(rest, at));
    else if (verb === 'TOOL') {
      step.tool = parseTool(rest);
      close('tool');
    } else if (verb === 'SAY') {
      step.say = rest;
      if (found[at + 1]?.verb !== 'TOOL') close('say');
    } else if (enders.has(verb)) close(verb.toLowerCase() as Step['action']);
  });
  // Modifiers with no action after them belong to the echo.
  return [...steps, step];
}

function emptyStep(): Step {
  return { action: 'echo', say: '', tool: null, failures: [], more: {} };
}

function parseTool(rest: string): Step['tool'] {
  const [, name = '', json = ''] = /^(\S+)\s*([\s\S]*)$/.exec(rest) ?? [];
  return { name, input: json === '' ? {} : (JSON.parse(json) as Record<string, unknown>) };
}

function parseFailure(rest: string, at: number): Failure {
  const words = rest.split(/\s+/);
  const pairs = words.filter(word => word.includes('=')).map(word => word.split(/=(.*)/s).slice(0, 2));
  const [status = '500', times = 'Infinity'] = words.filter(word => !word.includes('='));
  return { status: Number(status), times: Number(times), headers: Object.fromEntries(pairs), at };
}

function delayOf(step: Step): { delayMs?: number } {
  return step.more.delayMs === undefined ? {} : { delayMs: step.more.delayMs };
}

function replyOf(step: Step, request: ModelRequest): Reply {
  if (step.action === 'hang') return hang();
  if (step.action === 'toolong') return { ...promptTooLong(), ...delayOf(step) };
  if (step.action === 'drop') return { kind: 'drop', ...delayOf(step) };
  if (step.action === 'cut') return { ...cut(), ...step.more };
  if (step.action === 'tool') return { kind: 'message', text: step.say, tools: [step.tool!], ...step.more };
  if (step.action === 'say') return text(step.say, step.more);
  return text((request.isToolResult ? request.toolResult : request.prompt).slice(0, echoChars), step.more);
}
