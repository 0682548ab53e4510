/**
 * The text that tells a model what is new: data from peers between two lines that it cannot contain, most urgent first,
 * the newest last, within a budget. Pure. claude does not expand what a hook tells (2.1.332), so an `@` stays as it is;
 * the words are inside a tag of claude's, which a peer's text must not close.
 */

import type { Entry } from '#blackboard/board/entry.ts';
import { deniedText } from '#blackboard/messages/denials.ts';
import type { Message } from '#blackboard/messages/message.ts';
import { limits } from '#blackboard/system/limits.ts';
import { ageText } from '#blackboard/text/age.ts';
import { printable, printableLine } from '#blackboard/text/printable.ts';
import { neutralizeTags } from '#hooks/claude/neutralize.ts';

/** One thing to tell. */
export interface NewsItem {
  /** The message's or entry's id. */
  id: string;
  /** 0 is the most urgent. */
  rank: number;
  atMs: number;
  /** One line in our own words. */
  head: string;
  /** A peer's words; empty: the head says it all. */
  text: string;
  /** How to get the whole text if it is cut. */
  whole: string;
  /** Characters of it that are shown at most, whatever room there is. */
  textCharsMax?: number;
}

export interface NewsParts {
  items: readonly NewsItem[];
  /** A random word, new for every text. */
  boundary: string;
  /** The text above. */
  intro: string;
  /** The text below: for what was shown, and for what did not fit. */
  foot(shown: readonly NewsItem[], omitted: readonly NewsItem[]): string;
  budgetChars: number;
}

export interface News {
  text: string;
  shown: NewsItem[];
  omitted: NewsItem[];
}

/** The fewest characters of a text that are worth showing if many share the budget. */
const EXCERPT_MIN = 240;

/** '' if there is nothing to tell. */
export function composeNews(parts: NewsParts): News {
  if (parts.items.length === 0) return { text: '', shown: [], omitted: [] };
  for (let clip = parts.budgetChars; ; clip = Math.floor(clip / 2)) {
    const isLast = clip / 2 < EXCERPT_MIN;
    const shown = choose(parts, clip);
    if (shown.length === parts.items.length || isLast) return render(parts, shown, clip);
  }
}

/** The most urgent, and among those the newest, as long as they fit. */
function choose(parts: NewsParts, clip: number): NewsItem[] {
  const wanted = [...parts.items].sort((a, b) => a.rank - b.rank || b.atMs - a.atMs || (a.id < b.id ? 1 : -1));
  const frame = parts.intro.length + 2 * (parts.boundary.length + 10) + footRoom(parts);
  let left = parts.budgetChars - frame;
  const chosen: NewsItem[] = [];
  for (const item of wanted) {
    left -= renderItem(item, clip).length + 1;
    if (left < 0) break;
    chosen.push(item);
  }
  return chosen;
}

/** The foot is longest either with everything shown or with everything left out. */
const footRoom = ({ items, foot }: NewsParts): number =>
  foot(items, items).length + Math.max(foot(items, []).length, foot([], items).length);

function render(parts: NewsParts, shown: NewsItem[], clip: number): News {
  const ordered = [...shown].sort((a, b) => a.rank - b.rank || a.atMs - b.atMs || (a.id < b.id ? -1 : 1));
  const omitted = parts.items.filter(item => !shown.includes(item));
  const line = `=== ${parts.boundary} ===`;
  const body = ordered.map(item => renderItem(item, clip));
  const foot = parts.foot(ordered, omitted);
  // Also around nothing: it identifies the text in the transcript.
  const text = [parts.intro, line, ...body, line, ...(foot ? [foot] : [])].join('\n');
  return { text, shown: ordered, omitted };
}

/** A head line, then the text, indented: no words of a peer are at the beginning of a line. */
function renderItem({ head, text, whole, textCharsMax }: NewsItem, room: number): string {
  if (text === '') return head;
  const clip = Math.min(room, textCharsMax ?? room);
  const clean = visible(text).trimEnd();
  const short =
    clean.length <= clip
      ? clean
      : `${clean.slice(0, clip).replace(/[\ud800-\udbff]$/, '')} […]\n(${clean.length} characters in all: ${whole})`;
  const safe = neutralizeTags(short);
  const note =
    safe === short
      ? ''
      : `\n  (behind some < stands a word joiner, U+2060, that is not part of the text; as it came: ${whole})`;
  return `${head}\n${safe.replace(/^/gm, '  ')}${note}`;
}

/** Removes escapes and the like, which are for terminals. Line ends of every kind become one. */
const visible = (text: string): string => printable(text.replace(/\r\n?|[\u2028\u2029]/g, '\n'));

/** For a head: a peer's text must not close the tags around a hook's words. */
const oneLine = (text: string): string => neutralizeTags(printableLine(text));
const quoted = (text: string): string => `"${oneLine(text).slice(0, 120)}"`;

/** A message as news: of a long one the beginning. `rootOption` is there if the root is not the default one. */
export function messageItem(message: Message, nowMs: number, rootOption: string): NewsItem {
  const { id, from, kind, priority, thread, subject, inReplyTo = [] } = message;
  const urgency = priority === 'high' ? 0 : priority === 'low' ? 5 : 2;
  const words = [
    `message ${id} to you`,
    `from ${oneLine(from)}`,
    kind,
    ...(priority === 'high' ? ['URGENT'] : []),
    `${ageText(nowMs - Date.parse(message.at))} ago`,
    ...inReplyTo.map(each => `in reply to ${oneLine(each)}`),
    ...(thread ? [`thread ${quoted(thread)}`] : []),
    ...(subject ? [`subject ${quoted(subject)}`] : []),
    ...(message.denials?.length ? [oneLine(deniedText(message.denials))] : []),
    ...(message.attachments ?? []).map(({ name, sizeBytes }) => `attached ${oneLine(name)} (${sizeBytes} bytes)`),
  ];
  const text = message.body.trim() === '' ? '(no text)' : message.body;
  const whole = `agent-runner${rootOption} read ${id}`;
  const { messageHeadCharsMax: textCharsMax } = limits;
  return { id, rank: urgency, atMs: Date.parse(message.at), head: words.join(' · '), text, whole, textCharsMax };
}

const ENTRY_RANK = { alert: 1, question: 3, task: 3, note: 4, status: 4, artifact: 4 } as const;

/** An entry as news. */
export function entryItem(entry: Entry, nowMs: number, texts: string): NewsItem {
  const { id, from, kind, topic, key, ref } = entry;
  const words = [
    `board ${kind}`,
    `from ${oneLine(from)}`,
    `${ageText(nowMs - Date.parse(entry.at))} ago`,
    ...(topic ? [`topic ${quoted(topic)}`] : []),
    ...(key ? [`key ${quoted(key)}`] : []),
    ...(ref ? [`ref ${quoted(ref)}`] : []),
    ...(entry.long ? [`${entry.long.bytes} bytes, whole in ${texts}/${id}`] : []),
  ];
  const whole = entry.long ? `cat ${texts}/${id}` : `agent-runner board --since ${id} --json`;
  return { id, rank: ENTRY_RANK[kind], atMs: Date.parse(entry.at), head: words.join(' · '), text: entry.text, whole };
}
