import { describe, expect, test } from "vitest";
import type { RefusalReport } from "#domain/alerting/intake/refused-alert.ts";
import type { IncidentLinks } from "#domain/incident/incident-reference.ts";
import type { RunWithEvents } from "#domain/postmortem/attempted-steps.ts";
import { HUMAN_SECTION_NAMES } from "#domain/postmortem/human-section.ts";
import { humanCell } from "#domain/postmortem/postmortem-text.ts";
import { messagePage } from "#views/dashboard/page-frame.ts";
import { deadLetterPage } from "#views/dashboard/dead-letter-page.ts";
import { incidentPage } from "#views/dashboard/incident-page.ts";
import { openIncidentsPage, incidentListPage } from "#views/dashboard/incident-list-page.ts";
import { noisePage } from "#views/dashboard/noise-page.ts";
import { refusalsPage, refusalsSection } from "#views/dashboard/refusals-page.ts";
import { oncallPage } from "#views/dashboard/oncall-page.ts";
import { editConflictPage, sectionEditPage, postmortemPage } from "#views/dashboard/postmortem-page.ts";
import { catalogPage, runbookPage, type CatalogRunbook } from "#views/dashboard/runbook-pages.ts";
import { runPage } from "#views/dashboard/run-page.ts";
import { sessionsPage } from "#views/dashboard/sessions-page.ts";
import { statisticsPage } from "#views/dashboard/statistics-page.ts";
import { anAlert } from "#test/support/builders/alert-builders.ts";
import { anIncident } from "#test/support/builders/incidents.ts";
import { aPolicy } from "#test/support/builders/policies.ts";
import { aSession } from "#test/support/builders/doors/account-sessions.ts";
import { HOUR, MINUTE, NOW } from "#test/support/builders/instants.ts";
import { anIncidentSaying, HOSTILE_TEXTS } from "#test/support/builders/hostile-text.ts";
import { aLine, aRun, aRunPlan, aStep } from "#test/support/builders/runbooks/run-builders.ts";
import { foreignTags, PAGE_FRAME } from "#test/support/builders/page-frame-builder.ts";
import { anIncidentView, aTimelineSaying, INCIDENT_LIST } from "#test/support/builders/views/incident-view.ts";
import { computeStatistics } from "#test/support/builders/reporting/expected-statistics.ts";

function catalogRunbook(text: string): CatalogRunbook {
  return {
    id: text,
    title: text,
    owner: text,
    mode: "approve",
    documentation: false,
    match: [text],
    steps: [{ id: text, uses: text, approvedBy: [text] }],
    markdown: text,
    record: { verified: 2, of: 3, here: 0, last: { state: "failed", at: NOW }, openUntil: NOW + HOUR },
  };
}

/** A run that waits and one that has ended, with a text wherever one from outside can stand. */
function runsSaying(text: string): readonly RunWithEvents[] {
  const steps = [aStep({ id: text, uses: text, touches: "systems" })];
  const requests = {
    step: 0,
    hash: "h",
    from: [text],
    count: 2,
    until: NOW,
    why: text,
    by: [{ id: "U1", name: text }],
  };
  const proof = { began: NOW, heldSince: null, values: [1], says: text };
  const words = { runbook: text, target: text, reason: text, plan: aRunPlan({ steps }), asked: requests, proof };
  return [
    {
      run: aRun({ ...words, state: "waiting-approval" }),
      journal: [aLine({ state: "failed", outcome: { says: text } })],
      events: [],
    },
    {
      run: aRun({ ...words, number: 2, state: "verifying" }),
      journal: [aLine({ before: [8.5], after: [0.5] }), aLine({ idx: -1 })],
      events: [],
    },
  ];
}

function refusalsSaying(text: string): RefusalReport {
  const sender = { source: text, sender: text, reason: text, title: text, status: 400, times: 2 };
  const at = { acceptedAt: null, refusedAt: NOW, raisedAt: NOW, lastRaisedAt: NOW };
  const alert = { id: 1, key: "k", source: text, sender: text, firstAt: NOW, lastAt: NOW, times: 3 };
  return {
    senders: [{ ...sender, ...at }],
    alerts: [{ ...alert, field: text, reason: text, summary: text, excerpt: text }],
    total: 2,
  };
}

/** Every incident of these pages has a uid. */
const links: IncidentLinks = (number) => ({ number, uid: `uid-${number}` });

/** Every page there is, with one text wherever text from outside can stand. */
function everyPage(text: string): Readonly<Record<string, string>> {
  const incident = { ...anIncidentSaying(text), uid: "uid-1", mergedInto: 2 };
  const alert = anAlert({
    labels: JSON.parse(JSON.stringify({ [text]: text, severity: "P2" })) as Record<string, string>,
    annotations: { summary: text },
    flaps: 3,
    suppressedUntil: NOW,
    suppressedBecause: text,
  });
  const version = { version: 2, text, author: { name: text }, at: NOW };
  const cases = [1, 2].map((number) => ({
    ...incident,
    number,
    key: JSON.stringify([text]),
    drill: false,
    resolvedBy: "alerts" as const,
    status: "resolved" as const,
    resolvedAt: NOW,
  }));
  const figures = computeStatistics(cases, {
    from: NOW - HOUR,
    to: NOW + HOUR,
    now: NOW,
    service: null,
    private: false,
    zone: "UTC",
    slos: new Map([[text, 99.9]]),
  });
  const rota = {
    policy: aPolicy({ people: { mia: { name: text.slice(0, 200) } }, teams: { one: { oncall: ["mia"] } } }),
    overrides: [],
  };
  const frame = { ...PAGE_FRAME, viewer: { name: text, canLeave: true } };
  const markdown = `# ${text}\n\n${humanCell(HUMAN_SECTION_NAMES[1]!, text)}\n`;
  return {
    fire: openIncidentsPage(frame, [incident], [incident], {
      now: NOW,
      mark: "1",
      notices: [refusalsSection(refusalsSaying(text))!],
    }),
    refused: refusalsPage(frame, refusalsSaying(text)),
    list: incidentListPage(frame, [incident], {
      ...INCIDENT_LIST,
      filter: { status: text, priority: text, service: text },
      services: [text],
    }),
    incident: incidentPage(
      frame,
      anIncidentView({
        incident,
        timeline: aTimelineSaying(text),
        alerts: [alert],
        runs: runsSaying(text),
        filter: { kind: text, text: "", page: 1 },
        answer: { text, kind: "applied", incident: null, events: [], number: null },
      }),
    ),
    postmortem: postmortemPage(frame, {
      incident: {
        ...anIncident(),
        uid: "uid-1",
        postmortem: {
          ...anIncident().postmortem,
          owner: { id: text, name: text },
          reviewers: [{ id: text, name: text }],
        },
      },
      markdown,
      versions: new Map([["summary", version]]),
      problems: [{ section: "impact", what: text, fix: text }],
      answer: { text, kind: "refused", incident: null, events: [], number: null },
      refusal: null,
      key: "key-key-1",
    }),
    run: runPage(frame, {
      ...runsSaying(text)[0]!,
      incident: { number: 1, uid: "uid-1" },
      full: new Set(),
      answer: "may",
      refusals: { approve: null, deny: null },
      signIn: null,
      key: "key-key-2",
      now: NOW,
    }),
    sessions: sessionsPage(frame, {
      shown: [aSession({ name: text, email: text, way: text })],
      own: aSession(),
      admin: true,
    }),
    edit: sectionEditPage(frame, {
      incident: { number: 1, uid: "uid-1" },
      section: "summary",
      text,
      base: 2,
      versions: [version],
      refusal: null,
    }),
    conflict: editConflictPage(
      frame,
      { incident: { number: 1, uid: "uid-1" }, section: "summary", text, base: 2, versions: [], refusal: null },
      version,
      version,
    ),
    oncall: oncallPage(frame, rota, NOW),
    statistics: statisticsPage(
      frame,
      figures,
      [{ month: "2026-11", byPriority: { P1: 1 }, acknowledge: null, resolve: MINUTE }],
      {
        from: text,
        to: text,
        service: text,
        problem: text,
      },
      links,
    ),
    runbooks: catalogPage(frame, [catalogRunbook(text)], [{ file: text, line: 1, message: text, fix: text }]),
    runbook: runbookPage(frame, catalogRunbook(text)),
    noise: noisePage(frame, {
      figures,
      flapping: [alert],
      suppressed: [alert],
      silences: [{ matchers: [text], reason: text, until: NOW }],
      falseAlarms: [
        anIncident({
          uid: "uid-1",
          status: "canceled",
          alerts: { total: 1, firing: 1, flaps: 0 },
          falseAlarm: { by: { id: "U1", name: text }, reason: text },
        }),
      ],
      links,
    }),
    "put aside": deadLetterPage(
      frame,
      [
        {
          kind: "effect",
          number: 3,
          type: text,
          incident: 1,
          private: false,
          from: text,
          at: NOW,
          attempts: 8,
          reason: text,
        },
      ],
      { commands: 0, effects: 1 },
      { ok: false, text },
      links,
    ),
    message: messagePage(frame, text, text),
  };
}

describe("every page", () => {
  test.each([
    ...HOSTILE_TEXTS,
    { name: "an attribute", text: `"' onmouseover=alert(1) x="` },
    { name: "a script", text: "</style></title></textarea><script>alert(1)</script>" },
  ])("escapes what comes from outside: $name", ({ text }) => {
    for (const [name, page] of Object.entries(everyPage(text))) {
      expect(foreignTags(page), name).toEqual([]);
      expect(page.match(/<script/g), name).toHaveLength(1);
      expect(page.endsWith("</body></html>"), name).toBe(true);
    }
  });

  test("has no style and no script of its own, one main heading, and a way past the navigation", () => {
    for (const [name, page] of Object.entries(everyPage("latency"))) {
      expect(page, name).not.toMatch(/ style=| on[a-z]+=|<style/);
      if (name !== "postmortem" && name !== "runbook") expect(page.match(/<h1/g), name).toHaveLength(1);
      expect(page, name).toContain('<a class="skip" href="#main">');
    }
  });

  test("leads to the incident that it means, and to no other that has its number after a restore", () => {
    const pages = Object.entries(everyPage("latency"));
    const linking = pages.filter(([name, page]) => {
      const paths = [...page.matchAll(/(?:href|method="post" action)="(\/incidents\/[^"]*)"/g)].map(([, path]) => path);
      for (const path of paths) expect(path, name).toMatch(/\?of=\d+~uid-\d/);
      return paths.length > 0;
    });
    expect(linking.map(([name]) => name)).toEqual(
      expect.arrayContaining(["fire", "list", "incident", "postmortem", "noise", "run", "put aside"]),
    );
  });
});
