import type { AccessRole } from "#domain/values/access/access-role.ts";

/** One address of the API or the dashboard, and the least role that it is for. `:name` stands for any one part. */
export type AccessEndpoint = {
  readonly method: "GET" | "POST" | "PUT" | "DELETE";
  readonly path: string;
  readonly needs: AccessRole;
};

const view = (path: string): AccessEndpoint => ({ method: "GET", path, needs: "viewer" });
const act = (path: string, method: "POST" | "PUT" = "POST"): AccessEndpoint => ({ method, path, needs: "responder" });
const administer = (method: AccessEndpoint["method"], path: string): AccessEndpoint => ({
  method,
  path,
  needs: "admin",
});

/**
 * Every address behind a token or a session. What does not stand here does not exist for anyone: a route that was added
 * without a line is answered with 404. `test/handlers/access/authorization-matrix.test.ts` asks each as each kind of actor.
 */
export const ENDPOINT_LIST: readonly AccessEndpoint[] = [
  view("/api/me"),
  view("/api/incidents"),
  view("/api/incidents/:id"),
  view("/api/incidents/:id/timeline"),
  view("/api/incidents/:id/postmortem"),
  view("/api/incidents/:id/postmortem/diff"),
  act("/api/incidents/:id/postmortem", "PUT"),
  view("/api/alerts"),
  view("/api/refusals"),
  view("/api/oncall"),
  view("/api/oncall/rotations"),
  view("/api/stats"),
  view("/api/stats/incidents"),
  view("/api/runs"),
  view("/api/runs/:id/steps/:step/output"),
  act("/api/verbs"),
  view("/api/deadletters"),
  view("/api/deadletters/:id"),
  act("/api/deadletters/:id/retry"),
  act("/api/deadletters/:id/drop"),
  act("/api/tickets/retry"),
  administer("GET", "/api/sessions"),
  administer("POST", "/api/sessions/:number/revoke"),
  administer("GET", "/api/tokens"),
  administer("POST", "/api/tokens"),
  administer("POST", "/api/tokens/:name/revoke"),
  administer("POST", "/api/tokens/:name/rotate"),

  view("/"),
  view("/sign-in/token"),
  view("/incidents"),
  view("/incidents/:id"),
  act("/incidents/:id/verbs"),
  view("/incidents/:id/postmortem"),
  view("/incidents/:id/postmortem.md"),
  view("/incidents/:id/postmortem/:section"),
  act("/incidents/:id/postmortem/:section"),
  view("/live"),
  view("/oncall"),
  view("/statistics"),
  view("/noise"),
  view("/runs/:id"),
  // The runbook names who approves (`approve.from`), more closely than a role does.
  { method: "POST", path: "/runs/:id/approval", needs: "viewer" },
  view("/runs/:id/steps/:step/output"),
  view("/runbooks"),
  view("/runbooks/:id"),
  view("/dead-letters"),
  act("/dead-letters/:id/retry"),
  act("/dead-letters/:id/drop"),
  // Their own; those of all are for an admin.
  view("/sessions"),
  { method: "POST", path: "/sessions", needs: "viewer" },
  // `auditors` lists who may read it.
  view("/audit"),
  view("/refused"),
  act("/refused"),
];

const BY_METHOD = new Map<string, readonly (readonly [readonly string[], AccessEndpoint])[]>(
  [...new Set(ENDPOINT_LIST.map(({ method }) => method))].map((method) => [
    method,
    ENDPOINT_LIST.filter((each) => each.method === method).map(
      (each) => [each.path.split("/").slice(1), each] as const,
    ),
  ]),
);

/** The endpoint that a request is for; null: none. HEAD is a GET without the body. */
export function findEndpoint(method: string, url: string): AccessEndpoint | null {
  const query = url.indexOf("?");
  const path = query < 0 ? url : url.slice(0, query);
  const parts = path
    .replace(/(?<=.)\/$/, "")
    .split("/")
    .slice(1);
  const found = BY_METHOD.get(method === "HEAD" ? "GET" : method)?.find(
    ([own]) =>
      own.length === parts.length &&
      own.every((part, i) => (part.startsWith(":") ? parts[i] !== "" : part === parts[i]!.toLowerCase())),
  );
  return found?.[1] ?? null;
}
