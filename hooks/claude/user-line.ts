/** What claude reads on stdin with `--input-format stream-json` (CLI 2.1.332): one line of JSON for each prompt. Pure. */

/**
 * The line of one prompt. `uuid` names this attempt: claude's lines about it repeat it, and a uuid that a session has
 * seen is dropped, or run again, depending on how its turn ended, so none is used twice.
 * `client_composed`: the model gets the text as it is written; no `@path` is expanded, no slash command runs. Versions
 * before 2.1.280 ignore it (see runner/claude/prompt-probe.ts).
 */
export const userLine = (text: string, uuid: string): string =>
  `${JSON.stringify({ type: 'user', message: { role: 'user', content: text }, uuid, client_composed: true })}\n`;
