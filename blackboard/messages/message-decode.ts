/** Reads a message file of ours, and front matter of any file. Bytes enter here. */
import { parseDocument } from 'yaml';
import * as z from 'zod';
import { MESSAGE_KINDS, type Message, type MessageHead, PRIORITIES } from '#blackboard/messages/message.ts';
import { ownHead, splitOwn, whyNotBelieved } from '#blackboard/messages/own-matter.ts';
import { badDataError } from '#blackboard/system/errors.ts';
import { type Files, readText } from '#blackboard/system/files.ts';
import { isMessageId } from '#blackboard/system/ids.ts';
import { limits } from '#blackboard/system/limits.ts';

const label = z.string().min(1).max(limits.subjectCharsMax);
const attachment = z.strictObject({ name: z.string(), sizeBytes: z.number() });

const headSchema: z.ZodType<MessageHead> = z.strictObject({
  id: z.string().refine(isMessageId),
  from: z.string(),
  fromId: z.string().optional(),
  kind: z.enum(MESSAGE_KINDS),
  at: z.iso.datetime(),
  trace: z.string(),
  hops: z.number().int().min(0),
  thread: label.optional(),
  subject: label.optional(),
  priority: z.enum(PRIORITIES).optional(),
  inReplyTo: z.array(z.string()).optional(),
  turn: z.number().optional(),
  file: z.string().optional(),
  attachments: z.array(attachment).optional(),
  denials: z.array(z.strictObject({ tool: z.string(), input: z.string() })).optional(),
  notBefore: z.iso.datetime({ offset: true }).optional(),
  expiresAt: z.iso.datetime({ offset: true }).optional(),
  budgetUsd: z.number().positive().optional(),
  wake: z.literal(false).optional(),
});

/**
 * Splits `---\n…\n---\n` off a file that a person wrote; null if it does not begin with such a block. Only \n and \r\n
 * end a line.
 */
export function splitFrontMatter(text: string): { matter: string; body: string } | null {
  const match = /^---[ \t]*\r?\n([\s\S]*?)(?:(?<=\n)|\r?\n)---[ \t]*(?:\r?\n|$)/.exec(
    text.slice(0, limits.frontMatterBytesMax),
  );
  if (match?.index !== 0) return null;
  return { matter: match[1]!, body: text.slice(match[0].length) };
}

/** YAML of front matter as a plain value. No aliases (a few hundred bytes of them can mean gigabytes), no custom tags. */
export function parseMatter(matter: string): unknown {
  const document = parseDocument(matter, { schema: 'core', uniqueKeys: true, logLevel: 'silent' });
  if (document.errors.length > 0) throw new Error(document.errors[0]!.message);
  return document.toJS({ maxAliasCount: 0 });
}

/**
 * Reads a message that we wrote. Throws bad data for anything else, and for a head that cannot be trusted. `named`: the
 * id in the file's name, if the file was found by its name.
 */
export function decodeMessage(text: string, name: string, named: string | null = null): Message {
  const parts = splitOwn(text);
  try {
    if (!parts) throw new Error('there is no front matter');
    const own = ownHead(parts.matter);
    // What we write may be longer; the time to read YAML grows with its square.
    if (!own && parts.matter.length > limits.frontMatterBytesMax)
      throw new Error(`its head has ${parts.matter.length} characters that we did not write`);
    const head = headSchema.parse(own ?? parseMatter(parts.matter));
    const why = whyNotBelieved(head, named);
    if (why !== null) throw new Error(why);
    return { ...head, body: parts.body };
  } catch (error) {
    throw badDataError(
      `${name} is not a message: ${error instanceof z.ZodError ? z.prettifyError(error) : (error as Error).message}`,
    );
  }
}

/** The message in a file. null: the file is gone, or it is no message. */
export async function readMessage(files: Files, path: string): Promise<Message | null> {
  const text = await readText(files, path, limits.recordBytesMax);
  try {
    return text === null ? null : decodeMessage(text, path);
  } catch {
    return null;
  }
}
