import { describeFaults } from "#test/support/builders/planted-faults.ts";

// What stands above the steps.

describeFaults({
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
      "a.md:9:7: none of the values that are possible here; write one of off, suggest, diagnose, approve, auto",
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
});
