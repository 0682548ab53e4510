/** The names that a word of a command may be: of agents, of all peers, of templates, and messages by the end of their ids. */
import type { Inbox } from '#blackboard/layout.ts';
import { whyNotAName } from '#blackboard/messages/peer-name.ts';
import { OPERATOR } from '#blackboard/peers/operator.ts';
import { PEER_KINDS } from '#blackboard/peers/peer-kinds.ts';
import { listInboxes } from '#blackboard/peers/peers.ts';
import { rootIfThere } from '#blackboard/root.ts';
import type { VerbContext } from '#runner/verbs/context.ts';
import { templatesDirectory } from '#runner/version.ts';

export type NamesOf = 'agent' | 'peer' | 'message' | 'agent+message' | 'peer+message' | 'template';

/** More messages than these are no help to somebody who types. */
const MESSAGES_MAX = 500;

/** Takes an unchecked context: there need be no root yet. Nothing in a name means anything to a shell. */
export async function names(context: VerbContext, { of }: { of: NamesOf }): Promise<string[]> {
  const root = await rootIfThere(context.root);
  if (of === 'template') {
    const { listTemplates, templateDirectories } = await import('#runner/agents/agent-template.ts');
    return listTemplates(context.files, templateDirectories(root, templatesDirectory));
  }
  const peers: string[] = [];
  for (const kind of PEER_KINDS)
    if (of.startsWith('peer') || (of.startsWith('agent') && kind.takesTurns))
      peers.push(...(await kind.names(context.files, root)));
  const known = peers.filter(name => name === OPERATOR || whyNotAName(name) === null);
  return of.endsWith('message') ? [...known, ...(await messages(context, root))] : known;
}

async function messages({ files }: VerbContext, root: string): Promise<string[]> {
  const found: string[] = [];
  for (const { inbox } of await listInboxes(files, root))
    for (const directory of OPEN.map(each => inbox[each]))
      for (const name of await files.list(directory)) {
        const [, id] = MESSAGE.exec(name) ?? [];
        if (id !== undefined) found.push(id);
        if (found.length === MESSAGES_MAX) return found;
      }
  return found;
}

/** Where messages are that somebody can still do something about. */
const OPEN: readonly (keyof Inbox & ('new' | 'later' | 'cur' | 'dead'))[] = ['new', 'later', 'cur', 'dead'];

const MESSAGE = /^(?:\d+\.)?\d{13,15}-[0-9a-f-]{28}([0-9a-f]{8})(?:,|$)/;
