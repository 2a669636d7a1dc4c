import { sql } from "drizzle-orm";
import {
  bigint,
  boolean,
  index,
  integer,
  json,
  pgTable,
  primaryKey,
  smallint,
  text,
  timestamp,
  uniqueIndex,
} from "drizzle-orm/pg-core";
import type { RequestClient } from "#domain/reporting/audit-entry.ts";
import type { IncidentSummary } from "#domain/reporting/incident-summary.ts";
import type { Actor, Lane, Priority, Status, Timer } from "#domain/values/language.ts";
import type { Effect } from "#domain/effects/effect-registry.ts";
import type { Evidence } from "#domain/events/event-definition.ts";
import type { Incident } from "#domain/incident/incident.ts";
import type { AlertLabels } from "#domain/values/alert-labels.ts";
import type { ReplyTo } from "#domain/incident/reply-to.ts";
import type { CommandOutcome } from "#domain/events/command-outcome.ts";

// `json`, not `jsonb`: text from outside may hold \u0000 and lone surrogates, which jsonb refuses and json keeps as they came.

/** A column for an instant, to the ms. */
export const instantColumn = () => timestamp({ withTimezone: true, precision: 3 });

/** Every accepted command, in order; the evidence of what was requested. Pending until `doneAt`. */
export const commandsTable = pgTable(
  "commands",
  {
    id: bigint({ mode: "number" }).primaryKey().generatedAlwaysAsIdentity(),
    key: text(),
    type: text().notNull(),
    urgency: smallint().notNull(),
    weight: integer().notNull(),
    actor: json().$type<Actor>().notNull(),
    at: instantColumn().notNull(),
    recordedAt: instantColumn().notNull(),
    replyTo: json().$type<ReplyTo>(),
    /** Where the request came from, for the audit log; null: unknown, or stored by a version without the column. */
    client: json().$type<RequestClient>(),
    evidence: text(),
    /** The raw body of a delivery, else JSON. */
    body: text().notNull(),
    doneAt: instantColumn(),
    /** null while pending; in words, for the version before `result` and for people who look into the table. */
    outcome: text(),
    /** What came of it; null while pending, and in what the version before it applied. json: a text may hold what jsonb refuses. */
    result: json().$type<CommandOutcome>(),
    attempts: smallint().notNull().default(0),
  },
  (t) => [
    uniqueIndex("commands_key")
      .on(t.key)
      .where(sql`key is not null`),
    index("commands_pending")
      .on(t.urgency, t.id)
      .where(sql`done_at is null`),
    index("commands_done")
      .on(t.doneAt)
      .where(sql`done_at is not null`),
    index("commands_failed")
      .on(t.doneAt)
      .where(sql`outcome like 'failed:%'`),
  ],
);

export const incidentsTable = pgTable(
  "incidents",
  {
    number: integer().primaryKey(),
    /** Stable across databases: the outside world's idempotency keys are made of it. */
    uid: text().notNull(),
    key: text().notNull(),
    status: text().$type<Status>().notNull(),
    priority: text().$type<Priority>().notNull(),
    service: text(),
    team: text(),
    openedAt: instantColumn().notNull(),
    resolvedAt: instantColumn(),
    /** Its channel in the chat, to find it by messages there. */
    channel: text(),
    /** It has, or gets, a channel; it has tasks that are not done. null: stored by a version without the column. */
    gathers: boolean(),
    openTasks: boolean(),
    /** Counts events: a change made from an older state is refused. */
    version: integer().notNull(),
    state: json().$type<Incident>().notNull(),
    /**
     * Its summary for the statistics, as of its event number `version`. Another number means that a version without
     * figures wrote the row since.
     */
    figures: json().$type<{ readonly version: number } & IncidentSummary>(),
  },
  (t) => [
    index("incidents_key").on(t.key, t.number),
    index("incidents_open_service")
      .on(t.service, t.number)
      .where(sql`status in ('triggered','acknowledged','mitigated')`),
    index("incidents_gathering")
      .on(t.service, t.number)
      .where(sql`status in ('triggered','acknowledged','mitigated') and gathers is not false`),
    index("incidents_service").on(t.service, t.number),
    index("incidents_status").on(t.status, t.number),
    index("incidents_priority").on(t.priority, t.number),
    index("incidents_channel")
      .on(t.channel, t.number)
      .where(sql`channel is not null`),
    index("incidents_open_tasks")
      .on(t.number)
      .where(sql`open_tasks is not false`),
  ],
);

export const alertsTable = pgTable(
  "alerts",
  {
    source: text().notNull(),
    fingerprint: text().notNull(),
    status: text().$type<"firing" | "resolved">().notNull(),
    incident: integer(),
    priority: text().$type<Priority>().notNull(),
    priorityReason: text().notNull(),
    labels: json().$type<AlertLabels>().notNull(),
    annotations: json().$type<AlertLabels>().notNull(),
    generatorUrl: json().$type<string>().notNull(),
    startsAt: instantColumn().notNull(),
    firstStartsAt: instantColumn().notNull(),
    endsAt: instantColumn(),
    /** As they were reported, where that cannot be true. */
    reportedStartsAt: instantColumn(),
    reportedEndsAt: instantColumn(),
    firstSeenAt: instantColumn().notNull(),
    lastSeenAt: instantColumn().notNull(),
    seq: bigint({ mode: "number" }).notNull(),
    repeats: integer().notNull(),
    flaps: integer().notNull(),
    groupKeys: json().$type<string[]>().notNull(),
    receivers: json().$type<string[]>().notNull(),
    externalUrls: json().$type<string[]>().notNull(),
    /** The first of the answers in which the source, when asked, did not list it; it counts only while it is later than `lastSeenAt`. */
    missingSince: instantColumn(),
    mutedUntil: instantColumn(),
    mutedWhy: text(),
    /** The incident it came from when that was merged into its own. */
    mergedFrom: integer(),
    /** Its firing means that all is well; null: stored by a version without this column, and not looked at since. */
    watchdog: boolean(),
  },
  (t) => [
    primaryKey({ columns: [t.source, t.fingerprint] }),
    index("alerts_incident").on(t.incident),
    index("alerts_merged_from")
      .on(t.mergedFrom)
      .where(sql`merged_from is not null`),
    // Without lastSeenAt, which every repetition changes: it would cost each of them an entry in every index. An end and a
    // number of flaps change only with the status, which stands in indexes anyway.
    index("alerts_ended")
      .on(t.endsAt)
      .where(sql`status = 'resolved'`),
    index("alerts_flapping")
      .on(t.flaps, t.startsAt)
      .where(sql`flaps > 0`),
    index("alerts_firing")
      .on(t.source, t.fingerprint)
      .where(sql`status = 'firing'`),
    index("alerts_muted")
      .on(t.mutedUntil)
      .where(sql`muted_until is not null`),
    index("alerts_missing")
      .on(t.missingSince)
      .where(sql`missing_since is not null`),
    index("alerts_watchdog")
      .on(t.source, t.fingerprint)
      .where(sql`watchdog`),
  ],
);

/** The timeline: append only. */
export const eventsTable = pgTable(
  "events",
  {
    incident: integer().notNull(),
    seq: integer().notNull(),
    type: text().notNull(),
    at: instantColumn().notNull(),
    recordedAt: instantColumn().notNull(),
    actor: json().$type<Actor>().notNull(),
    data: json().notNull(),
    evidence: json().$type<Evidence>().notNull(),
  },
  (t) => [primaryKey({ columns: [t.incident, t.seq] })],
);

/** What is to be done in the world outside, and what was. */
export const effectsTable = pgTable(
  "effects",
  {
    id: bigint({ mode: "number" }).primaryKey().generatedAlwaysAsIdentity(),
    key: text().notNull(),
    lane: text().$type<Lane>().notNull(),
    incident: integer(),
    urgency: smallint().notNull(),
    effect: json().$type<Effect>().notNull(),
    /** ms between two performances of a coalescing effect; null for one that happens once. */
    every: integer(),
    /** failed: put aside until someone retries or drops it. */
    status: text().$type<"pending" | "started" | "done" | "failed" | "dropped">().notNull(),
    /** pending: when to perform it. started: when it counts as abandoned. */
    dueAt: instantColumn().notNull(),
    createdAt: instantColumn().notNull(),
    /** Raised by every request, so that a request that comes while it is being performed is not forgotten. */
    wanted: integer().notNull(),
    /** Raised by every claim: only the last claimant may finish it. */
    epoch: integer().notNull(),
    attempts: integer().notNull(),
    /** An attempt began whose outcome is unknown: look for it before repeating. */
    unsure: boolean().notNull(),
    finishedAt: instantColumn(),
    error: text(),
    /** What the performer remembers from one performance to the next (a message's id, what it last showed). */
    memo: json(),
  },
  (t) => [
    uniqueIndex("effects_key").on(t.key),
    index("effects_due")
      .on(t.lane, t.urgency, t.dueAt)
      .where(sql`status in ('pending','started')`),
    index("effects_failed")
      .on(t.dueAt)
      .where(sql`status = 'failed'`),
    index("effects_finished")
      .on(t.finishedAt)
      .where(sql`status in ('done','dropped')`),
    index("effects_incident").on(t.incident),
  ],
);

export const timersTable = pgTable(
  "timers",
  { incident: integer().notNull(), timer: text().$type<Timer>().notNull(), dueAt: instantColumn().notNull() },
  (t) => [primaryKey({ columns: [t.incident, t.timer] }), index("timers_due").on(t.dueAt)],
);

/** Groups whose deliveries left members out, with the open incidents that had members in them and their last mark. */
export const truncatedGroupsTable = pgTable(
  "truncated_groups",
  {
    source: text().notNull(),
    group: text().notNull(),
    incident: integer().notNull(),
    hidden: integer().notNull(),
    /** The delivery with the mark. */
    seq: bigint({ mode: "number" }).notNull(),
  },
  (t) => [primaryKey({ columns: [t.source, t.group, t.incident] }), index("truncated_groups_incident").on(t.incident)],
);

/** Incidents to announce in a channel, in the order in which that became due. */
export const noticesTable = pgTable(
  "notices",
  {
    id: bigint({ mode: "number" }).primaryKey().generatedAlwaysAsIdentity(),
    channel: text().notNull(),
    incident: integer().notNull(),
    at: instantColumn().notNull(),
  },
  (t) => [index("notices_channel").on(t.channel, t.id)],
);

/** What was made up once and must stay the same: the keys of secret addresses. */
export const secretsTable = pgTable("secrets", { name: text().primaryKey(), value: text().notNull() });

/** What people wrote into a postmortem, apart from what is computed: regenerating never touches it. */
export const postmortemTextsTable = pgTable(
  "postmortem_texts",
  {
    incident: integer().notNull(),
    section: text().notNull(),
    version: integer().notNull(),
    text: text().notNull(),
    author: json().$type<Actor>().notNull(),
    writtenAt: instantColumn().notNull(),
  },
  (t) => [primaryKey({ columns: [t.incident, t.section, t.version] })],
);
