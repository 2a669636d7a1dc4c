import { z } from "zod";
import { DAY_MS, HOUR_MS, MINUTE_MS as m } from "#domain/values/duration.ts";
import { planOf } from "./priority-plan.ts";
import { AutomationPolicy, TargetInventory } from "./automation-policy.ts";
import { SignInPolicy } from "./sign-in-policy.ts";
import { PRIORITIES, type Priority } from "#domain/values/language.ts";
import { DEFAULT_EXPORTERS } from "./exporters.ts";
import { DEFAULT_REVIEW_RULE } from "./review-due.ts";
import { ClockTime, WeeklyHours, ScheduleFile, WeekdayName, InstantText, TimeZoneName } from "./schedule.ts";
import {
  accessRule,
  NO_VENDORS,
  permissionRule,
  PersonName,
  policyPerson,
  teamTickets,
  type PolicyVendors,
} from "./policy-vendors.ts";
import { RetentionPolicy } from "./retention-policy.ts";
import { GroupingPolicy } from "./grouping-policy.ts";
import { DurationText, MatcherList } from "#domain/values/yaml-values.ts";

const Prio = z.enum(PRIORITIES);
const Url = z.url({ protocol: /^https?$/, error: "expected a URL that starts with http:// or https://" });
const LinkSchema = z.strictObject({ title: z.string().min(1).max(75), url: Url });

const Service = z.strictObject({
  match: MatcherList.optional(),
  team: z.string().optional(),
  tier: z.number().int().min(0).max(5).optional(),
  dashboards: z.array(LinkSchema).default([]),
  runbook: Url.optional(),
  slo: z.number().min(0).max(100).optional(),
  revenuePerMinute: z.number().min(0).optional(),
});

const Step = z.union([
  z.array(z.string()).min(1),
  z.strictObject({
    page: z.array(z.string()).min(1),
    /** How long this step has to answer before the next is paged; else the priority's interval. */
    after: DurationText.nullable().default(null),
  }),
]);

const REPO_NAME = /^[\w.-]+\/[\w.-]+$/;

const teamOf = ({ trackers }: PolicyVendors) =>
  z.strictObject({
    channel: z.string().optional(),
    members: z.array(z.string()).default([]),
    /** The schedule that decides who is on call. */
    schedule: z.string().optional(),
    /** People who are always on call. */
    oncall: z.array(z.string()).default([]),
    /**
     * Who is paged next when on-call people do not acknowledge, in order. Names of people, `backup`, `oncall`, `team`,
     * `team/NAME`, `schedule/NAME`, `schedule/NAME/backup`, `role/commander`, `everyone`.
     */
    escalation: z
      .array(Step.transform((step) => (Array.isArray(step) ? { page: step, after: null } : step)))
      .default([]),
    pagerduty: z.string().optional(),
    tickets: teamTickets(trackers).optional(),
  });

/** Calendar days, or working days. */
const DaysAfter = z.union([
  z.number().int().min(0).max(365),
  z.strictObject({ workdays: z.number().int().min(1).max(250) }),
]);
const after = (priority: Priority) => DaysAfter.default(DEFAULT_REVIEW_RULE.due[priority]);

/** After which incidents a postmortem is asked for, and how soon. */
const PostmortemRule = z
  .strictObject({
    /** The lowest priority that needs one; null: none does. */
    minimum: Prio.nullable().default(DEFAULT_REVIEW_RULE.minimum),
    /** Days from the end of the incident, by its highest priority. */
    /** Follow-ups become tickets of their team when the postmortem goes into review. */
    tickets: z.boolean().default(true),
    /** The channel's canvas shows it, from when it is asked for. */
    canvas: z.boolean().default(true),
    /** Private incidents are exported too. */
    private: z.boolean().default(false),
    /** In review it becomes a pull request to a folder of this repository. `base`: the branch; absent: the repository's own. */
    github: z
      .strictObject({
        repo: z.string().regex(REPO_NAME, "expected owner/name"),
        folder: z
          .string()
          .regex(/^[\w-][\w.-]*(?:\/[\w-][\w.-]*)*$/, "expected a path such as docs/postmortems")
          .default("postmortems"),
        base: z.string().min(1).optional(),
      })
      .optional(),
    due: z
      .strictObject({ P0: after("P0"), P1: after("P1"), P2: after("P2"), P3: after("P3"), P4: after("P4") })
      .prefault({}),
  })
  .prefault({});

/** The shape without any vendor. Every part has a default, so an empty file is a good one. */
const VendorFreeShape = z.strictObject({
  channels: z.strictObject({ incidents: z.string().default("incidents"), digest: z.string().optional() }).prefault({}),
  priorities: z
    .strictObject({ P0: planOf("P0"), P1: planOf("P1"), P2: planOf("P2"), P3: planOf("P3"), P4: planOf("P4") })
    .prefault({}),
  severity: z.array(z.strictObject({ match: MatcherList, priority: Prio, because: z.string().optional() })).default([]),
  unknownSeverity: Prio.default("P2"),
  services: z.record(z.string(), Service).default({}),
  /**
   * Values of `job` and `service` that name an exporter, which is no service: it reports on another's. One `*` stands
   * for any text.
   */
  exporters: z
    .array(
      z
        .string()
        .regex(/^[^*]*\*?[^*]*$/, "expected a name with one * at most")
        .min(1),
    )
    .default([...DEFAULT_EXPORTERS]),
  teams: z.record(z.string(), teamOf(NO_VENDORS)).default({}),
  defaultTeam: z.string().optional(),
  people: z.record(PersonName, policyPerson([])).prefault({}),
  schedules: z
    .record(z.string().regex(/^[\w.-]{1,60}$/, "expected letters, digits, - _ and . only"), ScheduleFile)
    .default({}),
  /** More incidents than this within a time (P4 does not count) are a storm: one incident gathers what follows, but for every P0. null: never. */
  storm: z
    .strictObject({
      incidents: z.number().int().min(2).max(1_000).default(20),
      within: DurationText.default(m),
      window: DurationText.default(10 * m),
    })
    .nullable()
    .prefault({}),
  /** No one is woken more often than this, but for a P0. */
  paging: z
    .strictObject({
      perPerson: z.number().int().min(1).default(10),
      within: DurationText.default(10 * m),
      /** What the pager calls each priority; one that is missing has its own name there, and a P0 is a P1 where there is no P0. */
      priorities: z.partialRecord(Prio, z.string().min(1)).default({}),
    })
    .prefault({}),
  grouping: GroupingPolicy,
  /** A source's repeat interval for a firing alert. An alert that is missing for twice that is checked. */
  sources: z.record(z.string(), z.strictObject({ repeatInterval: DurationText.default(4 * HOUR_MS) })).default({}),
  /** Alerts that always fire and open no incident: their silence does (a dead man's switch). */
  watchdogs: z
    .array(z.strictObject({ match: MatcherList, within: DurationText }))
    .prefault([{ match: ['alertname="Watchdog"'], within: "9h" }]),
  /** Alerts that are written down and open no incident while work is done: once, or every week at the same hours. */
  maintenance: z
    .array(
      z
        .strictObject({
          match: MatcherList,
          reason: z.string().min(1),
          from: InstantText.optional(),
          until: InstantText.optional(),
          every: z.array(WeeklyHours).default([]),
          timezone: TimeZoneName,
        })
        .superRefine(({ match, from, until, every }, ctx) => {
          if (match.matches({}))
            ctx.addIssue({
              code: "custom",
              path: ["match"],
              message: "this would hold back nearly every alert there is: say which",
            });
          if ((from === undefined) !== (until === undefined))
            ctx.addIssue({ code: "custom", message: "give both from and until" });
          if ((from === undefined) === (every.length === 0))
            ctx.addIssue({ code: "custom", message: "give from and until for one time, or every for each week" });
          if (from !== undefined && until !== undefined && until <= from)
            ctx.addIssue({ code: "custom", path: ["until"], message: "ends before it begins" });
        }),
    )
    .default([]),
  /** Whom of the chat Muster listens to besides members of its workspace and those under `people`. */
  admit: z
    .strictObject({
      /** Workspaces that a channel is shared with, by their ids. */
      workspaces: z.array(z.string().min(1).max(100)).default([]),
      guests: z.boolean().default(false),
      bots: z.boolean().default(false),
    })
    .prefault({}),
  /** Who may use a verb; others may not. A verb without an entry is open to everyone, but for those that have a default. */
  permissions: z.record(z.string(), z.array(permissionRule([])).min(1)).default({}),
  /** Who may read the audit log on the dashboard; no one without an entry. */
  auditors: z.array(permissionRule([])).default([]),
  /** Who sees the dashboard when they sign in, who acts there, and who administers Muster; each role has those before it. */
  access: z
    .strictObject({
      viewers: z.array(accessRule).default(["anyone"]),
      responders: z.array(accessRule).default(["people"]),
      admins: z.array(accessRule).default([]),
    })
    .prefault({}),
  archiveAfter: DurationText.nullable().default(7 * DAY_MS),
  digest: z
    .strictObject({
      at: z
        .string()
        .regex(/^([01]\d|2[0-3]):[0-5]\d$/, "expected HH:MM in UTC")
        .default("09:00"),
      /** When the figures of the week are posted, in UTC; null: never. */
      weekly: z
        .strictObject({ on: WeekdayName.default("monday"), at: ClockTime.default("09:00") })
        .nullable()
        .prefault({}),
    })
    .prefault({}),
  revenuePerMinute: z.number().min(0).default(5600),
  /** What looks like a secret in alerts, in what people write and in what is captured is masked before it is stored. */
  maskSecrets: z.boolean().default(true),
  retention: RetentionPolicy,
  postmortem: PostmortemRule,
  signIn: SignInPolicy,
  inventory: TargetInventory,
  automation: AutomationPolicy,
});

/** The shape of `muster.yaml`, with what the vendors that there are add to it. */
export function policyShape(vendors: PolicyVendors) {
  return VendorFreeShape.extend({
    teams: z.record(z.string(), teamOf(vendors)).default({}),
    people: z.record(PersonName, policyPerson(vendors.chats)).prefault({}),
    permissions: z.record(z.string(), z.array(permissionRule(vendors.chats)).min(1)).default({}),
    auditors: z.array(permissionRule(vendors.chats)).default([]),
  });
}
export type PolicyShape = ReturnType<typeof policyShape>;

export type Policy = z.output<PolicyShape>;

/** The policy of an empty `muster.yaml`. */
export const DEFAULT_POLICY: Policy = VendorFreeShape.parse({});
