import type { OutcomeKind } from "#domain/events/command-outcome.ts";

/** One use of a verb, by Alice. $N: the number in the answer before; $WAY: the way in, for names that are used once. */
export type VerbAnswer = {
  readonly say: string;
  /** The words before it, by the same way. */
  readonly after?: readonly string[];
  readonly expected: RegExp;
  /** Where Slack answers in other words. */
  readonly slack?: RegExp;
  /** Where the dashboard does: a token is no person, and sees no private incident. */
  readonly dashboard?: RegExp;
  /** "applied" by default. */
  readonly kind?: OutcomeKind;
  /** Of the events that it causes, one that identifies it. */
  readonly event?: string;
  /** Whether the answer has a number, as data, by which what began is ended. */
  readonly numbered?: true;
  /** Of the incident that it is about; null: about none, and it is typed in INC-1. */
  readonly priority?: "P2" | "P3" | null;
};

const RESOLVED = ["resolve rolled back"] as const;

/** Every verb, with its answers. */
export const VERB_ANSWERS: Readonly<Record<string, readonly VerbAnswer[]>> = {
  declare: [
    {
      say: "declare P3 the cart is empty",
      expected: /^INC-\d+ opened as P3 \(SEV-3\): the cart is empty\./,
      slack: /^INC-\d+ is open as P3\./,
      event: "incident.opened",
      priority: null,
    },
  ],
  ack: [{ say: "ack", expected: /^INC-\d+: Acknowledged by Alice$/, event: "incident.acknowledged" }],
  severity: [
    {
      say: "severity P2 it grows",
      expected: /^INC-\d+: P3 → P2 \(SEV-2\) by Alice: it grows/,
      event: "priority.changed",
    },
  ],
  mitigate: [
    {
      say: "mitigate",
      expected: /^INC-\d+: Acknowledged by Alice · Alice marked it mitigated$/,
      event: "incident.mitigated",
    },
  ],
  resolve: [
    {
      say: "resolve rolled back",
      expected:
        /Resolved by Alice: rolled back \(1 alert still firing\) · 1 alert still fires\. Checked again at \d\d:\d\d UTC$/,
      event: "incident.resolved",
    },
  ],
  reopen: [
    {
      after: RESOLVED,
      say: "reopen it is back",
      expected: /^INC-\d+: Re-opened: it is back$/,
      event: "incident.reopened",
    },
  ],
  close: [
    { after: RESOLVED, say: "close", expected: /^INC-\d+: Closed by Alice$/, event: "incident.closed" },
    { say: "close", kind: "refused", expected: /^INC-\d+ is triggered/ },
  ],
  cancel: [
    {
      say: "cancel a test",
      expected: /^INC-\d+: Canceled by Alice: a test \(1 alert silenced until resolved\)$/,
      event: "incident.canceled",
    },
  ],
  escalate: [
    {
      say: "escalate no one answers",
      expected: /^INC-\d+: Alice escalated to the pager's escalation policy: no one answers/,
      event: "escalation.advanced",
      priority: "P2",
    },
  ],
  drill: [
    {
      say: "drill P4 the database is gone",
      expected: /^INC-\d+ opened as P4 \(SEV-4\): Drill: the database is gone\./,
      slack: /^INC-\d+ is open as P4\./,
      event: "incident.opened",
      priority: null,
    },
  ],
  undo: [
    {
      after: ["ack"],
      say: "undo",
      expected: /^INC-\d+: Alice undid: Acknowledged$/,
      event: "verb.undone",
    },
  ],
  role: [{ say: "role scribe", expected: /^INC-\d+: Alice is Scribe$/, event: "role.assigned" }],
  roles: [{ say: "roles", kind: "unchanged", expected: /^\*?Incident Commander\*? _?unassigned_?$/m, priority: null }],
  ic: [
    { say: "ic", expected: /^INC-\d+: Acknowledged by Alice · Alice is Incident Commander$/, event: "role.assigned" },
  ],
  handoff: [
    {
      after: ["ic"],
      say: "handoff @bob",
      expected: /^INC-\d+: Alice offers command to Bob, and has it until they take it$/,
      event: "handoff.offered",
    },
  ],
  page: [
    {
      say: "page @bob look at it",
      expected: /^INC-\d+: Paging Bob: Alice called them: look at it$/,
      event: "page.requested",
    },
  ],
  update: [
    { say: "update we roll back", expected: /^INC-\d+: Update by Alice: we roll back$/, event: "update.posted" },
  ],
  title: [
    {
      say: "title the disk is full",
      expected: /^INC-\d+: Title changed by Alice: the disk is full$/,
      event: "title.changed",
    },
  ],
  note: [{ say: "note the disk is full", expected: /^INC-\d+: Alice: the disk is full$/, event: "note.added" }],
  correct: [
    {
      say: "correct began at 14:05",
      expected: /^INC-\d+: Alice corrected when it began: 2026-11-21 14:05:00 UTC/,
      event: "milestone.corrected",
    },
  ],
  task: [
    { say: "task look at the disk @bob", expected: /^INC-\d+: Task 1: look at the disk, Bob$/, event: "task.added" },
    { say: "task done 9", kind: "refused", expected: /no task 9/i },
  ],
  followup: [
    {
      say: "followup buy a disk due 2026-11-30",
      expected: /^INC-\d+: Follow-up 1: buy a disk, due 2026-11-30$/,
      event: "task.added",
    },
  ],
  ticket: [{ say: "ticket", kind: "refused", expected: /^INC-\d+ has ticket T-\d+ already: https/ }],
  merge: [
    { say: "merge INC-1", expected: /^INC-\d+: Merged into INC-1 by Alice: go on there$/, event: "alerts.absorbed" },
  ],
  unmerge: [
    {
      after: ["merge INC-1"],
      say: "unmerge",
      expected: /^INC-\d+: Re-opened: Alice undid: Merged into INC-1/,
      event: "verb.undone",
    },
    { say: "unmerge", kind: "refused", expected: /^INC-\d+ is not merged: it is triggered\.$/ },
  ],
  invite: [{ say: "invite @bob", expected: /^INC-\d+: Alice invited Bob$/, event: "access.granted" }],
  join: [{ say: "join", expected: /^INC-\d+: Alice joined$/, event: "access.granted" }],
  subscribe: [
    { say: "subscribe", expected: /^INC-\d+: Alice gets its updates as direct messages$/, event: "subscriber.added" },
    { after: ["subscribe"], say: "subscribe", kind: "refused", expected: /^You already get the updates of INC-\d+\./ },
  ],
  unsubscribe: [
    {
      after: ["subscribe"],
      say: "unsubscribe",
      expected: /^INC-\d+: Alice gets no more updates as direct messages$/,
      event: "subscriber.removed",
    },
  ],
  private: [
    {
      say: "private",
      expected: /^INC-\d+: Alice made it private\./,
      dashboard: /^$/,
      event: "incident.made_private",
    },
  ],
  access: [{ say: "access", kind: "refused", expected: /^INC-\d+ is not private: everyone sees it\.$/ }],
  snooze: [
    {
      after: ["severity P2 it grows", "ack"],
      say: "snooze 10m",
      expected: /^INC-\d+: Alice snoozed reminders until \d\d:\d\d UTC$/,
      event: "nudge.snoozed",
    },
    { say: "snooze 10m", kind: "refused", expected: /^INC-\d+ has no reminder to snooze\.$/ },
  ],
  status: [{ say: "status", kind: "unchanged", expected: /^🔥 .*INC-1.*\n\*?P1/, priority: null }],
  list: [{ say: "list", kind: "unchanged", expected: /^\*?\d+ open\*?$/m, priority: null }],
  timeline: [
    {
      say: "timeline",
      kind: "unchanged",
      expected: /INC-1 opened as P1|earlier entries are on the page/,
      priority: null,
    },
  ],
  oncall: [
    {
      say: "oncall",
      kind: "unchanged",
      expected: /^payments .*Bob/m,
      slack: /^\*payments\* .*U0BOB0001/m,
      priority: null,
    },
  ],
  stats: [{ say: "stats", kind: "unchanged", expected: /The last 30 days\*?: \d+ incidents/, priority: null }],
  help: [
    {
      say: "help ack",
      kind: "unchanged",
      expected: /ack \[PAGE\|TEAM\] \[at TIME\] \[TEXT\]` you have it/,
      priority: null,
    },
  ],
  postmortem: [
    {
      after: RESOLVED,
      say: "postmortem owner @bob",
      expected: /^INC-\d+: Alice made Bob owner of the postmortem$/,
      event: "postmortem.owned",
      priority: "P2",
    },
    { say: "postmortem", kind: "unchanged", expected: /INC-1/, priority: null },
  ],
  override: [
    {
      say: "override @bob 8h",
      expected: /^Bob is on call for orders until 2026-11-21 22:32:00 UTC\. `.*override end \d+` ends it\.$/,
      numbered: true,
      priority: null,
    },
    {
      after: ["override @bob 8h"],
      say: "override end $N",
      expected: /^Override \d+ of orders is over\.$/,
      numbered: true,
      priority: null,
    },
    {
      after: ["override @bob 8h"],
      say: "override end orders",
      expected: /^orders is as the policy has it again\.$/,
      priority: null,
    },
    { say: "override end 999999", kind: "refused", expected: /^There is no override 999999\./, priority: null },
  ],
  mute: [
    {
      say: "mute service=s$WAY 2h deploying",
      expected: /^Alerts with service=s\w+ open no incident until 2026-11-21 16:32:00 UTC\. .*`.*unmute \d+` ends it\./,
      numbered: true,
      priority: null,
    },
  ],
  unmute: [
    {
      after: ["mute service=s$WAY 2h deploying"],
      say: "unmute $N",
      expected: /^Mute \d+ is over: /,
      numbered: true,
      priority: null,
    },
    { say: "unmute 999999", kind: "refused", expected: /^There is no mute 999999\./, priority: null },
  ],
  mutes: [
    {
      after: ["mute service=s$WAY 2h deploying"],
      say: "mutes",
      kind: "unchanged",
      expected: /service=s\w+` from .*unmute \d+`/,
      priority: null,
    },
  ],
  runbook: [
    { say: "runbook list", kind: "unchanged", expected: /^disk-filling: A node's disk fills/m, priority: null },
    {
      say: "runbook show nothing-such",
      kind: "refused",
      expected: /^There is no runbook nothing-such\./,
      priority: null,
    },
  ],
  automation: [
    {
      say: "automation off $WAY",
      expected: /^Automation is off for \w+: no step starts from now on; what runs are to put back/,
      priority: null,
    },
  ],
};
