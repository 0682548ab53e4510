/** A tool call for people: what it is about in a line, and its arguments as a text, a difference or JSON. Pure. */
import { diffLines } from 'diff';

/** A line of a difference. `gap`: so many equal lines are left out. */
export type DiffLine = { sign: '+' | '-' | ' '; text: string } | { sign: 'gap'; count: number };

export interface ToolView {
  /** A command, a path, a pattern; '': nothing is short enough. */
  title: string;
  /** What the model says that it is for. */
  about: string;
  /** In its order; empty: the title says all. */
  bodies: ({ kind: 'text'; text: string } | { kind: 'diff'; lines: DiffLine[] })[];
}

/** Equal lines that stay around a change, and lines of a difference at most. */
const AROUND = 3;
const LINES_MAX = 600;

/** What of a tool's arguments names it best. */
const TITLES = [
  'command',
  'file_path',
  'notebook_path',
  'path',
  'pattern',
  'query',
  'url',
  'description',
  'to',
  'name',
];

/** `input`: JSON, or its beginning. */
export function toolView(input: string): ToolView {
  const given = objectOf(input);
  if (!given) return { title: '', about: '', bodies: input.trim() === '' ? [] : [{ kind: 'text', text: input }] };
  const named = TITLES.find(name => typeof given[name] === 'string');
  const title = named === undefined ? '' : String(given[named]);
  const about = named !== 'description' && typeof given.description === 'string' ? given.description : '';
  const edits = editsOf(given);
  if (edits.length > 0)
    return { title, about, bodies: edits.map(([before, after]) => ({ kind: 'diff', lines: diffOf(before, after) })) };
  const { [named ?? '']: _, description: __, ...others } = given;
  const isShort = !title.includes('\n') && title.length < 200;
  const bodies: ToolView['bodies'] = isShort || title === '' ? [] : [{ kind: 'text', text: title }];
  if (Object.keys(others).length > 0) bodies.push({ kind: 'text', text: fieldsText(others) });
  return { title, about, bodies };
}

function objectOf(input: string): Record<string, unknown> | null {
  try {
    const read: unknown = JSON.parse(input);
    return typeof read === 'object' && read !== null && !Array.isArray(read) ? (read as Record<string, unknown>) : null;
  } catch {
    return null;
  }
}

/** Before and after, of Edit, MultiEdit and Write. */
function editsOf(given: Record<string, unknown>): [string, string][] {
  const { old_string: before, new_string: after, content, edits, file_path: path } = given;
  if (typeof before === 'string' && typeof after === 'string') return [[before, after]];
  if (Array.isArray(edits))
    return edits.flatMap(each =>
      typeof each === 'object' && each !== null ? editsOf(each as Record<string, unknown>) : [],
    );
  return typeof content === 'string' && typeof path === 'string' ? [['', content]] : [];
}

const fieldsText = (fields: Record<string, unknown>): string =>
  Object.entries(fields)
    .map(([name, value]) => `${name}: ${typeof value === 'string' ? value : JSON.stringify(value, null, 2)}`)
    .join('\n');

export function diffOf(before: string, after: string): DiffLine[] {
  const parts = diffLines(before, after, { timeout: 200 }) ?? [
    { removed: true, added: false, value: before },
    { removed: false, added: true, value: after },
  ];
  const lines = parts.flatMap(({ added, removed, value }, at): DiffLine[] => {
    const own = value.replace(/\n$/, '').split('\n');
    if (value === '') return [];
    if (added || removed) return own.map(text => ({ sign: added ? '+' : '-', text }));
    const head = at === 0 ? 0 : AROUND;
    const tail = at === parts.length - 1 ? 0 : AROUND;
    if (own.length <= head + tail + 1) return own.map(text => ({ sign: ' ', text }));
    return [
      ...own.slice(0, head).map(text => ({ sign: ' ', text }) as const),
      { sign: 'gap', count: own.length - head - tail },
      ...own.slice(own.length - tail).map(text => ({ sign: ' ', text }) as const),
    ];
  });
  return lines.length <= LINES_MAX
    ? lines
    : [...lines.slice(0, LINES_MAX), { sign: 'gap', count: lines.length - LINES_MAX }];
}
