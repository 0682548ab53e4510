// The mod of the plugin: inside an interactive Claude Code it starts a turn when a signal comes, shows above the prompt what waits,
// and in a pane the agents, mail and cards of this machine. It learns all it draws from its one child (watch.cjs) and from
// `agent-runner … --json`, keeps what must last in files (docs/states.md, sessions/<id>/mod/), and waits for nothing in a hook.
// CLI 2.1.332: early access, so everything works without it.

/** The only text that it ever submits. Our UserPromptSubmit hook tells the news, beside it. */
const WAKE_TEXT =
  '[agent-runner] A signal woke this session. It carries no text; what came is told beside this prompt.';
const PANE = 'agent-runner';
const COMMAND = 'fleet';
/** Milliseconds: between heartbeats, before another child, for a word, for a command. */
const BEAT_MS = 10_000;
const AGAIN_MS = [5_000, 300_000];
const WORD_MS = 5_000;
const COMMAND_MS = 30_000;
/** Milliseconds for which the cards stand still before a button works. */
const STILL_MS = 1_000;
/** Rows and characters of what the pane shows. */
const ROWS = 8;
const TEXT = 300;
const ASKS = 600;

const fresh = () => ({
  root: '',
  session: null,
  messages: 0,
  cards: [],
  mail: [],
  peers: [],
  waiting: 0,
  changedMs: 0,
  note: '',
  fault: '',
  busy: false,
  isOpen: false,
});
let state = fresh();
let run = 0;
let stream = null;
/** Words that ask for a turn and are not settled; whether a submit is under way. */
const words = new Set();
let submitting = false;
/** What waits for the word of a pressed button, by its nonce. */
const pressed = new Map();
let loading = null;
let isStale = false;

const redraw = $ => $.ui.invalidate('ui.render');

/** One line that moves no cursor and hides nothing, whoever wrote it. */
const plain = (text, max = TEXT) => {
  const line = String(text ?? '')
    .replace(/\s+/g, ' ')
    .replace(/[\p{Cc}\p{Cf}\p{Cs}\p{Co}\p{Zl}\p{Zp}]/gu, '\ufffd')
    .trim();
  const signs = [...line];
  return signs.length > max ? `${signs.slice(0, max).join('')}… (${signs.length} characters)` : line;
};

const homeOf = async $ => `${state.root}/sessions/${await $.session.id()}`;

/** The proof that it lives, for hooks, runners and `doctor`. Only in a session that our hooks have registered. */
async function beat($) {
  const session = await $.session.id();
  if (state.session !== session) return;
  const { CLAUDE_PID } = await $.process.hookEnv();
  const alive = { session, pid: Number(CLAUDE_PID), atMs: await $.clock.now() };
  await $.fs.write(`${state.root}/sessions/${session}/mod/alive`, `${JSON.stringify(alive)}\n`);
}

async function isWaiting($, home) {
  const names = await $.fs.list(`${home}/signals`).catch(() => []);
  return names.some(({ name }) => /^[0-9].*[0-9a-f]$/.test(name));
}

/** One submit for all words that have come: the first. null: nothing was submitted. */
async function submit($, home) {
  const [isStopped, waits] = await Promise.all([$.fs.exists(`${home}/mod/stopped`), isWaiting($, home)]);
  if (isStopped) return { result: 'stopped' };
  if (!waits) return { result: 'nothing' };
  const { drop } = await $.prompt.submit({ text: WAKE_TEXT });
  if (drop === undefined) return { result: 'entered' };
  // Measured with 2.1.332: after Esc it refuses every prompt of ours until the person sends one.
  const isStop = /session was stopped|removed from the queue/.test(drop);
  return { result: isStop ? 'stopped' : 'dropped', reason: plain(drop) };
}

async function wake($, word) {
  words.add(word);
  if (submitting) return;
  submitting = true;
  try {
    const home = await homeOf($);
    const { result, reason = null } = await submit($, home).catch(error => ({
      result: 'dropped',
      reason: plain(error.message),
    }));
    const atMs = await $.clock.now();
    const settled = [...words];
    words.clear();
    if (result === 'stopped') await $.fs.write(`${home}/mod/stopped`, `${JSON.stringify({ atMs })}\n`);
    for (const each of settled)
      await $.fs.write(`${home}/mod/submitted,${each}`, `${JSON.stringify({ result, reason, atMs })}\n`);
  } finally {
    submitting = false;
  }
}

/** A line of the child. */
function hear($, line) {
  if ('session' in line) {
    state.session = line.session;
    if (line.session === null) state.waiting = state.messages = 0;
    void beat($).catch(() => {});
  }
  if ('wake' in line) void wake($, line.wake).catch(error => $.ui.log(`wake: ${error.message}`, { to: 'debug' }));
  if ('word' in line) {
    const button = pressed.get(line.nonce);
    if (button && button.card === line.card) button.go(line.word);
  }
  if ('messages' in line) {
    state.messages = line.messages;
    state.waiting = line.cards;
    if (state.isOpen) void load($);
  }
  redraw($);
}

async function follow($, mine) {
  for (let pause = AGAIN_MS[0]; mine === run; pause = Math.min(pause * 2, AGAIN_MS[1])) {
    try {
      stream = $.process.spawn({
        argv: ['node', `${$.plugin.root}/watch.cjs`, state.root],
        // A project's settings may set them, and must not choose code for us.
        env: { NODE_OPTIONS: '', NODE_PATH: '' },
      });
      let rest = '';
      for await (const { stream: pipe, text } of stream) {
        if (mine !== run) return;
        if (pipe !== 'stdout') continue;
        const lines = (rest + text).split('\n');
        rest = lines.pop();
        for (const line of lines) hear($, JSON.parse(line));
        pause = AGAIN_MS[0];
      }
    } catch (error) {
      $.ui.log(`watch: ${error.message}`, { to: 'debug' });
    }
    if (mine !== run) return;
    state.session = null;
    await $.clock.sleep(pause);
  }
}

/** What `agent-runner <args> --json` prints; its words on stderr are an error. */
async function ask($, args, stdin) {
  const { exitCode, stdout, stderr } = await $.process.run(['agent-runner', ...args, '--json'], {
    timeoutMs: COMMAND_MS,
    env: { NODE_OPTIONS: '', NODE_PATH: '', AGENT_RUNNER_HOME: state.root },
    ...(stdin === undefined ? {} : { stdin }),
  });
  if (exitCode !== 0) throw new Error(plain(stderr.split('\n')[0]) || `agent-runner ended with ${exitCode}`);
  return JSON.parse(stdout);
}

/** Reads again what the pane shows; while that goes on, once more after it. */
async function load($) {
  isStale = true;
  if (loading) return loading;
  loading = (async () => {
    while (isStale) {
      isStale = false;
      try {
        const cards = await ask($, ['approvals']);
        const idsOf = list => list.map(({ id }) => id).join();
        if (idsOf(cards) !== idsOf(state.cards)) state.changedMs = await $.clock.now();
        state.cards = cards;
        const listed = await ask($, ['list']);
        // A session in tmux has a row of its own already.
        state.peers = listed.filter(({ kind, session }) => kind !== 'pane' || !listed.some(({ id }) => id === session));
        state.mail = state.session === null ? [] : await ask($, ['inbox', 'self', '--newest', String(ROWS)]);
        state.fault = '';
      } catch (error) {
        state.fault = plain(error.message);
      }
      redraw($);
    }
  })();
  await loading.finally(() => {
    loading = null;
  });
}

/** The child gives the word for this press through its pipe; the command takes it by stdin. */
async function press($, card, verb, more) {
  if (state.busy) return;
  state.busy = true;
  // The button that was meant is gone, and another has its place: Enter, pressed twice.
  if ((await $.clock.now()) - state.changedMs < STILL_MS) {
    state.note = 'the cards have just changed: press again';
    state.busy = false;
    redraw($);
    return;
  }
  const nonce = [...crypto.getRandomValues(new Uint8Array(16))]
    .map(byte => byte.toString(16).padStart(2, '0'))
    .join('');
  try {
    const given = new Promise((go, fail) => {
      pressed.set(nonce, { card, go });
      $.clock.after(WORD_MS, () => fail(new Error('nobody gave the button its word')));
    });
    await $.fs.write(`${await homeOf($)}/mod/pressed`, `${JSON.stringify({ nonce, card, verb })}\n`);
    const { how, peer } = await ask($, [verb, card, ...more, '--pressed'], await given);
    state.note = `${how}: ${plain(peer, 60)}`;
  } catch (error) {
    state.note = plain(error.message);
  } finally {
    pressed.delete(nonce);
    state.busy = false;
  }
  await load($);
}

async function open($, focus) {
  state.isOpen = true;
  state.note = '';
  void load($).catch(() => {});
  return $.ui.open({ id: PANE, title: 'agents, mail and cards', focus });
}

const counted = (count, word) => `${count} ${word}${count === 1 ? '' : 's'}`;

/**
 * What a card asks, in the words of who asks, and its buttons. A yes is offered only to what is shown whole; that, and what needs words,
 * is a command to type.
 */
function cardRows($, { Box, Text, Button }, card) {
  const id = card.id.slice(-8);
  const button = (verb, label, more = [], key = verb) =>
    h(Button, { key: `${key}-${card.id}`, onPress: () => press($, card.id, verb, more) }, label);
  const isQuestion = card.kind === 'question';
  const asks = isQuestion ? card.questions.map(({ question }) => question).join(' · ') : card.input;
  const [{ options, several } = { options: [] }, ...others] = card.questions;
  const choices = options.map(
    ({ label, description }, at) => `${at + 1}. ${label}${description ? `: ${description}` : ''}`,
  );
  const isShown = text => plain(text, ASKS) === plain(text, Number.POSITIVE_INFINITY);
  const isWhole = [asks, ...choices].every(isShown) && card.inputChars <= card.input.length;
  const yes = !isQuestion
    ? [button('approve', 'Allow')]
    : options.length > 0 && !several && others.length === 0
      ? options.map(({ label }, at) =>
          button('answer', plain(`${at + 1}. ${label}`, 30), [String(at + 1)], `answer${at + 1}`),
        )
      : [h(Text, { dimColor: true }, `agent-runner answer ${id} …`)];
  return h(
    Box,
    { key: `card-${card.id}`, flexDirection: 'column' },
    h(Text, { bold: true }, `${plain(card.peer, 60)} asks: ${plain(card.tool, 60)}`),
    h(Text, {}, `│ ${plain(asks, ASKS)}`),
    ...choices.map((choice, at) => h(Text, { key: `choice-${at}` }, `│ ${plain(choice, ASKS)}`)),
    h(
      Box,
      { gap: 2 },
      ...(isWhole ? yes : [h(Text, { dimColor: true }, 'all of it, and how to answer: agent-runner approvals')]),
      button('deny', 'Deny'),
    ),
  );
}

const peerRow = peer =>
  `${plain(peer.name, 60)}  ${plain(peer.kind === 'other' ? peer.word : peer.kind, 20)}  ${plain(peer.detail ?? peer.state ?? '', 80)}${peer.waiting > 0 ? `  ${counted(peer.waiting, 'message')}` : ''}`;

/** Without the word for its kind, which the text of one may begin with. */
const mailRow = ({ kind, from, subject, body }) =>
  `${plain(kind, 20)} from ${plain(from, 60)}: ${plain(subject ?? body.replace(/^\s*(question|status|done|answer):\s*/i, (word, of) => (of.toLowerCase() === kind ? '' : word)), 120)}`;

function section({ Box, Text }, title, rows, all) {
  const more = all > rows.length ? [h(Text, { dimColor: true }, `and ${all - rows.length} more`)] : [];
  return h(Box, { flexDirection: 'column', marginBottom: 1 }, h(Text, { dimColor: true }, title), ...rows, ...more);
}

export const register = on => {
  on('session.start', async ($, e, next) => {
    const started = await next(e);
    if (!e.isInteractive) return started;
    const mine = ++run;
    void (async () => {
      // Started anew: the child of the run before may still be there.
      await stream?.return?.();
      const home = await $.env.get('HOME');
      const named = await $.env.get('AGENT_RUNNER_HOME');
      const root = named || `${home}/.agent-runner`;
      state = { ...fresh(), root: root.startsWith('/') ? root : `${e.cwd}/${root}` };
      // The pane of the run before is still there.
      state.isOpen = (await $.ui.panes()).some(({ id }) => id === PANE);
      void follow($, mine);
      const timer = $.clock.every(BEAT_MS, () => (mine === run ? beat($).catch(() => {}) : timer.cancel()));
      // A name that claude has by now: the band and its button stay.
      await $.command.register({
        name: COMMAND,
        description: 'agents, mail and cards of agent-runner',
        immediate: true,
      });
    })().catch(error => $.ui.log(`start: ${error.message}`, { to: 'debug' }));
    return started;
  });

  on('command.run', { command: COMMAND }, async $ => {
    const { isPlaced } = await open($, true);
    return {
      text: isPlaced
        ? 'ctrl+x tab goes there (twice while the band is there), ctrl+x x closes it'
        : 'agent-runner: there is no room for the pane',
    };
  });

  on('ui.close', async (_, e, next) => {
    if (e.id === PANE) state.isOpen = false;
    return next(e);
  });

  on('ui.render', { component: 'AbovePrompt' }, async ($, e, next) => {
    if (state.messages + state.waiting === 0) return next(e);
    const { Box, Text, Button } = $.ui.resolve(e);
    const what = [
      ...(state.messages > 0 ? [counted(state.messages, 'message')] : []),
      ...(state.waiting > 0 ? [counted(state.waiting, 'card')] : []),
    ];
    return h(
      Box,
      { gap: 2 },
      h(Text, {}, `agent-runner: ${what.join(', ')}`),
      h(Button, { key: 'open', hotkey: 'p', onPress: () => open($, true) }, 'show'),
    );
  });

  on('ui.render', { component: 'Pane' }, async ($, e, next) => {
    if (e.requestId !== PANE) return next(e);
    const table = $.ui.resolve(e);
    const { Box, Text } = table;
    const { cards, mail, peers, note, fault } = state;
    const texts = rows => rows.map((row, at) => h(Text, { key: `row-${at}`, wrap: 'truncate' }, row));
    return h(
      Box,
      { flexDirection: 'column' },
      ...(fault ? [h(Text, { color: 'error' }, fault)] : []),
      ...(note ? [h(Text, {}, note)] : []),
      section(
        table,
        `cards (${cards.length})`,
        cards.slice(0, ROWS).map(card => cardRows($, table, card)),
        cards.length,
      ),
      section(table, `mail (${state.messages})`, texts(mail.map(mailRow)), state.messages),
      section(table, 'agents and sessions', texts(peers.slice(0, ROWS).map(peerRow)), peers.length),
    );
  });
};
