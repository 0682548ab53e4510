/**
 * What a claude that stays answers to control requests. The shape of get_context_usage was met (CLI 2.1.332); that of a
 * plan's windows is as sdk.d.ts of its SDK (0.3.332) has it, since only a login gives them. Pure.
 */
import { parseObject } from '#blackboard/text/json.ts';

/** How full a conversation is, in tokens. */
export interface ContextUsage {
  tokens: number;
  window: number;
}

/** A limit of the plan that claude is logged in to. */
export interface PlanWindow {
  /** As claude calls it (`five_hour`, `seven_day`), or the model that it is for. */
  name: string;
  /** 1: all of it is used. */
  used: number;
  /** When it begins again; null: not known. */
  resetsAt: string | null;
}

type Fields = Record<string, unknown>;

const fieldsOf = (value: unknown): Fields => (typeof value === 'object' && value !== null ? (value as Fields) : {});

/** The answer to this request in lines of a stream; null: it refused; undefined: none is there. */
export function controlAnswer(text: string, requestId: string): unknown {
  for (const line of text.split('\n')) {
    if (!line.includes('"control_response"')) continue;
    const response = fieldsOf(parseObject(line)?.response);
    if (response.request_id === requestId) return response.subtype === 'success' ? response.response : null;
  }
  return undefined;
}

/** Of `get_context_usage`; null: it does not say. */
export function contextUsage(answer: unknown): ContextUsage | null {
  const { totalTokens: tokens, maxTokens: window } = fieldsOf(answer);
  return typeof tokens === 'number' && typeof window === 'number' && window > 0 ? { tokens, window } : null;
}

/** Of `get_usage`; null: no plan limits this login (an API key has none), or they are not known. */
export function planWindows(answer: unknown): PlanWindow[] | null {
  const limits = fieldsOf(answer).rate_limits;
  if (typeof limits !== 'object' || limits === null) return null;
  const { model_scoped: models, extra_usage: _paid, ...named } = limits as Fields;
  const ofModels = (Array.isArray(models) ? models : []).map((each): [string, unknown] => [
    String(fieldsOf(each).display_name),
    each,
  ]);
  return [...Object.entries(named), ...ofModels].flatMap(([name, each]) => {
    const { utilization, resets_at: resetsAt } = fieldsOf(each);
    if (typeof utilization !== 'number') return [];
    const isInstant = typeof resetsAt === 'string' && Number.isFinite(Date.parse(resetsAt));
    return [{ name, used: utilization / 100, resetsAt: isInstant ? resetsAt : null }];
  });
}
