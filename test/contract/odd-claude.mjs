#!/usr/bin/env node
// A claude that stays and does what no claude should, or does it at a time when few do. Its prompts are its orders, one
// word each: queued, started, init (init:plan), text:x, result (result:other names another line, result:foreign none),
// completed, garbage, half (a line cut in two), pause (until ./go is there), exit:3, deaf (it ignores the end of its input
// and SIGINT), closed (its stdin). An interruption is answered unless it is deaf. With ODD_READS_ALL it reads to the end of its
// input first.
import { appendFileSync, existsSync, writeSync } from 'node:fs';
import { createInterface } from 'node:readline';

const say = line => writeSync(1, `${JSON.stringify(line)}\n`);
let spent = 0;
let isDeaf = false;
const asked = new Set();
const lines = createInterface({ input: process.stdin });
let queue = Promise.resolve();
const held = [];
const take = text => {
  const line = JSON.parse(text);
  if (line.type === 'control_request') return control(line);
  queue = queue.then(() => obey(line.message.content, line.uuid));
};
lines.on('line', text => (process.env.ODD_READS_ALL ? held.push(text) : take(text)));
lines.on('close', () => {
  held.forEach(take);
  if (!isDeaf) queue.then(() => process.exit(0));
});
process.on('SIGINT', () => isDeaf || process.exit(0));
setInterval(() => {}, 60_000);

function control({ request_id, request }) {
  asked.add(request.subtype);
  if (isDeaf) return;
  say({ type: 'control_response', response: { subtype: 'success', request_id, response: {} } });
  appendFileSync('asked', `${request.subtype}\n`);
}

async function obey(orders, uuid) {
  for (const order of orders.split(' ')) {
    const [word, more] = order.split(':');
    if (['queued', 'started', 'completed', 'cancelled'].includes(word))
      say({ type: 'command_lifecycle', command_uuid: uuid, state: word });
    if (word === 'init')
      say({
        type: 'system',
        subtype: 'init',
        session_id: 's',
        permissionMode: more ?? 'default',
        capabilities: ['msg_lifecycle_v1'],
      });
    if (word === 'result') result(more === 'foreign' ? null : [more ?? uuid], more === 'foreign' ? 'peer' : null);
    if (word === 'tasks')
      say({ type: 'system', subtype: 'background_tasks_changed', tasks: Array(Number(more)).fill({}) });
    if (word === 'notified') say({ type: 'system', subtype: 'task_notification' });
    if (word === 'round') {
      say({
        type: 'system',
        subtype: 'init',
        session_id: 's',
        permissionMode: 'default',
        capabilities: ['msg_lifecycle_v1'],
      });
      result(null, 'task-notification', 'the last word');
    }
    if (word === 'garbage') writeSync(1, 'Segmentation fault? {"type":\n');
    if (word === 'half') {
      const text = JSON.stringify({ type: 'command_lifecycle', command_uuid: uuid, state: 'completed' });
      writeSync(1, text.slice(0, 50));
      await until(() => existsSync('go'));
      writeSync(1, `${text.slice(50)}\n`);
    }
    if (word === 'pause') await until(() => existsSync('go'));
    if (word === 'interrupted') await until(() => asked.has('interrupt'));
    if (word === 'deaf') isDeaf = true;
    if (word === 'closed') {
      lines.close();
      process.stdin.destroy();
    }
    if (word === 'exit') process.exit(Number(more));
  }
}

function result(user_message_uuids, origin, text = 'answer') {
  spent += 0.01;
  const cost = { total_cost_usd: spent, model_usage_since_last_result: { m: { costUSD: 0.01 } } };
  const said = { subtype: 'success', is_error: false, terminal_reason: 'completed', num_turns: 1, result: text };
  say({ type: 'result', session_id: 's', ...said, ...cost, user_message_uuids, origin: origin && { kind: origin } });
}

async function until(look) {
  while (!look()) await new Promise(resolve => setTimeout(resolve, 5));
}
