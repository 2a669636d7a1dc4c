import { describe, expect, test } from "vitest";
import { correlateAlert, type CorrelationTarget, type CorrelationCandidates } from "#domain/alerting/correlation.ts";
import type { AlertChange } from "#domain/incident/alert.ts";
import { aChange, anAlert } from "#test/support/builders/alert-builders.ts";
import { anIncident } from "#test/support/builders/incidents.ts";
import { aPolicy } from "#test/support/builders/policies.ts";
import { HOUR, MINUTE, NOW } from "#test/support/builders/instants.ts";

const policy = aPolicy();
const openIncident = anIncident({ number: 1 });
const justResolved = anIncident({
  number: 2,
  status: "resolved",
  resolvedAt: NOW - 30 * MINUTE,
  alerts: { total: 1, firing: 0, flaps: 0 },
});
const justClosed = { ...justResolved, status: "closed" } as const;
const longResolved = { ...justResolved, resolvedAt: NOW - 30 * MINUTE - 1 };
const sameService = anIncident({ number: 3, openedAt: NOW - 5 * MINUTE });

const where = (change: AlertChange, candidates: Partial<CorrelationCandidates>, rules = policy): CorrelationTarget =>
  correlateAlert(change, { home: null, newest: null, related: null, ...candidates }, NOW, rules);
const to = (number: number): CorrelationTarget => ({ to: "incident", number });
const unassigned: CorrelationTarget = { to: "none" };
const newIncident: CorrelationTarget = { to: "new" };

describe("an alert that fires", () => {
  test.each<{ story: string; candidates: Partial<CorrelationCandidates>; goes: CorrelationTarget }>([
    { story: "for the first time opens an incident", candidates: {}, goes: newIncident },
    { story: "stays with its open incident", candidates: { home: openIncident, newest: justResolved }, goes: to(1) },
    {
      story: "re-opens its incident that was resolved within the window",
      candidates: { home: justResolved },
      goes: to(2),
    },
    { story: "re-opens its incident that was closed within the window", candidates: { home: justClosed }, goes: to(2) },
    {
      story: "opens a new incident when its old one was resolved before the window",
      candidates: { home: longResolved, newest: longResolved },
      goes: newIncident,
    },
    {
      story: "joins the open incident of its key",
      candidates: { newest: openIncident, related: sameService },
      goes: to(1),
    },
    {
      story: "re-opens the recent incident of its key",
      candidates: { newest: justResolved, related: sameService },
      goes: to(2),
    },
    {
      story: "joins the open incident of its service",
      candidates: { newest: longResolved, related: sameService },
      goes: to(3),
    },
    {
      story: "never joins one that was merged away",
      candidates: { home: { ...justResolved, status: "merged" } },
      goes: newIncident,
    },
    {
      story: "never joins one that was canceled",
      candidates: { newest: { ...justResolved, status: "canceled" } },
      goes: newIncident,
    },
  ])("$story", ({ candidates, goes }) => {
    expect(where(aChange("fired"), candidates)).toEqual(goes);
    expect(where(aChange("flapped"), candidates)).toEqual(goes);
  });
});

describe("an alert of a service that is in trouble already", () => {
  test.each([
    {
      story: "after half an hour is trouble of its own",
      related: { ...sameService, openedAt: NOW - 31 * MINUTE },
      priority: "P1" as const,
      rules: policy,
      goes: newIncident,
    },
    {
      story: "that needs no channel is trouble of its own",
      related: sameService,
      priority: "P3" as const,
      rules: policy,
      goes: newIncident,
    },
    {
      story: "whose people have no channel is trouble of its own",
      related: { ...sameService, channelRequested: false },
      priority: "P1" as const,
      rules: policy,
      goes: newIncident,
    },
    {
      story: "joins within the window of the policy",
      related: { ...sameService, openedAt: NOW - HOUR },
      priority: "P1" as const,
      rules: aPolicy({ grouping: { related: "2h" } }),
      goes: to(3),
    },
    {
      story: "never joins when the policy forbids it",
      related: sameService,
      priority: "P1" as const,
      rules: aPolicy({ grouping: { related: null } }),
      goes: newIncident,
    },
  ])("$story", ({ related, priority, rules, goes }) => {
    expect(where(aChange("fired", { priority }), { related }, rules)).toEqual(goes);
  });
});

describe("old news", () => {
  test.each([
    aChange("repeated"),
    aChange("refired"),
    aChange("resolved"),
    { kind: "ignored", why: "overtaken", wasKnown: true, alert: anAlert() } satisfies AlertChange,
  ])("($kind) stays with its incident and never opens one", (change) => {
    expect(where(change, { home: longResolved, newest: openIncident, related: sameService })).toEqual(to(2));
    expect(where(change, { newest: openIncident, related: sameService })).toEqual(unassigned);
    expect(where(change, {})).toEqual(unassigned);
  });
});
