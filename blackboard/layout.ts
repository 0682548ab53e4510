/** Where every file is under the root: only names, no effects. The tables in docs/states.md say who owns what. */
import { basename, dirname, relative } from 'node:path';

/** Not path.join: that looks at every character of a path, and a command that looks at a few agents makes hundreds of these. */
const join = (directory: string, name: string, inner?: string): string =>
  inner === undefined ? `${directory}/${name}` : `${directory}/${name}/${inner}`;

/**
 * The inbox of a peer, after maildir(5): tmp, new, cur, and what else a message needs. The operator's is directly in
 * operator/.
 */
export function inboxLayout(
  home: string,
  root: string = dirname(home),
  of: { peer: string; events: string } = { peer: basename(home), events: join(root, 'logs', 'events.jsonl') },
) {
  const inbox = join(home, 'inbox');
  return {
    /** Whose it is: an agent's name, a session's id, operator. */
    peer: of.peer,
    /** Where it is told what comes in. */
    events: of.events,
    inbox,
    tmp: join(inbox, 'tmp'),
    new: join(inbox, 'new'),
    cur: join(inbox, 'cur'),
    done: join(inbox, 'done'),
    dead: join(inbox, 'dead'),
    later: join(inbox, 'later'),
    ids: join(inbox, 'ids'),
    files: join(inbox, 'files'),
    outcomes: join(inbox, 'outcomes'),
    waiters: join(inbox, 'waiters'),
    /** The root's config.yaml: it may say that every name is work. */
    config: join(root, 'config.yaml'),
  };
}

export type Inbox = ReturnType<typeof inboxLayout>;

/** Our names inside inbox/; everything else there is a drop. What is in the last one means nothing after a reboot. */
export const INBOX_DIRECTORIES = [
  'tmp',
  'new',
  'cur',
  'done',
  'dead',
  'later',
  'ids',
  'files',
  'outcomes',
  'waiters',
] as const;

/**
 * The few paths of an agent that are looked at again and again, for thousands of agents: as {@link agentLayout}, and
 * cheap.
 */
export function agentPlaces(root: string, name: string) {
  const home = join(root, 'agents', name);
  return { name, home, definition: `${home}/agent.md`, stop: `${home}/stop` };
}

/** An agent's directory. */
export const agentLayout = (root: string, name: string) => agentLayoutAt(join(root, 'agents', name), root, name);

/** The same for an agent that is elsewhere: in removed/. */
export function agentLayoutAt(home: string, root: string, name: string) {
  const events = join(home, 'events.jsonl');
  return {
    name,
    home,
    definition: join(home, 'agent.md'),
    /** agent.md, once `remove` has begun: the directory no longer counts as an agent. */
    removed: join(home, 'agent.md.removed'),
    /** In removed/: every message there has its outcome. */
    buried: join(home, 'buried'),
    inbox: inboxLayout(home, root, { peer: name, events }),
    turns: join(home, 'turns'),
    session: join(home, 'session.json'),
    /** The git worktrees that `worktree: true` in agent.md gave it; they lie in {@link worktreesHome}. */
    worktrees: join(home, 'worktrees.json'),
    transcript: join(home, 'transcript.log'),
    /** What happens to it, one event a line; `events.jsonl.1` is what came before. */
    events,
    parked: join(home, 'parked'),
    pause: join(home, 'pause'),
    stop: join(home, 'stop'),
    /** Who lends the session to a person. */
    lent: join(home, 'lent'),
    lock: join(home, 'runner.lock'),
    runner: join(home, 'runner.json'),
    /** Files handed to claude, the same from turn to turn: system-prompt.md. */
    run: join(home, 'run'),
    /** Signals that wait for a turn, and those that a turn handles. */
    signals: join(home, 'signals'),
    /** When each schedule of agent.md last ran. */
    schedule: join(home, 'schedule.json'),
    /** What a person allowed for good (`approve --always`): one permission rule of claude's in each file. */
    rules: join(home, 'rules'),
    /** How far the board was read for topics of `wakeOn`. */
    woken: join(home, 'woken.json'),
  };
}

export type AgentLayout = ReturnType<typeof agentLayout>;

/** Agents' git worktrees, beside the root: inside of it an agent could change what it may do. */
export const worktreesHome = (root: string): string => `${root}-worktrees`;

/** One numbered turn. Six digits, so that `ls` sorts them. */
export function turnLayout(turns: string, number: number) {
  const home = join(turns, turnName(number));
  return {
    number,
    home,
    intent: join(home, 'intent'),
    /** The prompt's text, for people. */
    prompt: join(home, 'prompt'),
    /** The same as a line of JSON: claude's stdin. */
    input: join(home, 'input.jsonl'),
    /** Given to claude: settings that override all others in this turn. */
    settings: join(home, 'settings.json'),
    child: join(home, 'child'),
    stop: join(home, 'stop'),
    stream: join(home, 'stream.jsonl'),
    stderr: join(home, 'stderr'),
    submitted: join(home, 'submitted'),
    /** A person's decision on the call that its session holds; the hook looks for it. */
    decided: join(home, 'decided'),
    ended: join(home, 'ended'),
    answer: join(home, 'answer'),
    closed: join(home, 'closed'),
    shown: join(home, 'shown'),
    others: join(home, 'others'),
    /** Of a turn that lends the session: what our hook heard each time a session began there, one event a line. */
    heard: join(home, 'heard.jsonl'),
  };
}

export type TurnLayout = ReturnType<typeof turnLayout>;

/** Another word whenever turns are about to be removed (blackboard/turns/newest-turn.ts). */
export const sweptPath = (turns: string): string => `${turns}.swept`;

export const turnName = (number: number): string => String(number).padStart(6, '0');

/** The number of a turn's directory, or null for any other name. */
export const parseTurnName = (name: string): number | null => (/^\d{6,}$/.test(name) ? Number(name) : null);

/** What is directly in the root. */
export function rootLayout(root: string) {
  return {
    root,
    config: join(root, 'config.yaml'),
    pause: join(root, 'pause'),
    agents: join(root, 'agents'),
    operator: join(root, 'operator'),
    costs: join(root, 'costs'),
    /** Removed agents, each with all its files: `<name>-<Unix milliseconds>`. */
    removed: join(root, 'removed'),
    runners: join(root, 'runners'),
    /** Who runs all agents of this root (a runner that was started without names). */
    wholeRoot: join(root, 'runners', 'all'),
    logs: join(root, 'logs'),
    /** The output of a runner in the background; in its own directory, because the root is watched. */
    runnerLog: join(root, 'logs', 'runner.log'),
    /** Events of no agent: of sessions, the operator, the runner itself. */
    events: join(root, 'logs', 'events.jsonl'),
    /** What was written into panes of tmux, and by which verb. */
    paneLog: join(root, 'logs', 'panes.jsonl'),
    /** Texts that were too long to be typed into a pane. */
    typed: join(root, 'typed'),
    /** Variables for the service that must not be in its unit (keys); yours, optional. */
    serviceEnvironment: join(root, 'service.env'),
    sessions: join(root, 'sessions'),
    /** One file for each name that a session has: the session's id. */
    sessionNames: join(root, 'sessions', 'names'),
    /** One file for each process id that had a session: the id of its last session. */
    sessionPids: join(root, 'sessions', 'pids'),
    /** One directory for each start of a session; it decides whose hook speaks. */
    sessionStarts: join(root, 'sessions', 'starts'),
    board: join(root, 'board'),
    /** One directory for each broadcast of this minute: they are counted. */
    broadcasts: join(root, 'broadcasts'),
    /** Who works on what: each change is a new file, numbered, with all claims in it. */
    claims: join(root, 'claims'),
    /** What each peer says that it does: one file for each, by an agent's name or a session's id. */
    says: join(root, 'says'),
    /** While it exists, a new session is no peer until it is connected. */
    autoStartOff: join(root, 'auto-start-off'),
    wake: join(root, 'wake'),
    /** While it exists, no signal is accepted and none starts a turn. */
    disableSignals: join(root, 'disable-signals'),
    hooksLog: join(root, 'hooks.log'),
    /** What `list` found in directories of agents and sessions that are still as they were; may be deleted. */
    listed: join(root, 'looks', 'list.json'),
    looks: join(root, 'looks'),
    /** What the page searches, an SQLite file; may be deleted while no page is served. */
    archive: join(root, 'looks', 'page.db'),
    /** What was learnt of each claude program by asking it; may be deleted. */
    probes: join(root, 'probes'),
    /** The newest answer about the limits of the plan that claude is logged in to. */
    plan: join(root, 'probes', 'plan.json'),
    /** What the page is opened with: one-time links, and the sessions that they opened, each by its hash. */
    pageLinks: join(root, 'dashboard', 'links'),
    pageSessions: join(root, 'dashboard', 'sessions'),
    /** What a browser is told to open: a link that was not used yet. */
    pageOpener: join(root, 'dashboard', 'open.html'),
    /** Where the page is served, by which process. */
    pageServer: join(root, 'dashboard', 'server'),
    dashboard: join(root, 'dashboard'),
    /** Questions to a person: permissions, choices, plans. */
    cards: join(root, 'cards'),
    /** What the installer of the hooks found and wrote: `<hash of the settings file's path>/`. */
    installs: join(root, 'hooks'),
  };
}

/** A question to a person, how it ended, and which call took the answer. */
export function cardPaths(root: string, id: string) {
  const card = join(root, 'cards', id);
  return { card, end: `${card}.end`, used: `${card}.used` };
}

export type CardPaths = ReturnType<typeof cardPaths>;

/** What is in operator/ beside the inbox. */
export function operatorLayout(root: string) {
  const home = rootLayout(root).operator;
  return {
    home,
    /** One file for each message that onOperatorMessage was run for, and since when it is (`since`). */
    notified: join(home, 'notified'),
  };
}

/** The board: `000001.jsonl` and so on are its segments; the rest serves those who write and read them. */
export function boardLayout(root: string) {
  const home = rootLayout(root).board;
  return {
    home,
    /** Any file dropped here becomes an entry. */
    drop: join(home, 'drop'),
    /** Drops on their way, under names that carry their entry's id. */
    taken: join(home, 'taken'),
    dead: join(home, 'dead'),
    /** Texts that are too long for a line, by the entry's id. */
    texts: join(home, 'texts'),
    /** A directory for each entry that is being written, named after its writer. */
    writing: join(home, 'writing'),
    /** A directory for each sealed segment, created before the seal is written. */
    sealed: join(home, 'sealed'),
    /** Read marks; every writer removes them. */
    marks: join(home, 'marks'),
    /** The root's config.yaml: it may say that every name is work. */
    config: rootLayout(root).config,
  };
}

export type BoardLayout = ReturnType<typeof boardLayout>;

/** A session: an interactive Claude Code, by its id. */
export function sessionLayout(root: string, id: string) {
  const home = join(root, 'sessions', id);
  return {
    id,
    home,
    peer: join(home, 'peer.json'),
    /** Instead of it: the session is no peer, and may become one with what is in here. */
    offered: join(home, 'offered.json'),
    inbox: inboxLayout(home, root),
    /** How far on the board it has seen. */
    cursor: join(home, 'cursor'),
    /** The same position again: read if the cursor is not what a hook wrote there. */
    cursorCopy: join(home, 'cursor.copy'),
    /** While it exists, the session has not been shown what was still valid on the board when it joined. */
    standing: join(home, 'standing'),
    /**
     * A link to the read mark under which it has read everything: broken once there is more
     * (blackboard/board/nothing-new.ts).
     */
    mark: join(home, 'mark'),
    /** The board's marks, from here: a root may be moved. */
    marks: relative(home, boardLayout(root).marks),
    /** A rule about its context was followed, and it has not fallen below since. */
    crossed: (rule: string) => join(home, `crossed,${rule}`),
    /** One word, as the hooks saw it last; its mtime is the session's last activity. */
    state: join(home, 'state'),
    /** A directory for each occasion at which a hook spoke, or had nothing to say. */
    shown: join(home, 'shown'),
    /**
     * What the session was shown, until it is proven to be seen: `news,<occasion>` at a prompt, else `mid,<occasion>`.
     */
    unproven: join(home, 'unproven'),
    /** The cards that it was told of, an id a line. */
    cardsTold: join(home, 'cards-told'),
    /** Signals that wait to wake it, or to be told with its next prompt. */
    signals: join(home, 'signals'),
    /**
     * `<prompt id>`: the signals that this turn was told of; `nudge-<word>`: which hook woke it for that word in
     * `nudge`.
     */
    woken: join(home, 'woken'),
    /** Watched by claude, with our FileChanged hook behind it: a new word in it wakes the session. */
    nudge: join(home, 'nudge'),
    /** How many turns signals have started today. */
    signalTurns: join(home, 'signal-turns.json'),
    mod: modLayout(join(home, 'mod')),
  };
}

/** What the plugin's mod in a session, its watcher and a runner leave for each other. */
function modLayout(home: string) {
  return {
    home,
    /** The mod's heartbeat. */
    alive: join(home, 'alive'),
    /** A new word in it asks the mod to start a turn. */
    wake: join(home, 'wake'),
    /** What became of the prompt that the mod submitted for that word. */
    submitted: (word: string) => join(home, `submitted,${word}`),
    /** The person stopped the session, and has sent no prompt since. */
    stopped: join(home, 'stopped'),
    /** The button that was pressed last. */
    pressed: join(home, 'pressed'),
    /** One file for each word that a pressed button was given, by the word's hash. */
    words: join(home, 'words'),
  };
}

export type SessionLayout = ReturnType<typeof sessionLayout>;

/** The wake socket of a peer (an agent's name, a session's id) and what belongs to it. */
export function wakeLayout(root: string, peer: string) {
  const all = join(root, 'wake');
  const home = join(all, peer);
  return {
    all,
    home,
    socket: join(home, 'notify.sock'),
    token: join(home, 'notify.token'),
    /** Where the socket really is, if the root's path is too long for one. */
    path: join(home, 'notify.path'),
    log: join(home, 'signals.log'),
    /** What was accepted in the last hour, so that a restart grants nothing. */
    state: join(home, 'admission.json'),
  };
}
