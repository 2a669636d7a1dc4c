import type { ParsedVerb } from "./verb-registry.ts";
import type { Verb } from "./verb.ts";

/** What of a verb has rules of its own under `permissions`, by the name of the verb. */
const PARTS: Readonly<Record<string, readonly string[]>> = {
  automation: ["on", "off"],
  runbook: ["run", "cancel", "settle"],
};

/** The names under which the rules for a verb can stand in the policy: its own, and those of its parts. */
export function permissionNames({ name }: Verb): readonly string[] {
  return [name, ...(Object.hasOwn(PARTS, name) ? PARTS[name]! : []).map((part) => `${name} ${part}`)];
}

/** The name of what someone asks for, by which `permissions` decides about it. */
export function permissionOf({ verb, request }: Pick<ParsedVerb, "verb" | "request">): string {
  if (request.kind !== "run") return verb.name;
  const { ask } = request;
  const part = ask.do === "switch" ? (ask.on ? "on" : "off") : ask.do;
  const name = `${verb.name} ${part}`;
  return permissionNames(verb).includes(name) ? name : verb.name;
}
