import type { AccessRole } from "./access-role.ts";

const PLAIN_SCOPES = ["read", "respond", "approve:none", "admin", "impersonate"] as const;

/**
 * What a token opens.
 * - read, respond, admin: the dashboard and the API, as a viewer, a responder, an admin
 * - approve:none: with respond or admin: it approves no run, also when its person may
 * - impersonate: with respond or admin: it may act in the name of others
 * - ingest:SOURCE: the webhook of this source, and nothing else; `ingest:*`: of all sources
 */
export type TokenScope = (typeof PLAIN_SCOPES)[number] | `ingest:${string}`;

/** What a scope may be, for people who write one. */
export const SCOPE_HINT = `scopes are ${PLAIN_SCOPES.join(", ")} and ingest:SOURCE, such as ingest:alertmanager`;

const INGEST = /^ingest:(?:\*|[a-z0-9][a-z0-9-]{0,59})$/;

function isScope(text: string): text is TokenScope {
  return (PLAIN_SCOPES as readonly string[]).includes(text) || INGEST.test(text);
}

/** Scopes as they are written, each once; `problem`: why they are none. */
export function readScopes(
  texts: readonly string[],
): { readonly scopes: readonly TokenScope[] } | { readonly problem: string } {
  const given = [...new Set(texts.map((text) => text.trim().toLowerCase()).filter((text) => text !== ""))];
  const scopes = given.filter(isScope);
  const wrong = given.find((text) => !isScope(text));
  if (wrong !== undefined) return { problem: `"${wrong}" is no scope: ${SCOPE_HINT}` };
  if (scopes.length === 0) return { problem: `give it a scope: ${SCOPE_HINT}` };
  const acts = scopes.includes("respond") || scopes.includes("admin");
  const lone = scopes.find((scope) => !acts && (scope === "impersonate" || scope === "approve:none"));
  if (lone !== undefined) return { problem: `${lone} needs respond or admin beside it` };
  return { scopes };
}

/** The role that scopes give on the dashboard and the API; null: they open neither. */
export function scopeRole(scopes: readonly TokenScope[]): AccessRole | null {
  if (scopes.includes("admin")) return "admin";
  if (scopes.includes("respond")) return "responder";
  return scopes.includes("read") ? "viewer" : null;
}

/** Whether scopes open the webhook of a source. */
export function canIngest(scopes: readonly TokenScope[], source: string): boolean {
  return scopes.includes("ingest:*") || scopes.includes(`ingest:${source}`);
}
