/** All commands by their words, in the order of the help. Each module is loaded only when it is needed. */
import type { CommandModule, Declaration } from '#runner/cli/declare.ts';

type Load = () => Promise<CommandModule>;

const COMMANDS: Readonly<Record<string, Load>> = {
  demo: () => import('#runner/cli/commands/demo.ts'),
  init: () => import('#runner/cli/commands/init.ts'),
  add: () => import('#runner/cli/commands/add.ts'),
  'templates list': () => import('#runner/cli/commands/templates-list.ts'),
  'templates show': () => import('#runner/cli/commands/templates-show.ts'),
  doctor: () => import('#runner/cli/commands/doctor.ts'),
  completion: async () => {
    const { command, run } = await import('#runner/cli/commands/completion.ts');
    return { command, run: (call, shell: string, words: string[]) => run(call, shell, words, loadCommands) };
  },
  schema: () => import('#runner/cli/commands/schema.ts'),
  start: () => import('#runner/cli/commands/start.ts'),
  stop: () => import('#runner/cli/commands/stop.ts'),
  pause: () => import('#runner/cli/commands/pause.ts'),
  resume: () => import('#runner/cli/commands/resume.ts'),
  edit: () => import('#runner/cli/commands/edit.ts'),
  remove: () => import('#runner/cli/commands/remove.ts'),
  'service install': () => import('#runner/cli/commands/service-install.ts'),
  'service uninstall': () => import('#runner/cli/commands/service-uninstall.ts'),
  'service status': () => import('#runner/cli/commands/service-status.ts'),
  'service print': () => import('#runner/cli/commands/service-print.ts'),
  list: () => import('#runner/cli/commands/list.ts'),
  status: () => import('#runner/cli/commands/status.ts'),
  tail: () => import('#runner/cli/commands/tail.ts'),
  peek: () => import('#runner/cli/commands/peek.ts'),
  wait: () => import('#runner/cli/commands/wait.ts'),
  cmd: () => import('#runner/cli/commands/cmd.ts'),
  esc: () => import('#runner/cli/commands/esc.ts'),
  press: () => import('#runner/cli/commands/press.ts'),
  self: () => import('#runner/cli/commands/self.ts'),
  spawn: () => import('#runner/cli/commands/spawn.ts'),
  fork: () => import('#runner/cli/commands/fork.ts'),
  kill: () => import('#runner/cli/commands/kill.ts'),
  top: () => import('#runner/cli/commands/top.ts'),
  'dashboard serve': () => import('#runner/cli/commands/dashboard-serve.ts'),
  'dashboard link': () => import('#runner/cli/commands/dashboard-link.ts'),
  'dashboard token': () => import('#runner/cli/commands/dashboard-token.ts'),
  'dashboard revoke': () => import('#runner/cli/commands/dashboard-revoke.ts'),
  handover: () => import('#runner/cli/commands/handover.ts'),
  take: () => import('#runner/cli/commands/take.ts'),
  logs: () => import('#runner/cli/commands/logs.ts'),
  events: () => import('#runner/cli/commands/events.ts'),
  costs: () => import('#runner/cli/commands/costs.ts'),
  send: () => import('#runner/cli/commands/send.ts'),
  broadcast: () => import('#runner/cli/commands/broadcast.ts'),
  ask: () => import('#runner/cli/commands/ask.ts'),
  at: () => import('#runner/cli/commands/at.ts'),
  trace: () => import('#runner/cli/commands/trace.ts'),
  explain: () => import('#runner/cli/commands/explain.ts'),
  cancel: () => import('#runner/cli/commands/cancel.ts'),
  'dead list': () => import('#runner/cli/commands/dead-list.ts'),
  'dead show': () => import('#runner/cli/commands/dead-show.ts'),
  'dead requeue': () => import('#runner/cli/commands/dead-requeue.ts'),
  'dead purge': () => import('#runner/cli/commands/dead-purge.ts'),
  inbox: () => import('#runner/cli/commands/inbox.ts'),
  read: () => import('#runner/cli/commands/read.ts'),
  reply: () => import('#runner/cli/commands/reply.ts'),
  ack: () => import('#runner/cli/commands/ack.ts'),
  approvals: () => import('#runner/cli/commands/approvals.ts'),
  approve: () => import('#runner/cli/commands/approve.ts'),
  deny: () => import('#runner/cli/commands/deny.ts'),
  answer: () => import('#runner/cli/commands/answer.ts'),
  notify: () => import('#runner/cli/commands/notify.ts'),
  signals: () => import('#runner/cli/commands/signals.ts'),
  post: () => import('#runner/cli/commands/post.ts'),
  board: () => import('#runner/cli/commands/board.ts'),
  claim: () => import('#runner/cli/commands/claim.ts'),
  release: () => import('#runner/cli/commands/release.ts'),
  claims: () => import('#runner/cli/commands/claims.ts'),
  tasks: () => import('#runner/cli/commands/tasks.ts'),
  'task add': () => import('#runner/cli/commands/task-add.ts'),
  'task take': () => import('#runner/cli/commands/task-take.ts'),
  'task done': () => import('#runner/cli/commands/task-done.ts'),
  'hooks install': () => import('#runner/cli/commands/hooks-install.ts'),
  'hooks uninstall': () => import('#runner/cli/commands/hooks-uninstall.ts'),
  'hooks plugin': () => import('#runner/cli/commands/hooks-plugin.ts'),
  'hooks status': () => import('#runner/cli/commands/hooks-status.ts'),
  'plugin install': () => import('#runner/cli/commands/plugin-install.ts'),
  'plugin uninstall': () => import('#runner/cli/commands/plugin-uninstall.ts'),
  'plugin status': () => import('#runner/cli/commands/plugin-status.ts'),
  whoami: () => import('#runner/cli/commands/whoami.ts'),
  connect: () => import('#runner/cli/commands/connect.ts'),
  disconnect: () => import('#runner/cli/commands/disconnect.ts'),
  'auto-start': () => import('#runner/cli/commands/auto-start.ts'),
  rename: () => import('#runner/cli/commands/rename.ts'),
  mcp: () => import('#runner/cli/commands/mcp.ts'),
};

const firstOf = (words: string): string => words.split(' ')[0]!;

/**
 * The commands that a first word can mean (all of a group's). All there are, where it is none: for help, and to name the one
 * that was meant.
 */
export async function loadCommands(firstWord: string | null): Promise<CommandModule[]> {
  const all = Object.entries(COMMANDS);
  const meant = all.filter(([words]) => firstOf(words) === firstWord);
  return Promise.all((meant.length > 0 ? meant : all).map(([, load]) => load()));
}

/** What every command says of itself, in the order of the help. */
export const allDeclarations = async (): Promise<Declaration[]> =>
  (await loadCommands(null)).map(({ command }) => command);
