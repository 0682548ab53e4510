/** The kinds of messages, without the codec: commands that only name one need not load it. */

/** Kinds that get a reply and, by default, start a turn. The others (answer, status, done, note) do neither. */
export const SPEAKING_KINDS = ['request', 'question'] as const;
