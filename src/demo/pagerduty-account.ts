import { randomUUID } from "node:crypto";
import { z } from "zod";
import { EventBody, type SentEvent } from "./pagerduty-schemas.ts";

/** An incident as PagerDuty has it. */
export type PagerIncident = {
  readonly id: string;
  readonly key: string;
  status: "triggered" | "acknowledged" | "resolved";
  readonly notes: string[];
  readonly summary: string;
  level: number;
  priority: string | null;
  conference: string | null;
  readonly responders: { readonly message: string; readonly targets: readonly string[] }[];
};

/** Who is on call in a schedule; an end of null never comes. */
export type PagerSchedules = Map<
  string,
  readonly { readonly user: string; readonly start: string | null; readonly end: string | null }[]
>;

export type PagerUser = { readonly id: string; readonly name: string; readonly email: string };

export type PagerAnswer = { readonly status: number; readonly body: object };

/** What PagerDuty stores for one customer. */
export type PagerAccount = {
  readonly token: string;
  readonly routingKey: string;
  /** Every event that was accepted. */
  readonly events: SentEvent[];
  /** Whatever PagerDuty would have refused, and why. */
  readonly violations: string[];
  readonly incidents: Map<string, PagerIncident>;
  /** What the account has paid for. */
  readonly plan: { responders: boolean };
  readonly schedules: PagerSchedules;
  /** Who has an account, Muster too. */
  readonly users: PagerUser[];
  /** What the account calls its priorities; PagerDuty's own begin with P1. */
  priorities: readonly string[];
  /** The service is in maintenance, or an event rule drops what comes: events are accepted, and open nothing. */
  drops: "maintenance" | ((event: SentEvent) => boolean) | null;
  /** Notes a violation, and answers it. */
  refuse(reason: string): PagerAnswer;
};

export function createPagerAccount(routingKey: string): PagerAccount {
  const violations: string[] = [];
  return {
    token: "pd-rest-token",
    routingKey,
    events: [],
    violations,
    incidents: new Map(),
    plan: { responders: true },
    schedules: new Map(),
    users: [{ id: "PMUSTER", name: "Muster", email: "muster@example.com" }],
    priorities: ["P1", "P2", "P3", "P4", "P5"],
    drops: null,
    refuse(reason) {
      violations.push(reason);
      return { status: 400, body: { status: "invalid event", message: "Event object is invalid", errors: [reason] } };
    },
  };
}

/** Takes an event: Events API v2. */
export function acceptEvent(account: PagerAccount, text: string): PagerAnswer {
  if (Buffer.byteLength(text) > 524_288) return account.refuse("body larger than 512 KB");
  const parsed = EventBody.safeParse(JSON.parse(text));
  if (!parsed.success) return account.refuse(z.prettifyError(parsed.error));
  const event = parsed.data;
  if (event.routing_key !== account.routingKey) return account.refuse("routing_key is unknown");
  account.events.push(event);
  const key = event.dedup_key ?? randomUUID();
  const open = account.incidents.get(key);
  if (event.event_action === "trigger") {
    // An event joins an open alarm and wakes no one; after the end of an alarm it opens another.
    if ((open === undefined || open.status === "resolved") && !isDropped(account, event))
      account.incidents.set(key, newIncident(account, key, event.payload.summary));
  } else if (open !== undefined && open.status !== "resolved")
    open.status = event.event_action === "resolve" ? "resolved" : "acknowledged";
  return { status: 202, body: { status: "success", message: "Event processed", dedup_key: key } };
}

function isDropped({ drops }: PagerAccount, event: SentEvent): boolean {
  return drops === "maintenance" || (drops !== null && drops(event));
}

function newIncident(account: PagerAccount, key: string, summary: string): PagerIncident {
  return {
    id: `Q${account.incidents.size + 1}`,
    key,
    status: "triggered",
    notes: [],
    summary,
    level: 1,
    priority: null,
    conference: null,
    responders: [],
  };
}
