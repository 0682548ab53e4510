/** The model's words in the demo. The name in the system prompt says which of two agents asks. Pure. */
import { type ModelRequest, wholeText } from '#runner/demo/model-server/model-request.ts';
import { type Reply, type Script, text, tool } from '#runner/demo/model-server/reply.ts';

/** What the operator drops into the planner's inbox. */
export const REQUEST = `Our project has no changelog yet.
Have the worker write CHANGES.md with an entry for version 1.0, look at it yourself, and tell me what it says.
`;

export const RESULT_FILE = 'CHANGES.md';
export const RESULT_TEXT = '# Changes\n\n## 1.0\n\n- The first version: agents work on dropped files.\n';

const ORDER =
  'Write CHANGES.md in your working directory: a heading, and an entry for version 1.0 in one line. Reply when it is there.';

/** Seconds for which the planner's tool waits for the worker. */
const WAIT_SECONDS = 40;

/** As fast as a person reads. Not less than 100 ms: claude writes its transcript that late (2.1.329). */
const PACE = { delayMs: 700, chunkDelayMs: 20 };

/** `work`: where both agents work. */
export function demoScript(work: string): Script {
  return request => {
    if (isAgent(request, 'planner')) return planner(request);
    if (isAgent(request, 'worker')) return worker(request, work);
    throw new Error('the demo has a planner and a worker, and this request is of neither');
  };
}

const isAgent = (request: ModelRequest, name: string): boolean =>
  wholeText({ ...request.body, messages: [] }).includes(`# You are "${name}", run by agent-runner`);

function planner(request: ModelRequest): Reply {
  switch (request.toolRounds) {
    case 0:
      return tool(
        'Bash',
        { command: `agent-runner send worker "${ORDER}" --wait ${WAIT_SECONDS}`, description: 'Ask the worker' },
        { ...PACE, text: 'The worker writes the file; I wait for its word and then look for myself.' },
      );
    case 1:
      return tool(
        'Bash',
        { command: `cat ${RESULT_FILE}`, description: 'Look at the file' },
        { ...PACE, text: 'Its word is here. Now the file itself.' },
      );
    default:
      return text(
        `The worker has written ${RESULT_FILE}. I have looked at it; it says:\n\n${request.toolResult}`,
        PACE,
      );
  }
}

function worker(request: ModelRequest, work: string): Reply {
  if (request.toolRounds === 0)
    return tool(
      'Write',
      { file_path: `${work}/${RESULT_FILE}`, content: RESULT_TEXT },
      { ...PACE, text: 'There is no changelog yet; I write one.' },
    );
  return text(
    `Done: ${RESULT_FILE}, one entry for version 1.0. The tool said: ${request.toolResult.split('\n')[0]}`,
    PACE,
  );
}
