import { describe, expect, test } from "vitest";
import { checkRunbook, formatProblem } from "#runbooks/index.ts";
import { GOOD_RUNBOOK } from "#test/support/builders/runbooks.ts";

/** What is wrong, the words of the good runbook that are changed, into what, and all that is said. */
type Fault = readonly [string, string, string, ...string[]];

const FAULTS: Readonly<Record<string, readonly Fault[]>> = {
  "front matter": [
    [
      "an unknown key",
      "owner: orders",
      "ownr: orders",
      'a.md:2:1: "owner" is missing; add owner: …',
      'a.md:4:1: unknown key "ownr"; write "owner"',
    ],
    ["a key within", "maxRuns: 3/24h", "maxRun: 3/24h", 'a.md:10:31: unknown key "maxRun"; write "maxRuns"'],
    [
      "a key twice",
      "owner: orders",
      "owner: orders\nowner: shop",
      "a.md:5:1: Map keys must be unique; remove one of the two",
    ],
    [
      "no matcher",
      "match: ['alertname=\"HighLatency\"']",
      "match: []",
      "a.md:5:8: no matcher, so it would match every alert; write one like 'alertname=\"DiskFilling\"'",
    ],
    [
      "a matcher that is none",
      "'alertname=\"HighLatency\"'",
      "HighLatency",
      'a.md:5:9: "HighLatency" is no matcher; write it like service="checkout" or severity=~"critical|page"',
    ],
    [
      "a matcher that is not RE2",
      "'alertname=\"HighLatency\"'",
      "'alertname=~\"(?=x)\"'",
      'a.md:5:9: the regular expression in "alertname=~"(?=x)"" is not RE2: error parsing regexp: invalid or unsupported Perl syntax: `(?=`; write the expression without look-around and back-references',
    ],
    [
      "an id with capitals",
      "id: order-latency",
      "id: OrderLatency",
      "a.md:2:5: an id is 1 to 63 small letters, digits and dashes; start it with a letter",
    ],
    [
      "a mode that is none",
      "mode: approve",
      "mode: automatic",
      "a.md:9:7: none of the values that are possible here; write one of off, suggest, approve, auto",
    ],
    [
      "a duration that is none",
      "after: 15m",
      "after: soon",
      'a.md:11:20: "soon" is no duration; write it like 90s, 10m or 4h',
    ],
    [
      "runs without a time",
      "maxRuns: 3/24h",
      "maxRuns: 3",
      "a.md:10:40: no number of runs per time; write it like 3/24h",
    ],
    [
      "runs per nothing",
      "maxRuns: 3/24h",
      "maxRuns: 3/day",
      'a.md:10:40: "3/day" is no number of runs per time; write it like 3/24h',
    ],
    [
      "a lock that is half a parameter",
      "lock: k8s/$service",
      "lock: k8s-$service",
      "a.md:10:21: $service inside a text; make the parameter a whole part between slashes",
    ],
    [
      "a lock by an unknown parameter",
      "lock: k8s/$service",
      "lock: k8s/$servce",
      'a.md:10:21: there is no parameter $servce; write "service"',
    ],
    [
      "an alias",
      "owner: orders",
      "owner: &o orders",
      "a.md:4:11: anchors and aliases (& and *) are not supported here; write the value out",
    ],
    [
      "a tag",
      "owner: orders",
      "owner: !!js/function orders",
      "a.md:4:8: Unresolved tag: tag:yaml.org,2002:js/function; remove the tag",
    ],
    [
      "a key that is a parameter",
      "owner: orders",
      "owner: orders\n$service: x",
      "a.md:5:1: no key may begin with a dollar: $service; a parameter is a value, such as key: $service",
    ],
    [
      "a key that is no data",
      "params:",
      "params:\n  __proto__: { from: labels.x, inventory: services }",
      'a.md:7:3: no key may be called "__proto__"; choose another name',
    ],
    [
      "a person of the inventory that is none",
      "to: orders-lead",
      "to: $servic.oncall",
      'a.md:11:29: there is no parameter $servic; write "service"',
    ],
  ],
  parameters: [
    [
      "neither pattern nor inventory",
      "pod: { from: labels.pod, pattern: '^[a-z0-9-]{1,63}$' }",
      "pod: { from: labels.pod }",
      "a.md:8:8: \"pod\" takes whatever an alert says; add inventory: <kind>, or pattern: '^[a-z0-9-]{1,63}$'",
    ],
    [
      "both",
      "service: { from: labels.service, inventory: services }",
      "service: { from: labels.service, inventory: services, pattern: '^[a-z]+$' }",
      'a.md:7:12: "service" has a pattern and an inventory; leave one; a row of the inventory is the stricter',
      "a.md:37:17: $service is no row of the inventory; give it inventory: instead of pattern:",
    ],
    [
      "a pattern that takes everything",
      "'^[a-z0-9-]{1,63}$'",
      "'.*'",
      'a.md:8:37: the pattern lets "x\\"} or vector(1) #" through; name the characters that are possible, such as \'^[a-z0-9-]{1,63}$\'',
    ],
    [
      "a pattern that takes a path",
      "'^[a-z0-9-]{1,63}$'",
      "'^[a-z0-9./-]+$'",
      "a.md:8:37: the pattern lets \"../../etc/passwd\" through; name the characters that are possible, such as '^[a-z0-9-]{1,63}$'",
    ],
    [
      "a pattern that is not RE2",
      "'^[a-z0-9-]{1,63}$'",
      "'(?<=a)b'",
      "a.md:8:37: the pattern is not RE2: error parsing regexp: invalid named capture: `(?<=a)b`; write it without look-around and back-references",
    ],
    [
      "from something else",
      "from: labels.pod",
      "from: annotations.pod",
      "a.md:8:16: a parameter comes from a label; write it like labels.service",
    ],
    [
      "a name with a dash",
      "pod: {",
      "the-pod: {",
      "a.md:8:3: a parameter's name is small letters, digits and _; choose another",
    ],
  ],
  steps: [
    [
      "an unknown action",
      "uses: k8s.restart",
      "uses: k8s.restrat",
      'a.md:35:7: there is no action "k8s.restrat"; write "k8s.restart"',
    ],
    [
      "an action like no other",
      "uses: k8s.restart",
      "uses: reboot",
      'a.md:35:7: there is no action "reboot"; actions here: approve, exec, github.workflow, http.request, k8s.cordon, k8s.evict, k8s.logs, k8s.restart, k8s.rollback, k8s.rolloutPlan, k8s.scale, notify, pagerduty.note, prometheus.query, slack.message, sql.call, sql.query, ticket, wait',
    ],
    ["an unknown key", "when: steps.pool", "whne: steps.pool", 'a.md:36:1: unknown key "whne"; write "when"'],
    [
      "an unknown argument",
      "with: { target: $service }",
      "with: { target: $service, replica: 3 }",
      'a.md:37:27: unknown key "replica"; keys here: namespace, deployment, target',
    ],
    [
      "no target",
      "with: { target: $service }",
      "with: {}",
      "a.md:37:7: k8s.restart needs a target; add target: $service, a row of the inventory, or namespace: and deployment:",
    ],
    [
      "a target that is a text",
      "with: { target: $service }",
      "with: { target: order-service }",
      "a.md:37:17: a target is a parameter from the inventory; write it like $service",
    ],
    [
      "a target that is no row",
      "with: { target: $service }",
      "with: { target: $pod }",
      "a.md:37:17: $pod is no row of the inventory; give it inventory: instead of pattern:",
    ],
    [
      "a second step of one id",
      "id: slow-statements",
      "id: pool",
      'a.md:24:5: a second step "pool"; the first is on line 17; give it another id',
      'a.md:36:18: sql.query finds no "value"; fields here: rows',
    ],
    ["an id that is a number", "id: tell", "id: 7", "a.md:42:5: expected a text; put quotes around it"],
    [
      "undo of what cannot be undone",
      "with: { target: $service }",
      "with: { target: $service }\nundo: { on: [verify-failed] }",
      "a.md:38:1: k8s.restart cannot be undone; remove undo",
    ],
    [
      "nobody approves",
      "approve: { from: ['@orders-oncall'], count: 1, expires: 10m }",
      "",
      "a.md:35:7: k8s.restart changes something, and nobody approves it; add approve: { from: ['@a-user-group'], count: 1 }, or mode: auto",
    ],
    [
      "approval of what changes nothing",
      "with: { to: incident, text: 'The",
      "approve: { from: ['@a'] }\nwith: { to: incident, text: 'The",
      "a.md:44:1: notify changes nothing that needs approval; remove approve; to ask people in between, use the action approve",
    ],
    [
      "approval by a person",
      "from: ['@orders-oncall']",
      "from: [alice]",
      "a.md:38:19: expected a user group such as @database-oncall, or $param.field of an inventory row; write one of them",
    ],
    [
      "one approves high risk",
      "uses: k8s.restart\n",
      "uses: github.workflow\n",
      'a.md:37:7: "repository" is missing; add repository: …',
      'a.md:37:7: "workflow" is missing; add workflow: …',
      'a.md:37:9: unknown key "target"; keys here: repository, workflow, ref, inputs',
      "a.md:38:10: github.workflow is of high risk and one person approves it; write count: 2",
    ],
    [
      "unless, where nothing runs by itself",
      "expires: 10m",
      "expires: 10m, unless: steps.pool.value > 0.95",
      "a.md:38:70: unless has a meaning in mode auto only; remove unless",
    ],
    [
      "a guard that changes something",
      "with: { target: $service }",
      "with: { target: $service }\nguard: { uses: k8s.cordon, with: { node: a }, holds: result.changed }",
      "a.md:38:16: k8s.cordon changes something; a guard only reads",
    ],
    [
      "a guard that asks for what is not found",
      "with: { target: $service }",
      "with: { target: $service }\nguard: { uses: prometheus.query, with: { query: up }, holds: result.valeu > 0.0 }",
      'a.md:38:69: prometheus.query finds no "valeu"; write "value"',
    ],
    [
      "YAML that does not end",
      "with: { target: $service }",
      "with: { target: $service",
      "a.md:38:1: Flow map in block collection must be sufficiently indented and end with a }; close the bracket, or indent what belongs to it",
    ],
    [
      "a list instead of keys",
      "with: { target: $service }",
      "with: [target]",
      "a.md:37:7: expected keys with values; write it like { key: value }",
    ],
    [
      "an argument that is missing",
      "uses: k8s.restart\n",
      "uses: k8s.scale\nundo: { on: [run-ended] }\n",
      'a.md:38:7: "replicas" is missing; add replicas: …',
    ],
    [
      "a number that is a text",
      "k8s.restart\nwhen: steps.pool.value > 0.9 && size(steps.slow_statements.rows) == 0\nwith: { target: $service",
      "k8s.scale\nwith: { target: $service, replicas: three",
      "a.md:36:37: expected a number; write it without quotes",
    ],
    [
      "a method that a parameter decides",
      "notify\nwith: { to: incident, text: 'The pool of {{ params.service.name }} was at {{ steps.pool.value }}.' }",
      "http.request\nwith: { url: 'https://a.example.com/', method: $pod }",
      "a.md:43:7: http.request changes something, and nobody approves it; add approve: { from: ['@a-user-group'], count: 2 }",
      "a.md:44:48: method decides what is done, not to what; write it out",
    ],
    [
      "a host that a parameter decides",
      "notify\nwith: { to: incident, text: 'The pool of {{ params.service.name }} was at {{ steps.pool.value }}.' }",
      "http.request\nwith: { url: 'https://$pod/a' }",
      "a.md:44:23: $pod inside a text; the protocol and the host of an address are fixed; write them out",
    ],
    [
      "a password in an address",
      "notify\nwith: { to: incident, text: 'The pool of {{ params.service.name }} was at {{ steps.pool.value }}.' }",
      "http.request\nwith: { url: 'https://me:secret@a.example.com/$pod' }",
      "a.md:44:14: no address that is allowed; write https://host/path, without user, password and fragment",
    ],
    [
      "half a part of a path",
      "notify\nwith: { to: incident, text: 'The pool of {{ params.service.name }} was at {{ steps.pool.value }}.' }",
      "http.request\nwith: { url: 'https://a.example.com/pod-$pod' }",
      "a.md:44:41: $pod inside a text; make the parameter a whole part of the path or a whole value after =",
    ],
    [
      "a shell",
      "notify\nwith: { to: incident, text: 'The pool of {{ params.service.name }} was at {{ steps.pool.value }}.' }\n",
      "exec\nwith: { argv: [/bin/drain, 'pod=$pod'] }\napprove: { from: ['@a'], count: 2 }\n",
      "a.md:44:33: $pod inside a text; make the parameter a whole argument",
    ],
    [
      "a program that a parameter decides",
      "notify\nwith: { to: incident, text: 'The pool of {{ params.service.name }} was at {{ steps.pool.value }}.' }\n",
      "exec\nwith: { argv: [$service.program] }\napprove: { from: ['@a'], count: 2 }\n",
      "a.md:44:16: argv.0 decides what is done, not to what; write it out",
    ],
    [
      "a call that a parameter decides",
      "notify\nwith: { to: incident, text: 'The pool of {{ params.service.name }} was at {{ steps.pool.value }}.' }\n",
      "sql.call\nwith: { datasource: orders, call: $pod, pids: [1] }\napprove: { from: ['@a'] }\n",
      "a.md:44:35: call decides what is done, not to what; write it out",
    ],
    [
      "a workflow that a step decides",
      "notify\nwith: { to: incident, text: 'The pool of {{ params.service.name }} was at {{ steps.pool.value }}.' }\n",
      "github.workflow\nwith: { repository: example/shop, workflow: 'steps.pool.series[0].labels.file' }\napprove: { from: ['@a'], count: 2 }\n",
      "a.md:44:45: workflow decides what is done, not to what; write it out",
    ],
    [
      "a program by its name",
      "notify\nwith: { to: incident, text: 'The pool of {{ params.service.name }} was at {{ steps.pool.value }}.' }\n",
      "exec\nwith: { argv: [drain] }\napprove: { from: ['@a'], count: 2 }\n",
      "a.md:44:16: the program must be an absolute path; write one of automation.commands",
    ],
  ],
  fences: [
    [
      "a step that is misspelt",
      "```yaml step\nid: tell",
      "```yaml setp\nid: tell",
      'a.md:41:1: a fence marked "yaml setp" never runs; write ```yaml step',
    ],
    [
      "a step marked yml",
      "```yaml step\nid: tell",
      "```yml step\nid: tell",
      'a.md:41:1: a fence marked "yml step" never runs; write ```yaml step',
    ],
    [
      "a step in a quotation",
      "```bash\nkubectl -n shop get pods\n```",
      "> ```yaml step\n> id: x\n> ```",
      "a.md:47:3: a step inside a list or a quotation; move it to the left margin; only there it can run",
    ],
    [
      "no verify",
      '```yaml verify\npromql: max(latency_seconds{service="$service"}) < 1\nfor: 3m\nwithin: 10m\n```',
      "Look.",
      "a.md:35:7: it changes something, and the runbook has no verify; add a fence ```yaml verify with promql, for, within",
    ],
    [
      "two",
      "```bash\nkubectl -n shop get pods\n```",
      "```yaml verify\npromql: up < 1\n```",
      "a.md:53:1: a second verify; leave one; its promql may be a list",
    ],
    [
      "no front matter",
      GOOD_RUNBOOK.slice(0, GOOD_RUNBOOK.indexOf("# Orders")),
      "",
      "a.md:5:1: a step, but the file has no front matter that says when it is for; begin the file with ---, id, title, owner, match, ---",
    ],
  ],
  conditions: [
    [
      "syntax",
      "steps.pool.value > 0.9 &&",
      "steps.pool.value > &&",
      "a.md:36:26: no condition: Unexpected token: AND; see docs/runbooks.md, Conditions",
    ],
    [
      "a field that is not found",
      "steps.pool.value > 0.9",
      "steps.pool.vale > 0.9",
      'a.md:36:18: prometheus.query finds no "vale"; write "value"',
    ],
    [
      "a step that there is not",
      "steps.pool.value > 0.9",
      "steps.poll.value > 0.9",
      'a.md:36:13: there is no step "poll" before this one; write "pool"',
    ],
    [
      "a step that comes later",
      "steps.pool.value > 0.9",
      "steps.tell.value > 0.9",
      'a.md:36:13: step "tell" does not come before this one; move that step up; a condition knows the steps before it',
    ],
    [
      "itself",
      "steps.pool.value > 0.9",
      "steps.restart.restartedAt != ''",
      'a.md:36:13: step "restart" does not come before this one; move that step up; a condition knows the steps before it',
    ],
    [
      "a dash",
      "steps.slow_statements.rows",
      "steps.slow-statements.rows",
      'a.md:36:44: "slow-statements" reads as a subtraction; write steps.slow_statements',
    ],
    [
      "a text compared with a number",
      "steps.pool.value > 0.9",
      'steps.pool.value > "0.9"',
      "a.md:36:7: these do not go together: double > string; compare numbers with numbers and texts with texts",
    ],
    [
      "a whole number for equality",
      "steps.pool.value > 0.9",
      "steps.pool.value == 1",
      "a.md:36:7: a decimal and a whole number: no such overload: double == int; write the number with a fraction, such as 1.0",
    ],
    [
      "no truth",
      "steps.pool.value > 0.9 && size(steps.slow_statements.rows) == 0",
      "steps.pool.value",
      "a.md:36:7: it is a double, not true or false; compare it with something",
    ],
    [
      "matches()",
      "steps.pool.value > 0.9",
      'labels.pod.matches("(a+)+$")',
      "a.md:36:7: matches() is not allowed, its expressions can take for ever; compare with ==, in, startsWith() or contains()",
    ],
    [
      "an unknown name",
      "steps.pool.value > 0.9",
      "pool.value > 0.9",
      'a.md:36:7: "pool" is unknown; names here: params, labels, steps',
    ],
    [
      "an unknown parameter",
      "steps.pool.value > 0.9",
      'params.servce.name == "a"',
      'a.md:36:14: there is no parameter "servce"; write "service"',
    ],
    [
      "unless speaks of what is not found",
      "expires: 10m",
      "expires: 10m, unless: steps.pool.vale > 0.95",
      "a.md:38:70: unless has a meaning in mode auto only; remove unless",
      'a.md:38:81: prometheus.query finds no "vale"; write "value"',
    ],
  ],
  PromQL: [
    [
      "no PromQL",
      "max(pool_usage{",
      "max(pool_usage{{",
      'a.md:20:32: no PromQL from "{service=\\"$service\\"}" on; try the query in Prometheus',
    ],
    [
      "a parameter beside other text",
      '"$service"',
      '"$service-.*"',
      'a.md:20:41: $service stands where it could change the query; write it as the whole value of a label, in double quotes: label="$service"',
    ],
    [
      "a parameter as a metric",
      'max(pool_usage{service="$service"})',
      "max($service)",
      'a.md:20:21: $service stands where it could change the query; write it as the whole value of a label, in double quotes: label="$service"',
    ],
    [
      "a rate of a moment",
      "max(pool_usage",
      "rate(pool_usage",
      "a.md:20:17: rate() is of a stretch of time; say of how long, such as metric[5m]",
    ],
    [
      "a parameter in a raw string",
      '"$service"',
      "`$service`",
      'a.md:20:41: $service stands where it could change the query; write it as the whole value of a label, in double quotes: label="$service"',
    ],
    [
      "an unknown parameter",
      '"$service"})\' }',
      '"$servce"})\' }',
      'a.md:20:41: there is no parameter $servce; write "service"',
    ],
    [
      "a field of a text",
      '"$service"})\' }',
      '"$pod.name"})\' }',
      "a.md:20:41: $pod is a text and has no fields; write $pod, or take it from the inventory",
    ],
    [
      "a verify that says not when it is good",
      '"$service"}) < 1',
      '"$service"})',
      "a.md:54:9: it says not when it is good; write it as expression < number; brackets around the expression when it has operators of its own",
    ],
    [
      "a verify that compares two measures",
      '"$service"}) < 1',
      '"$service"}) < max(slo)',
      "a.md:54:9: it says not when it is good; write it as expression < number; brackets around the expression when it has operators of its own",
    ],
    [
      "a verify with an unknown parameter",
      '"$service"}) < 1',
      '"$servic"}) < 1',
      'a.md:54:38: there is no parameter $servic; write "service"',
    ],
  ],
  SQL: [
    [
      "no SQL",
      "SELECT pid FROM",
      "SELEC pid FROM",
      'a.md:26:43: no SQL: syntax error at or near "SELEC"; try the statement in psql',
    ],
    [
      "two statements",
      "application_name = $1'",
      "application_name = $1; SELECT 1'",
      "a.md:26:43: 2 statements; write exactly one",
    ],
    [
      "a statement that changes something",
      "SELECT pid FROM pg_stat_activity WHERE application_name = $1",
      "DELETE FROM orders WHERE id = $1",
      "a.md:26:43: DELETE is not read only; write a SELECT; what changes something is a reviewed sql.call",
    ],
    [
      "one inside a SELECT",
      "SELECT pid FROM pg_stat_activity",
      "WITH x AS (DELETE FROM orders RETURNING *) SELECT 1 AS pid FROM x",
      "a.md:26:43: DELETE inside a SELECT; only read here",
    ],
    [
      "a function that acts",
      "SELECT pid FROM",
      "SELECT pg_terminate_backend(pid) FROM",
      "a.md:26:50: pg_terminate_backend() acts, also in a read-only transaction; only read here; what changes something is a reviewed sql.call",
    ],
    [
      "a lock",
      "application_name = $1'",
      "application_name = $1 FOR UPDATE'",
      "a.md:26:43: FOR UPDATE or FOR SHARE locks rows; remove it",
    ],
    ["a table", "SELECT pid FROM", "SELECT pid INTO x FROM", "a.md:26:43: SELECT INTO makes a table; remove INTO"],
    [
      "a parameter in the text",
      "= $1'",
      "= $pod'",
      "a.md:26:101: $pod in the text of a statement; write $1 there, and the parameter in args",
    ],
    [
      "an argument that is missing",
      "args: [$pod]",
      "args: []",
      "a.md:26:101: $1 has no argument; give 1 values in args",
    ],
    [
      "an argument too many",
      "args: [$pod]",
      "args: [$pod, 1]",
      "a.md:26:43: 2 args, but the statement has 1 of $1, $2 …; leave out what is not used",
    ],
    [
      "a datasource that is half a parameter",
      "datasource: orders/replica",
      "datasource: orders-$pod",
      "a.md:26:28: $pod inside a text; make the parameter a whole part between slashes",
    ],
    [
      "what a step found as a datasource",
      "datasource: orders/replica",
      "datasource: steps.pool.value",
      "a.md:26:21: what a step found cannot stand here; take a parameter, or write it out",
    ],
  ],
  messages: [
    [
      "a tag that includes",
      "The pool of",
      '{% include "/etc/passwd" %}',
      'a.md:44:30: no template: tag "include" not found; see docs/runbooks.md, Messages',
    ],
    [
      "an unknown filter",
      "steps.pool.value }}",
      "steps.pool.value | shell }}",
      "a.md:44:75: no template: undefined filter: shell; see docs/runbooks.md, Messages",
    ],
    [
      "the filter that switches escaping off",
      "steps.pool.value }}",
      "steps.pool.value | raw }}",
      "a.md:44:75: no template: undefined filter: raw; see docs/runbooks.md, Messages",
    ],
    [
      "what does not end",
      "steps.pool.value }}",
      "steps.pool.value",
      'a.md:44:75: no template: output "{{ steps.pool.value." not closed; see docs/runbooks.md, Messages',
    ],
    [
      "a step that there is not",
      "steps.pool.value }}",
      "steps.poll.value }}",
      'a.md:44:78: there is no step "poll" before this one; write "pool"',
    ],
    [
      "a field that is not found",
      "steps.pool.value }}",
      "steps.pool.values }}",
      'a.md:44:78: prometheus.query finds no "values"; write "value"',
    ],
    [
      "a whole row",
      "params.service.name",
      "params.service",
      "a.md:44:45: service is a row of the inventory; write params.service.name, or another of its fields",
    ],
    [
      "a parameter in another way",
      "{{ params.service.name }}",
      "$service",
      "a.md:44:42: $service is no part of a message; write {{ params.service }}",
    ],
    [
      "an unknown name",
      "{{ params.service.name }}",
      "{{ incident.title }}",
      'a.md:44:45: "incident" is unknown; names here: params, labels, steps',
    ],
  ],
};

for (const [part, faults] of Object.entries(FAULTS))
  describe(part, () => {
    test.each(faults)("%s", async (_, good, bad, ...reply) => {
      expect(GOOD_RUNBOOK.split(good).length, `"${good}" must stand once in the runbook`).toBeGreaterThan(1);
      const { problems } = await checkRunbook(
        GOOD_RUNBOOK.replace(good, () => bad),
        "a.md",
      );
      expect(problems.map(formatProblem)).toEqual(reply);
    });
  });

test("a reference to a step with a mistake is not reported too", async () => {
  const { problems } = await checkRunbook(GOOD_RUNBOOK.replace("id: pool\n", "id: pool\nwehn: 'true'\n"), "a.md");
  expect(problems.map(formatProblem)).toEqual(['a.md:19:1: unknown key "wehn"; write "when"']);
});

test("the runbook that they are planted in is a good one", async () => {
  expect((await checkRunbook(GOOD_RUNBOOK, "a.md")).problems).toEqual([]);
});
