/** A JSON object no one has looked into yet. */
export type JsonObject = Readonly<Record<string, unknown>>;

/** Whether it is a JSON object: not null, not an array. */
export const isJson = (value: unknown): value is JsonObject =>
  typeof value === "object" && value !== null && !Array.isArray(value);

/** The JSON objects of an array; none of anything else. */
export const jsonList = (value: unknown): JsonObject[] => (Array.isArray(value) ? value.filter(isJson) : []);

/** The string, or "". */
export const stringOrEmpty = (value: unknown): string => (typeof value === "string" ? value : "");

/** Slack's booleans, which may come through a form. */
export const isTrue = (value: unknown): boolean => value === true || value === 1 || value === "true" || value === "1";
