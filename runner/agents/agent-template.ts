/** Templates of agents: where they are, and how one becomes an agent.md. */
import { join } from 'node:path';
import { type Document, parseDocument } from 'yaml';
import { splitFrontMatter } from '#blackboard/messages/message-decode.ts';
import { nearestName } from '#blackboard/messages/peer-name.ts';
import { configurationError, isRunnerError, noSuchError, usageError } from '#blackboard/system/errors.ts';
import type { Files } from '#blackboard/system/files.ts';
import { otherEncoding } from '#blackboard/text/text-encoding.ts';
import { type AgentDefinition, absolutePath, parseAgentFile } from '#runner/agents/agent-file.ts';
import { readDefinitionText } from '#runner/agents/definition-text.ts';
import { parseSchedule } from '#runner/agents/schedule.ts';

export interface Template {
  name: string;
  path: string;
  text: string;
}

/** The directories with templates; the first one that has the name wins: the user's own before ours. */
export const templateDirectories = (root: string, shipped: string): string[] => [
  join(root, 'templates'),
  join(shipped, 'agents'),
];

export async function listTemplates(files: Files, directories: readonly string[]): Promise<string[]> {
  const listings = await Promise.all(directories.map(directory => files.list(directory)));
  const names = listings.flat().map(entry => /^([a-z0-9][a-z0-9-]*)\.md$/.exec(entry)?.[1] ?? null);
  return [...new Set(names.filter(name => name !== null))].sort();
}

/** Throws (66) for an unknown name, with the nearest known one. */
export async function readTemplate(files: Files, directories: readonly string[], name: string): Promise<Template> {
  const known = await listTemplates(files, directories);
  for (const directory of known.includes(name) ? directories : []) {
    const path = join(directory, `${name}.md`);
    const text = await readDefinitionText(files, { home: directory, definition: path });
    if (typeof text === 'string') return { name, path, text };
    if (text)
      throw configurationError(text.problem, 'Mend it, move it away, or take another template: agent-runner templates');
  }
  const nearest = nearestName(name, known);
  throw noSuchError(
    `there is no template ${JSON.stringify(name.slice(0, 60))} in ${directories.join(' or ')}`,
    nearest ? `Did you mean "${nearest}"?` : `There are: ${known.join(', ')}.`,
  );
}

/** The options of `add`. Each overrides the template. */
export interface AgentOptions {
  cwd?: string;
  model?: string;
  effort?: string;
  permissionMode?: string;
  allowedTools?: string[];
  disallowedTools?: string[];
  addDir?: string[];
  perTurnUsd?: string;
  perDayUsd?: string;
}

/** Where relative directories start from. */
export interface Here {
  home: string;
  cwd: string;
}

/**
 * The agent.md made of the template and the options, and what it says. Directories become absolute. The template's
 * comments stay. Throws a usage error (64) if an option is wrong, a configuration error (78) if the template itself is.
 */
export function composeAgentFile(
  template: Template,
  options: AgentOptions,
  here: Here,
): { text: string; definition: AgentDefinition } {
  const parts = splitFrontMatter(template.text);
  const encoding = otherEncoding(template.text);
  if (encoding) throw configurationError(`${template.path} ${encoding}`);
  if (!parts) throw configurationError(`${template.path}:1: expected front matter between two lines of "---"`);
  const document = parseDocument(parts.matter, { schema: 'core', logLevel: 'silent' });
  checkTemplate(template, parts, document, here);
  override(document, options, here);
  const text = `---\n${document.toString({ lineWidth: 0 })}---\n${parts.body}`;
  try {
    return { text, definition: parseAgentFile(text, 'agent.md', here.home, here.cwd, parseSchedule) };
  } catch (error) {
    // The template alone is valid, so an option is wrong; the line would be one of a file that does not exist.
    throw isRunnerError(error) ? usageError(error.message.replace(/^agent\.md:\d+: /, ''), OPTIONS_HINT) : error;
  }
}

const OPTIONS_HINT = 'See what it takes with: agent-runner add --help';

/** A template may omit cwd, and nothing else that an agent needs. */
function checkTemplate(
  template: Template,
  parts: { matter: string; body: string },
  document: Document,
  here: Here,
): void {
  const text =
    document.errors.length > 0 || document.has('cwd')
      ? template.text
      : `---\n${parts.matter}\ncwd: .\n---\n${parts.body}`;
  parseAgentFile(text, template.path, here.home, here.cwd, parseSchedule);
}

function override(document: Document, options: AgentOptions, here: Here): void {
  const absolute = (path: string) => absolutePath(path, here.home, here.cwd);
  document.set('cwd', absolute(options.cwd ?? String(document.get('cwd') ?? '.')));
  const given: [string[], unknown][] = [
    [['model'], options.model],
    [['effort'], options.effort],
    [['permissionMode'], options.permissionMode],
    [['allowedTools'], options.allowedTools],
    [['disallowedTools'], options.disallowedTools],
    [['addDirs'], options.addDir?.map(absolute)],
    [['budget', 'perTurnUsd'], usdOf(options.perTurnUsd, '--per-turn-usd')],
    [['budget', 'perDayUsd'], usdOf(options.perDayUsd, '--per-day-usd')],
  ];
  for (const [path, value] of given) if (value !== undefined) document.setIn(path, document.createNode(value));
}

function usdOf(text: string | undefined, option: string): number | undefined {
  if (text === undefined) return undefined;
  const usd = /^\$?\d+(\.\d+)?$/.test(text) ? Number(text.replace('$', '')) : 0;
  if (usd > 0) return usd;
  throw usageError(`${option} ${JSON.stringify(text)}: expected US dollars above 0, for example 2.5`);
}
