/**
 * What claude asks a person through the program that runs it: `can_use_tool` requests in its output, and the answers
 * on its stdin (`--permission-prompt-tool=stdio`, CLI 2.1.332). Pure.
 */
import { z } from 'zod';
import type { CardEnd, CardQuestion, CardRule } from '#blackboard/cards/card.ts';
import { limits } from '#blackboard/system/limits.ts';

/** A tool call that waits for a person's decision. */
export interface PermissionRequest {
  /** Of the control request. */
  requestId: string;
  /** Of the tool call. */
  call: string;
  tool: string;
  input: Record<string, unknown>;
  /** Why it is asked; null: claude does not say. */
  reason: string | null;
  /** Rules that claude suggests to add. It suggests more than rules (another permission mode, directories): those are left out. */
  rules: CardRule[];
}

const shown = z.string().transform(text => text.slice(0, limits.cardTextCharsMax));

const ruleWord = z.string().max(limits.cardRuleCharsMax);

const suggestion = z.object({
  type: z.literal('addRules'),
  behavior: z.literal('allow'),
  // A longer rule is one that nobody can read before it is kept.
  rules: z.array(z.object({ toolName: ruleWord, ruleContent: ruleWord.optional() })).max(limits.cardListMax),
});

/** A line of claude's output that asks; any other control request fails. */
export const permissionRequest = z
  .object({
    request_id: z.string(),
    request: z.object({
      subtype: z.literal('can_use_tool'),
      tool_name: z.string(),
      tool_use_id: z.string().catch(''),
      input: z.record(z.string(), z.unknown()).catch({}),
      decision_reason: shown.nullable().catch(null),
      permission_suggestions: z.array(z.unknown()).catch([]),
    }),
  })
  .transform(
    ({ request_id, request }): PermissionRequest => ({
      requestId: request_id,
      call: request.tool_use_id,
      tool: request.tool_name,
      input: request.input,
      reason: request.decision_reason,
      rules: request.permission_suggestions.flatMap(each => suggestion.safeParse(each).data?.rules.map(ruleOf) ?? []),
    }),
  );

const ruleOf = ({ toolName, ruleContent }: { toolName: string; ruleContent?: string | undefined }): CardRule =>
  ruleContent === undefined ? { toolName } : { toolName, ruleContent };

/** What the model is told of a call whose question nobody could answer any more: claude's stdin had ended (CLI 2.1.332). */
export const isCutQuestion = (toolResult: string): boolean => toolResult.startsWith('Tool permission request failed');

const ASK_PERSON = 'AskUserQuestion';

const questions = z.object({
  questions: z
    .array(
      z.object({
        question: z.string(),
        multiSelect: z.boolean().catch(false),
        options: z.array(z.object({ label: z.string(), description: shown.catch('') })).max(limits.cardListMax),
      }),
    )
    .max(limits.cardListMax),
});

/** What kind of card the call is, and what may be chosen on it. */
export function cardOf({ tool, input }: PermissionRequest): {
  kind: 'permission' | 'question' | 'plan';
  questions: CardQuestion[];
} {
  if (tool === 'ExitPlanMode') return { kind: 'plan', questions: [] };
  const read = tool === ASK_PERSON ? questions.safeParse(input) : null;
  if (!read?.success) return { kind: 'permission', questions: [] };
  const asked = read.data.questions.map(({ question, multiSelect, options }) => ({
    question,
    options,
    several: multiSelect,
  }));
  return { kind: 'question', questions: asked };
}

export const EXPIRED_WORDS =
  'Nobody answered in time, so this counts as denied. Go on without it, or say what you need.';

/**
 * The decision that claude gets. An allowed call runs with the arguments that were asked about. `rules`: those that hold
 * for the rest of this process.
 */
export function decisionOf({ input }: PermissionRequest, end: CardEnd, rules: readonly CardRule[]): object {
  switch (end.kind) {
    case 'allowed': {
      const added = { type: 'addRules', rules, behavior: 'allow', destination: 'session' };
      return {
        behavior: 'allow',
        updatedInput: input,
        ...(end.always && rules.length > 0 ? { updatedPermissions: [added] } : {}),
      };
    }
    case 'answered':
      return { behavior: 'allow', updatedInput: { ...input, answers: end.answers } };
    case 'denied':
      return { behavior: 'deny', message: end.reason };
    case 'expired':
      return {
        behavior: 'deny',
        message: EXPIRED_WORDS,
      };
    case 'withdrawn':
      return { behavior: 'deny', message: end.reason };
  }
}
