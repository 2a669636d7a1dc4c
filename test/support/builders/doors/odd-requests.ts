import { gzipSync } from "node:zlib";
import fc from "fast-check";
import { almostForm, almostJson, anyBrokenBody } from "./odd-bodies.ts";
import {
  ALERT_DELIVERY,
  FORM_FIELDS,
  JSON_BODIES,
  PAGERDUTY_EVENTS,
  SLACK_COMMAND,
  SLACK_EVENTS,
  SLACK_PAYLOADS,
} from "./door-bodies.ts";

export const JSON_TYPE = "application/json";
export const FORM_TYPE = "application/x-www-form-urlencoded";

/** What people can ask for by a query. */
const PARAMETERS = [
  "incident runbook limit cursor status priority service private team at from to zone signature muted since format as of",
  "said page kind text before after mark person back fresh state code error",
]
  .join(" ")
  .split(" ");

const anySegment = fc.oneof(
  fc.constantFrom("INC-1", "RUN-1", "summary", "1", "0", "-1", "C1", "E999999999999999999999", "x".repeat(5_000)),
  fc.constantFrom(
    "%",
    "%E0%A4%A",
    "%00",
    "a%00b",
    "%ff",
    "%c0%ae",
    "..",
    ";",
    "a%2Fb",
    "__proto__",
    "constructor",
    "%E2%80%AE",
  ),
  fc.string({ unit: "binary", maxLength: 20 }).map((text) => encodeURIComponent(text.toWellFormed()) || "-"),
);

/** Addresses of a door, `path`: with any words in it, and any query. */
export function anyAddress(path: string): fc.Arbitrary<string> {
  const names = path.match(/:\w+/g) ?? [];
  const query = fc.array(fc.tuple(fc.constantFrom(...PARAMETERS, "x[y]", "__proto__"), anySegment), { maxLength: 3 });
  return fc
    .tuple(fc.array(anySegment, { minLength: names.length, maxLength: names.length }), query)
    .map(([words, asked]) => {
      const left = [...words];
      const address = path.replace(/:\w+/g, () => left.pop()!);
      return asked.length === 0 ? address : `${address}?${asked.map((pair) => pair.join("=")).join("&")}`;
    });
}

const typed = (type: string) => (body: string | Buffer) => ({ body, type });
const jsonOf = (value: unknown): string => JSON.stringify(value) ?? "null";

/** Stands in a form for what shows that it is ours, which is known once a browser has opened a page. */
export const FORM_MARK = "the-mark-of-our-forms";

type TypedBody = { readonly body: string | Buffer; readonly type: string };

/** Bodies of a door, all but right. */
function rightBodies(path: string): fc.Arbitrary<TypedBody> {
  if (path === "/slack/events") {
    const payloads = SLACK_PAYLOADS.map((payload) =>
      almostJson(payload).map((own) => new URLSearchParams({ payload: jsonOf(own) }).toString()),
    );
    return fc.oneof(
      fc.oneof(...payloads, almostForm(SLACK_COMMAND)).map(typed(FORM_TYPE)),
      fc.oneof(...SLACK_EVENTS.map((event) => almostJson(event).map(jsonOf))).map(typed(JSON_TYPE)),
    );
  }
  if (path === "/webhooks/pagerduty")
    return fc.oneof(...PAGERDUTY_EVENTS.map((event) => almostJson(event).map(jsonOf))).map(typed(JSON_TYPE));
  if (path.startsWith("/webhooks/")) return almostJson(ALERT_DELIVERY).map(jsonOf).map(typed(JSON_TYPE));
  if (path.startsWith("/api/"))
    return almostJson(JSON_BODIES[path] ?? { as: "Alice" })
      .map(jsonOf)
      .map(typed(JSON_TYPE));
  return almostForm({ ...FORM_FIELDS, csrf: FORM_MARK }).map(typed(FORM_TYPE));
}

/** A body with its type; packed: `plain` is what a signature is made over. */
export type OddBody = TypedBody & { readonly plain: string | Buffer; readonly isPacked: boolean };

/** Bodies of a door, all but right or broken. `FORM_MARK` stands where a form has what shows that it is ours. */
export function anyBody(path: string): fc.Arbitrary<OddBody> {
  const types = fc.constantFrom(JSON_TYPE, FORM_TYPE, "text/markdown", "x");
  const broken = fc.tuple(anyBrokenBody, types).map(([body, type]) => ({ body, type }));
  const some = fc.oneof({ weight: 6, arbitrary: rightBodies(path) }, { weight: 1, arbitrary: broken });
  // Slack packs nothing, and Bolt unpacks nothing.
  const packed = path === "/slack/events" ? fc.constant(0) : fc.nat(5);
  return fc.tuple(some, packed).map(([{ body, type }, n]) => ({
    ...{ type, plain: body, isPacked: n === 5 },
    body: n === 5 ? gzipSync(body) : body,
  }));
}

/** Headers that take the place of the right ones. */
export const anyHeaders = fc.oneof(
  { weight: 3, arbitrary: fc.constant({}) },
  {
    weight: 1,
    arbitrary: fc.record(
      {
        authorization: fc.constantFrom(
          `Bearer a token of the setting`,
          "Basic bTphIHRva2VuIG9mIHRoZSBzZXR0aW5n",
          "Basic AA==",
          "Bearer wrong",
          "x",
          "",
        ),
        "content-type": fc.constantFrom(
          JSON_TYPE,
          `${JSON_TYPE}; charset=klingon`,
          `${JSON_TYPE}; charset=utf-16`,
          FORM_TYPE,
          "multipart/form-data",
          "x",
          "",
        ),
        "content-encoding": fc.constantFrom("gzip", "br", "zip", "identity", "x-gzip", ""),
        accept: fc.constantFrom("text/html", JSON_TYPE, "text/csv", "text/markdown", ";", "*/*"),
        cookie: fc.constantFrom("__Host-muster=%", "__Host-muster=a.b", ";;=", "=", "__proto__=x"),
        "if-match": fc.constantFrom("x", '"1"', "*", "W/"),
        origin: fc.constantFrom("null", "https://evil.example.com", "x"),
        host: fc.constantFrom("evil.example.com", "[::1", "x:y"),
        "x-forwarded-for": fc.constantFrom("203.0.113.9", "::", "x", ",,"),
        "x-slack-retry-num": fc.constantFrom("1", "x", "-1"),
        "x-slack-request-timestamp": fc.constantFrom("0", "x", "1e99", "-1", "0.5"),
        "x-slack-signature": fc.constantFrom("", "v0=", "v0", "="),
        range: fc.constantFrom("bytes=0-", "x"),
        "last-event-id": fc.constantFrom("x", "-1"),
      },
      { requiredKeys: [] },
    ),
  },
);
