import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { startPagerDuty, type PagerDutyDouble } from "#demo/pagerduty-double.ts";
import {
  fullBucket,
  pauseBucket,
  takeFrom,
  type AllowanceBucket,
  type VendorAllowance,
} from "#domain/outbound/allowance.ts";
import { createGitHubTickets } from "#integrations/github/github-tickets.ts";
import type { VendorAllowances } from "#ports/allowances.ts";
import { NOW } from "#test/support/builders/instants.ts";
import { aPageRequest, pagerDutyOf } from "#test/support/builders/doors/pagerduty.ts";
import { portErrorOf } from "#test/support/builders/port-errors.ts";
import { aTicketAttempt, aTicketRequest, jiraTicketsOf } from "#test/support/builders/tickets.ts";
import { startGitHub, type GitHubDouble } from "#test/support/doubles/github/github-double.ts";
import { startJira, type JiraDouble } from "#test/support/doubles/jira/jira-double.ts";
import { wallClock } from "#test/support/harness/test-clock.ts";

/** The allowances of all processes, as the rows keep them, on a clock that stands. */
class SharedRows implements VendorAllowances {
  readonly buckets = new Map<string, AllowanceBucket>();

  take(allowance: VendorAllowance, urgency: number): Promise<number> {
    const { bucket, waitMs } = takeFrom(this.#bucketOf(allowance), allowance, urgency, NOW);
    this.buckets.set(allowance.key, bucket);
    return Promise.resolve(waitMs);
  }

  pause(allowance: VendorAllowance, ms: number): Promise<void> {
    this.buckets.set(allowance.key, pauseBucket(this.#bucketOf(allowance), allowance, ms, NOW));
    return Promise.resolve();
  }

  #bucketOf(allowance: VendorAllowance): AllowanceBucket {
    return this.buckets.get(allowance.key) ?? fullBucket(allowance, NOW);
  }
}

let rows: SharedRows;
beforeEach(() => {
  rows = new SharedRows();
});

describe("PagerDuty's allowance is that of all processes", () => {
  let pd: PagerDutyDouble;
  beforeEach(async () => {
    pd = await startPagerDuty();
  });
  afterEach(() => pd.close());

  test("P2 pages of neighbors leave the reserve of a routing key to a P0", async () => {
    const processes = [0, 1, 2].map(() => pagerDutyOf(pd, { allowances: rows }));
    const page = (n: number, priority: "P0" | "P2"): Promise<unknown> =>
      processes[n % 3]!.trigger(aPageRequest({ dedupKey: `muster:INC-${n}:1:${priority}:0:uid`, priority }));
    const answers = await Promise.allSettled(Array.from({ length: 60 }, (_, n) => page(n, "P2")));
    expect(answers.filter(({ status }) => status === "rejected")).toHaveLength(15);
    expect(await portErrorOf(page(61, "P2"))).toMatchObject({ reason: "rate_limited", retryable: true });
    await page(62, "P0");
    expect(pd.events.at(-1)).toMatchObject({ dedup_key: "muster:INC-62:1:P0:0:uid" });
  });

  test("a refusal of one process lets the others wait, and no routing key is stored", async () => {
    pd.fault({ status: 429, headers: { "retry-after": "20" } });
    const [one, other] = [pagerDutyOf(pd, { allowances: rows }), pagerDutyOf(pd, { allowances: rows })];
    expect(await portErrorOf(one!.trigger(aPageRequest()))).toMatchObject({ reason: "rate_limited" });
    const sent = pd.events.length;
    expect(await portErrorOf(other!.trigger(aPageRequest({ priority: "P2" })))).toMatchObject({
      reason: "rate_limited",
      retryAfterMs: expect.toSatisfy((ms: number) => ms >= 20_000),
    });
    expect(pd.events).toHaveLength(sent);
    expect([...rows.buckets.keys()]).toEqual([expect.stringMatching(/^pagerduty events [0-9a-f]{12}$/)]);
  });

  test("notes and looks of the REST API have an allowance of their own", async () => {
    const pager = pagerDutyOf(pd, { allowances: rows });
    await pager.trigger(aPageRequest());
    expect(await pager.hasAlarm({ dedupKey: aPageRequest().dedupKey, team: null })).toBe(true);
    expect([...rows.buckets.keys()].toSorted()).toEqual([expect.stringMatching(/^pagerduty events/), "pagerduty rest"]);
  });
});

describe("a tracker's allowance is that of all processes", () => {
  let github: GitHubDouble;
  let jira: JiraDouble;
  beforeEach(async () => {
    [github, jira] = await Promise.all([startGitHub(), startJira()]);
  });
  afterEach(() => Promise.all([github.close(), jira.close()]));

  const gitHubTickets = () =>
    createGitHubTickets({
      token: github.token,
      apiUrl: github.url,
      placeOf: () => ({ repo: github.repo, labels: [], assignee: null }),
      clock: wallClock,
      allowances: rows,
      onCall: () => {},
    });

  test("a write that GitHub refuses lets the writes of others wait, and none of what was never sent counts", async () => {
    github.fault(/^POST .*issues$/, { status: 429, headers: { "retry-after": "30" } });
    expect(await portErrorOf(gitHubTickets().open(aTicketRequest(), aTicketAttempt()))).toMatchObject({
      reason: "rate_limited",
    });
    const paused = rows.buckets.get("github writes")!.pausedUntil;
    expect(paused).toBe(NOW + 30_000);
    const second = await portErrorOf(gitHubTickets().open(aTicketRequest({ key: "uid-2" }), aTicketAttempt()));
    expect(second).toMatchObject({ reason: "rate_limited", message: expect.stringContaining("github writes") });
    expect(rows.buckets.get("github writes")!.pausedUntil).toBe(paused);
    expect(rows.buckets.get("github reads")!.pausedUntil).toBeNull();
    expect(github.issues).toHaveLength(0);
  });

  test("a refusal of Jira lets the others wait", async () => {
    jira.fault(/^POST /, { status: 429, headers: { "retry-after": "30" } });
    const open = (key: string) =>
      jiraTicketsOf(jira, wallClock, {}, { allowances: rows }).open(aTicketRequest({ key }), aTicketAttempt());
    expect(await portErrorOf(open("uid-1"))).toMatchObject({ reason: "rate_limited" });
    expect(rows.buckets.get("jira")!.pausedUntil).toBe(NOW + 30_000);
    expect(await portErrorOf(open("uid-2"))).toMatchObject({
      reason: "rate_limited",
      message: expect.stringContaining("allowance of jira"),
    });
  });
});
