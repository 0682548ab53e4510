/** What every verb returns, in the order of docs/json.md: `--json` prints it, `agent-runner schema` prints its JSON Schema. */
import { z } from 'zod';
import { eventShape } from '#blackboard/events/decode-event.ts';
import {
  costsShape,
  dashboardRevokeShape,
  dashboardTokenShape,
  listShape,
  pauseShape,
  peekShape,
  resumeShape,
  startShape,
  statusShape,
  stopShape,
} from '#runner/results/agents.ts';
import {
  autoStartShape,
  boardShape,
  connectShape,
  disconnectShape,
  hooksInstallShape,
  hooksPluginShape,
  hooksStatusShape,
  hooksUninstallShape,
  pluginInstallShape,
  pluginStatusShape,
  pluginUninstallShape,
  postShape,
  renameShape,
  whoamiShape,
} from '#runner/results/board.ts';
import { approvalsShape, decidedShape } from '#runner/results/cards.ts';
import { claimShape, claimsShape, releaseShape, taskShape, tasksShape, taskTakeShape } from '#runner/results/claims.ts';
import {
  ackShape,
  askGroupShape,
  askShape,
  atShape,
  broadcastShape,
  cancelShape,
  deadListShape,
  deadPurgeShape,
  deadRequeueShape,
  deadShowShape,
  explainShape,
  inboxShape,
  readShape,
  replyShape,
  sendShape,
  traceShape,
} from '#runner/results/messages.ts';
import {
  answeredIntoShape,
  commandedShape,
  forkedShape,
  handedOverShape,
  killedShape,
  ownCommandShape,
  pressedShape,
  spawnedShape,
  takenBackShape,
  typedIntoShape,
  waitShape,
} from '#runner/results/panes.ts';
import { serviceInstallShape, serviceStatusShape, serviceUninstallShape } from '#runner/results/service.ts';
import { addShape, doctorShape, initShape, removeShape, templateShape, templatesShape } from '#runner/results/setup.ts';
import { notifyShape, signalsShape } from '#runner/results/signals.ts';

export interface Result {
  /** The heading of docs/json.md that it stands below. */
  section: string;
  /** `dead list`. */
  verb: string;
  shape: z.ZodType;
  about?: string;
}

const EVENTS =
  'One of these on each line. `peer`: an agent’s name, a session’s id, `operator`, or null. `isCut`: texts and lists in it were shortened to fit 4 KiB. Events are a convenience: after a crash some may be missing or repeated.';

export const RESULTS: readonly Result[] = [
  { section: 'Setting up', verb: 'init', shape: initShape },
  { section: 'Setting up', verb: 'add', shape: addShape },
  { section: 'Setting up', verb: 'remove', shape: removeShape },
  { section: 'Setting up', verb: 'templates list', shape: templatesShape },
  { section: 'Setting up', verb: 'templates show', shape: templateShape },
  { section: 'Setting up', verb: 'doctor', shape: doctorShape },
  {
    section: 'Messages',
    verb: 'send',
    shape: z.union([sendShape, typedIntoShape]),
    about: 'With `--wait` it prints what `ask` prints; with `--via tmux` the second of these.',
  },
  { section: 'Messages', verb: 'at', shape: atShape },
  {
    section: 'Messages',
    verb: 'ask',
    shape: z.union([askShape, askGroupShape, answeredIntoShape]),
    about: 'Of a group (`@name`) a list; with `--via tmux` the last of these.',
  },
  {
    section: 'Messages',
    verb: 'broadcast',
    shape: broadcastShape,
    about: 'So does `send` to a group (`@name`).',
  },
  { section: 'Messages', verb: 'reply', shape: replyShape },
  {
    section: 'Messages',
    verb: 'inbox',
    shape: inboxShape,
    about: 'The unread ones first, then (`--all`) those that were read last; each oldest first.',
  },
  { section: 'Messages', verb: 'read', shape: readShape },
  { section: 'Messages', verb: 'ack', shape: ackShape },
  { section: 'Messages', verb: 'trace', shape: traceShape },
  { section: 'Messages', verb: 'explain', shape: explainShape },
  { section: 'Messages', verb: 'cancel', shape: cancelShape },
  { section: 'Messages', verb: 'dead list', shape: deadListShape },
  { section: 'Messages', verb: 'dead show', shape: deadShowShape },
  { section: 'Messages', verb: 'dead requeue', shape: deadRequeueShape },
  { section: 'Messages', verb: 'dead purge', shape: deadPurgeShape },
  {
    section: 'Messages',
    verb: 'approvals',
    shape: approvalsShape,
    about: '`input`: the call’s arguments as JSON, or their beginning; `inputChars`: how long they are.',
  },
  {
    section: 'Messages',
    verb: 'approve',
    shape: decidedShape,
    about: '`rules`: what is allowed for good from now on; `ruleFiles`: the file of each, whose removal takes it back.',
  },
  { section: 'Messages', verb: 'deny', shape: decidedShape },
  { section: 'Messages', verb: 'answer', shape: decidedShape },
  { section: 'Agents at work', verb: 'list', shape: listShape },
  { section: 'Agents at work', verb: 'status', shape: statusShape },
  { section: 'Agents at work', verb: 'peek', shape: peekShape },
  { section: 'Agents at work', verb: 'wait', shape: waitShape },
  { section: 'Agents at work', verb: 'cmd', shape: commandedShape },
  { section: 'Agents at work', verb: 'esc', shape: pressedShape },
  { section: 'Agents at work', verb: 'press', shape: pressedShape },
  { section: 'Agents at work', verb: 'handover', shape: handedOverShape },
  { section: 'Agents at work', verb: 'take', shape: takenBackShape },
  { section: 'Agents at work', verb: 'self', shape: ownCommandShape },
  { section: 'Agents at work', verb: 'spawn', shape: spawnedShape },
  { section: 'Agents at work', verb: 'fork', shape: forkedShape },
  { section: 'Agents at work', verb: 'kill', shape: killedShape },
  { section: 'Agents at work', verb: 'costs', shape: costsShape },
  { section: 'Agents at work', verb: 'events', shape: eventShape, about: EVENTS },
  { section: 'Agents at work', verb: 'start', shape: startShape, about: 'Only with `--detach`.' },
  { section: 'Agents at work', verb: 'stop', shape: stopShape },
  { section: 'Agents at work', verb: 'pause', shape: pauseShape },
  { section: 'Agents at work', verb: 'resume', shape: resumeShape },
  { section: 'Agents at work', verb: 'dashboard token', shape: dashboardTokenShape },
  { section: 'Agents at work', verb: 'dashboard revoke', shape: dashboardRevokeShape },
  { section: 'Signals', verb: 'notify', shape: notifyShape, about: 'With `--all` a list of these.' },
  { section: 'Signals', verb: 'signals', shape: signalsShape },
  { section: 'The board and sessions', verb: 'post', shape: postShape },
  { section: 'The board and sessions', verb: 'board', shape: boardShape },
  { section: 'The board and sessions', verb: 'claim', shape: claimShape },
  { section: 'The board and sessions', verb: 'release', shape: releaseShape },
  { section: 'The board and sessions', verb: 'claims', shape: claimsShape },
  { section: 'The board and sessions', verb: 'tasks', shape: tasksShape },
  { section: 'The board and sessions', verb: 'task add', shape: taskShape },
  { section: 'The board and sessions', verb: 'task take', shape: taskTakeShape },
  { section: 'The board and sessions', verb: 'task done', shape: taskShape },
  { section: 'The board and sessions', verb: 'rename', shape: renameShape },
  { section: 'The board and sessions', verb: 'whoami', shape: whoamiShape },
  { section: 'The board and sessions', verb: 'connect', shape: connectShape },
  { section: 'The board and sessions', verb: 'disconnect', shape: disconnectShape },
  { section: 'The board and sessions', verb: 'auto-start', shape: autoStartShape },
  { section: 'The board and sessions', verb: 'hooks install', shape: hooksInstallShape },
  { section: 'The board and sessions', verb: 'hooks uninstall', shape: hooksUninstallShape },
  { section: 'The board and sessions', verb: 'hooks plugin', shape: hooksPluginShape },
  { section: 'The board and sessions', verb: 'hooks status', shape: hooksStatusShape },
  { section: 'The board and sessions', verb: 'plugin install', shape: pluginInstallShape },
  { section: 'The board and sessions', verb: 'plugin uninstall', shape: pluginUninstallShape },
  { section: 'The board and sessions', verb: 'plugin status', shape: pluginStatusShape },
  { section: 'The service', verb: 'service install', shape: serviceInstallShape },
  { section: 'The service', verb: 'service uninstall', shape: serviceUninstallShape },
  { section: 'The service', verb: 'service status', shape: serviceStatusShape },
];
