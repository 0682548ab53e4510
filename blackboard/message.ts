/** A message file: YAML front matter and a body. What we write ourselves, and what a drop may say. */
import { parseDocument } from 'yaml';
import * as z from 'zod';
import { badDataError } from './errors.ts';
import { isMessageId } from './ids.ts';
import { SPEAKING_KINDS } from './kinds.ts';
import { limits } from './limits.ts';

const kinds = ['request', 'question', 'answer', 'status', 'done', 'note'] as const;
const priorities = ['high', 'normal', 'low'] as const;

const label = z.string().min(1).max(limits.subjectCharsMax);
const attachment = z.strictObject({ name: z.string(), sizeBytes: z.number() });

const headSchema = z.strictObject({
  id: z.string().refine(isMessageId),
  from: z.string(),
  kind: z.enum(kinds),
  at: z.iso.datetime(),
  trace: z.string(),
  hops: z.number().int().min(0),
  thread: label.optional(),
  subject: label.optional(),
  priority: z.enum(priorities).optional(),
  /** Ids of the messages that this one answers. */
  inReplyTo: z.array(z.string()).optional(),
  /** The sender's turn, where the sender is an agent. */
  turn: z.number().optional(),
  /** The dropped file's own name, cleaned. */
  file: z.string().optional(),
  attachments: z.array(attachment).optional(),
  notBefore: z.iso.datetime({ offset: true }).optional(),
  expiresAt: z.iso.datetime({ offset: true }).optional(),
});

/** What stands above the body. */
export type MessageHead = z.infer<typeof headSchema>;
export type MessageKind = MessageHead['kind'];
export type Message = MessageHead & { body: string };

/** What a drop may say about itself: never who it is from. */
const dropSchema = z.strictObject({
  kind: z.enum(kinds).optional(),
  subject: label.optional(),
  thread: label.optional(),
  priority: z.enum(priorities).optional(),
  notBefore: z.iso.datetime({ offset: true }).optional(),
  expiresAt: z.iso.datetime({ offset: true }).optional(),
});
export type DropHead = z.infer<typeof dropSchema>;

export const isMessageKind = (text: string): text is MessageKind => (kinds as readonly string[]).includes(text);

/** Whether the sender of this kind waits for a reply. */
export const asksForReply = (kind: MessageKind): boolean => (SPEAKING_KINDS as readonly string[]).includes(kind);

/** JSON scalars are YAML: no writer of ours can produce a document that reads back as something else. */
export function encodeMessage(message: Message): string {
  const { body, ...head } = message;
  const lines = Object.entries(head)
    .filter(([, value]) => value !== undefined)
    .map(([key, value]) => `${key}: ${JSON.stringify(value)}`);
  return `---\n${lines.join('\n')}\n---\n${body}`;
}

/** Splits `---\n…\n---\n` off a text; null if it does not begin with such a block. */
export function splitFrontMatter(text: string): { matter: string; body: string } | null {
  const match = /^---[ \t]*\r?\n([\s\S]*?)(?:^|\r?\n)---[ \t]*(?:\r?\n|$)/m.exec(
    text.slice(0, limits.frontMatterBytesMax),
  );
  if (!match || match.index !== 0) return null;
  return { matter: match[1]!, body: text.slice(match[0].length) };
}

/** YAML of front matter as a plain value. No aliases (a few hundred bytes of them can mean gigabytes), no custom tags. */
function parseMatter(matter: string): unknown {
  const document = parseDocument(matter, { schema: 'core', uniqueKeys: true, logLevel: 'silent' });
  if (document.errors.length > 0) throw new Error(document.errors[0]!.message);
  return document.toJS({ maxAliasCount: 0 });
}

/** Reads a message that we wrote. Throws bad data for anything else. */
export function decodeMessage(text: string, name: string): Message {
  const parts = splitFrontMatter(text);
  try {
    if (!parts) throw new Error('there is no front matter');
    return { ...headSchema.parse(parseMatter(parts.matter)), body: parts.body };
  } catch (error) {
    throw badDataError(
      `${name} is not a message: ${error instanceof z.ZodError ? z.prettifyError(error) : (error as Error).message}`,
    );
  }
}

/** Reads a dropped text. Unknown keys or broken YAML make the whole text the body: a drop is never refused for its head. */
export function decodeDrop(text: string): { head: DropHead; body: string } {
  const parts = splitFrontMatter(text);
  if (!parts) return { head: {}, body: text };
  try {
    return { head: dropSchema.parse(parseMatter(parts.matter) ?? {}), body: parts.body };
  } catch {
    return { head: {}, body: text };
  }
}
