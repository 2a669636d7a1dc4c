import type { Incident } from "#domain/incident/incident.ts";
import { anIncident, aPage } from "./incidents.ts";

/** What the internet may put into a label, an annotation or a display name. */
export const HOSTILE_TEXTS: readonly { readonly name: string; readonly text: string }[] = [
  { name: "a broadcast", text: "<!channel> <!here> <!everyone>" },
  { name: "a mention", text: "<@U0ALICE01> <#C0INC0001> <!subteam^S1>" },
  { name: "a link", text: "<https://evil.example|your bank>" },
  { name: "entities", text: "&lt;!channel&gt; &amp; & && &#60;" },
  { name: "nothing but ampersands, 30 kB", text: "&".repeat(30_000) },
  { name: "nothing but brackets, 30 kB", text: "<>".repeat(15_000) },
  { name: "words, 30 kB", text: "latency ".repeat(3_750) },
  { name: "one word, 30 kB", text: "x".repeat(30_000) },
  { name: "lines, 30 kB", text: "line\n".repeat(6_000) },
  { name: "emoji, 30 kB", text: "😀".repeat(7_500) },
  { name: "Chinese, 30 kB", text: "数据库".repeat(3_333) },
  { name: "markdown", text: "*bold* _it_ `code` ~s~ | cell | # h [a](javascript:x) <img src=x onerror=alert(1)>" },
];

/** An incident that carries `text` wherever text from outside can stand. */
export function anIncidentSaying(text: string, overrides: Partial<Incident> = {}): Incident {
  const person = { id: text, name: text };
  const base = anIncident();
  return anIncident({
    title: text,
    priorityReason: text,
    unmapped: true,
    drill: true,
    plan: { ...base.plan, sev: text },
    route: { ...base.route, service: text, team: text },
    roles: { commander: person, tech: person, comms: person, scribe: person },
    escalation: { ...base.escalation, step: 1, next: { to: text, at: base.openedAt } },
    teamEscalations: { [text]: { ...base.escalation, step: 1, rounds: 2, next: { to: text, at: base.openedAt } } },
    pages: [aPage({ to: text }), aPage({ to: text, team: text }), aPage({ to: text, apart: true })],
    channel: { id: "C0INC0001", name: text, url: "" },
    links: {
      runbook: `https://runbooks.example/${"r".repeat(2_800)}`,
      dashboards: Array.from({ length: 9 }, (_, n) => ({ title: text, url: `https://grafana.example/${n}` })),
      source: `https://prom.example/${"q".repeat(2_800)}`,
    },
    ...overrides,
  });
}
