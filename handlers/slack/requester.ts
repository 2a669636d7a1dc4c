import type { Person } from "#domain/values/language.ts";

/** Who sent a request, by the first name that it gives; Slack need not give one, and then the id stands for it. */
export function slackRequester(id: string, ...names: readonly (string | null | undefined)[]): Person {
  return { id, name: names.find((name) => (name ?? "") !== "") ?? id };
}
