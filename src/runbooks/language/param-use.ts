/** `$service`, or `$service.namespace` of an inventory row. */
export type ParamUse = { readonly param: string; readonly field: string | null };

const WHOLE_PARAM = /^\$([a-z][a-zA-Z0-9_]*)(?:\.([A-Za-z0-9][\w-]*))?$/;

/** What looks like a parameter anywhere in a text; `$1` is a bind argument and none. */
export const PARAM_ANYWHERE = /\$[a-zA-Z_]\w*(?:\.\w+)?/g;

/** The parameter that a text is, as a whole; null for any other text. */
export function parseParamUse(text: string): ParamUse | null {
  const found = WHOLE_PARAM.exec(text);
  return found === null ? null : { param: found[1]!, field: found[2] ?? null };
}

export function formatParamUse({ param, field }: ParamUse): string {
  return `$${param}${field === null ? "" : `.${field}`}`;
}

const STEP_REFERENCE = /^steps\.[a-zA-Z_]/;

/** True for a whole value that is what an earlier step found: `steps.plan.current`. */
export function isStepReference(text: string): boolean {
  return STEP_REFERENCE.test(text);
}
