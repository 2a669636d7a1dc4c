import type { CliCommand } from "./cli-command.ts";

/**
 * Every command of the command line: how it is typed, in the order of the help. What it does is loaded when it is called, so
 * that the help answers at once and no command waits for another's libraries.
 */
export const COMMAND_LIST: readonly CliCommand[] = [
  {
    name: "start",
    usage: "start [--role all|web|worker]",
    summary: "Run Muster. With nothing set: embedded database, chat and paging as dry runs in the log.",
    bare: true,
    options: { role: { type: "string", default: "all" } },
    load: async () => (await import("./start-command.ts")).startCommand,
  },
  {
    name: "migrate",
    usage: "migrate",
    summary: "Bring the tables up to date, and end. Starting does it too; this is for doing it before.",
    bare: true,
    options: {},
    load: async () => (await import("./database-commands.ts")).migrateCommand,
  },
  {
    name: "demo",
    usage: "demo [--exit] [--pace N]",
    summary:
      "Play the reference incident for real, on embedded defaults and an emulated Slack; --exit: end afterwards.",
    details:
      "The reference incident in half a minute: alerts by webhook, people by signed clicks, a postmortem draft at the end. PORT and MUSTER_DATA_DIR are respected. --pace N: N minutes of the story in one real minute (24).\n",
    bare: true,
    options: { exit: { type: "boolean", default: false }, pace: { type: "string", default: "24" } },
    load: async () => (await import("./demo-command.ts")).demoCommand,
  },
  {
    name: "check",
    usage: "check [FILE…] [--against URL] | check --test [NAME…]",
    summary:
      "Check policy files (*.yaml) and runbooks (*.md): every problem with file, line and fix. Without a name: what start would read. Warns of what is allowed and will not do at night: holes in a schedule, people who cannot be reached, empty ladders. With --against: what the policy would change about who is on call in a running Muster. With --test: play the tests of runbooks.",
    details: `
    muster check                       the policy (MUSTER_CONFIG) and the folder of runbooks (MUSTER_RUNBOOKS)
    muster check muster.yaml           one policy
    muster check runbooks/*.md         some runbooks: grammar, conditions, PromQL, SQL, approvals, verification
    muster check --against URL         what it would change about who is on call, now and at the next hand-off
    muster check --test                plays every case of runbooks/*.test.yaml on the engine itself; nothing outside is asked or changed
    muster check --test disk-filling   the cases of one runbook
  `,
    options: { test: { type: "boolean", default: false }, against: { type: "string" } },
    load: async () => (await import("./check-command.ts")).checkCommand,
  },
  {
    name: "route",
    usage: "route label=value … [--at T] [--json]",
    summary:
      "Where would an alert with these labels go: priority and why, service, team, whom it pages and when, channel, ticket. Now, or at an instant such as 2026-12-24T09:00:00Z.",
    options: { json: { type: "boolean", default: false }, at: { type: "string" } },
    load: async () => (await import("./route-command.ts")).routeCommand,
  },
  {
    name: "runbook",
    usage: "runbook list|show NAME|plan NAME label=value…|run NAME label=value… [--json] [--as NAME] [--url URL]",
    summary:
      "The runbooks of MUSTER_RUNBOOKS: what there is, what one says, and what exactly it would run for an alert.",
    details: `
    muster runbook list                                    all of them, with mode and what they answer
    muster runbook list alertname=HighErrorRate            those for an alert with these labels
    muster runbook show restart-on-connection-leak         the page, with its steps
    muster runbook plan restart-on-connection-leak alertname=HighLatency service=order-service
                                                           what would run, with everything filled in; nothing runs
  
    muster runbook run restart-on-connection-leak service=order-service
                                                           asks a running Muster to run it; somebody else must approve
  
  plan ends with 1 and says why when there is no plan: a label that is missing, refused by its pattern, or no row of the inventory.
  `,
    options: { json: { type: "boolean", default: false }, as: { type: "string" }, url: { type: "string" } },
    load: async () => (await import("./runbook-command.ts")).runbookCommand,
  },
  {
    name: "incidents",
    usage: "incidents [--all] [--json] [--url URL]",
    summary: "List open incidents, newest first; --all: the ended ones too.",
    bare: true,
    options: {
      all: { type: "boolean", default: false },
      json: { type: "boolean", default: false },
      url: { type: "string" },
    },
    load: async () => (await import("./read-commands.ts")).incidentsCommand,
  },
  {
    name: "incident",
    usage: "incident [INC-n] VERB … [--as NAME] [--url URL]",
    summary:
      "The same words as in the chat: declare, ack, severity, note, resolve …; `muster incident help` lists the verbs.",
    details:
      '\nExamples:\n  muster incident declare P1 checkout is down\n  muster incident INC-3 note "failed over to the replica at 14:05"\n  muster incident INC-3 resolve -- rolled back\n\n--as NAME: in whose name; without it, the name you are logged in with.\n',
    options: { as: { type: "string" }, url: { type: "string" } },
    load: async () => (await import("./incident-command.ts")).incidentCommand,
  },
  {
    name: "drill",
    usage: "drill [P0–P4] SCENARIO [--as NAME] [--url URL]",
    summary: "Opens an incident to practise with: it pages real people, and no statistics count it.",
    details:
      '\nExample:\n  muster drill "the primary database is gone"\n\nThe same as `muster incident drill SCENARIO`. Tell the people on call first.\n',
    options: { as: { type: "string" }, url: { type: "string" } },
    load: async () => (await import("./incident-command.ts")).drillCommand,
  },
  {
    name: "timeline",
    usage: "timeline INC-n [--private] [--json] [--url URL]",
    summary: "What happened in an incident, oldest first; of a private one with --private.",
    options: {
      private: { type: "boolean", default: false },
      json: { type: "boolean", default: false },
      url: { type: "string" },
    },
    load: async () => (await import("./read-commands.ts")).timelineCommand,
  },
  {
    name: "postmortem",
    usage:
      "postmortem INC-n [--format markdown|confluence] [--out FILE | --edit | --import FILE | --diff [VERSION]] [--private] [--as NAME] [--url URL]",
    summary: "The postmortem as Markdown; edit it, bring an edited file back, see what people changed.",
    details:
      "\n  --out FILE      into a file instead of to the terminal\n  --format confluence  in Confluence's storage format\n  --edit          opens $VISUAL or $EDITOR, and sends what you changed\n  --import FILE   sends what was changed in a file that --out wrote\n  --diff [VERSION] what people changed since that version of the page, else in the last one\n  --private       the incident is private\n\nWhat somebody else changed meanwhile is never written over: both texts are shown, and you choose.\n",
    options: {
      out: { type: "string" },
      format: { type: "string", default: "markdown" },
      edit: { type: "boolean", default: false },
      import: { type: "string" },
      diff: { type: "boolean", default: false },
      private: { type: "boolean", default: false },
      as: { type: "string" },
      url: { type: "string" },
    },
    load: async () => (await import("./postmortem-command.ts")).postmortemCommand,
  },
  {
    name: "oncall",
    usage: "oncall [TEAM] [--at T] [--json] [--url URL]",
    summary:
      "Who is on call now, or at an instant such as 2026-12-24T09:00:00Z; with a team: its next week and the holes in its schedule.",
    options: { at: { type: "string" }, json: { type: "boolean", default: false }, url: { type: "string" } },
    load: async () => (await import("./oncall-command.ts")).oncallCommand,
  },
  {
    name: "deadletter",
    usage:
      "deadletter list | show ID | retry ID… | drop ID… --reason TEXT [--all] [--private] [--json] [--as NAME] [--url URL]",
    summary: "What failed for good and was put aside: list it, look at it, do it again, or give it up.",
    details:
      '\nExamples:\n  muster deadletter list\n  muster deadletter show C12\n  muster deadletter retry C12 E34\n  muster deadletter drop E34 --reason "the channel was deleted"\n\nC12 is a command that could not be applied, E34 an effect that could not be performed. Nothing of it has happened.\n--all: all that are listed. --private: list and show name private incidents too. --as NAME: in whose name; without it, the name you are logged in with.\n',
    options: {
      reason: { type: "string" },
      all: { type: "boolean", default: false },
      private: { type: "boolean", default: false },
      json: { type: "boolean", default: false },
      as: { type: "string" },
      url: { type: "string" },
    },
    load: async () => (await import("./deadletter-command.ts")).deadletterCommand,
  },
  {
    name: "session",
    usage: "session list [--json] | revoke NUMBER… [--as NAME] | revoke --person ID [--url URL]",
    summary:
      "Who is signed in to the dashboard: list the sessions, or end some. A browser is signed out at its next request.",
    details:
      "\nExamples:\n  muster session list\n  muster session revoke 12 14\n  muster session revoke --person U012AB3CD\n\n--person ID: all sessions of one person, by the ID that list shows.\n",
    options: {
      person: { type: "string" },
      json: { type: "boolean", default: false },
      as: { type: "string" },
      url: { type: "string" },
    },
    load: async () => (await import("./session-command.ts")).sessionCommand,
  },
  {
    name: "audit",
    usage: "audit verify [--anchor SEQ:HASH…] | export [--format json|syslog|cef] [--after SEQ]",
    summary: "The audit log: check that no entry was changed or removed, or print it, oldest first.",
    details:
      "\nBoth read the database (DATABASE_URL, or the data directory) and need no running Muster.\n\n  --anchor SEQ:HASH  what an earlier verify printed, kept elsewhere; may be given several times\n  --after SEQ        only entries after this one: the next part for a log collector\n",
    options: {
      anchor: { type: "string", multiple: true },
      format: { type: "string", default: "json" },
      after: { type: "string" },
    },
    load: async () => (await import("./database-commands.ts")).auditCommand,
  },
  {
    name: "redact",
    usage: "redact INC-n event N [--as NAME]",
    summary: "Take the text of an event out of everything that is stored; that it happened stays.",
    details:
      '\nExample:\n  muster redact INC-12 event 17\n\n"muster timeline INC-12 --json" has the numbers of events. Works on the database, beside a running Muster.\n',
    options: { as: { type: "string" } },
    load: async () => (await import("./database-commands.ts")).redactCommand,
  },
  {
    name: "forget",
    usage: "forget PERSON [--as NAME]",
    summary: "Take a person's ids and names out of everything that is stored; what they did stays.",
    details:
      "\nExample:\n  muster forget alice\n\nPERSON is a name under people in muster.yaml, or an id of the chat. Refused while an open incident names them.\n",
    options: { as: { type: "string" } },
    load: async () => (await import("./database-commands.ts")).forgetCommand,
  },
  {
    name: "token",
    usage:
      "token create NAME --scope SCOPE | list | revoke NAME | rotate NAME [--expires TIME] [--grace TIME] [--json] [--url URL]",
    summary: "Named tokens for programs: what each opens, until when, and when it was used.",
    details: `
    muster token create ci-bot --scope respond --expires 90d    the secret is shown once
    muster token create alertmanager-eu --scope ingest:alertmanager
    muster token rotate ci-bot --grace 1d                       a new secret; the one before is good for a day more
    muster token list
    muster token revoke ci-bot

  --scope, several times or with commas:
    read             look, on the dashboard and by the API
    respond          and act, in its own name
    admin            and administer tokens
    impersonate      beside respond or admin: act in the name that it gives
    approve:none     beside respond or admin: approve no run
    ingest:SOURCE    deliver to this webhook, and nothing else

  Works on the database of this environment; with --url by the API of a running Muster, with a token of the scope admin.
`,
    options: {
      scope: { type: "string", multiple: true },
      expires: { type: "string" },
      grace: { type: "string" },
      json: { type: "boolean", default: false },
      url: { type: "string" },
    },
    load: async () => (await import("./token-command.ts")).tokenCommand,
  },
  {
    name: "stats",
    usage: "stats [--from DAY] [--to DAY] [--service NAME] [--zone ZONE] [--json | --csv] [--url URL]",
    summary: "What the incidents of a period add up to; without days, the last 30.",
    details:
      "Days are like 2026-11-01 and begin at midnight UTC; --to is the first day that is not in it.\ndocs/statistics.md says how each figure is defined.\n",
    options: {
      from: { type: "string" },
      to: { type: "string" },
      service: { type: "string" },
      zone: { type: "string" },
      json: { type: "boolean", default: false },
      csv: { type: "boolean", default: false },
      url: { type: "string" },
    },
    load: async () => (await import("./stats-command.ts")).statsCommand,
  },
  {
    name: "manifest",
    usage: "manifest [--url URL | --socket]",
    summary: "Print the manifest of the Slack app: scopes, commands, events.",
    bare: true,
    options: { url: { type: "string" }, socket: { type: "boolean", default: false } },
    load: async () => (await import("./manifest-command.ts")).manifestCommand,
  },
  {
    name: "doctor",
    usage: "doctor",
    summary:
      "Ask every dependency for real: database, queue, Slack, Alertmanager, PagerDuty, GitHub, Jira, Prometheus, cluster. Each problem with its fix.",
    bare: true,
    options: {},
    load: async () => (await import("./doctor-command.ts")).doctorCommand,
  },
];
