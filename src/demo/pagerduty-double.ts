import { createHmac, randomUUID } from "node:crypto";
import { createServer, type IncomingMessage } from "node:http";
import type { AddressInfo, Socket } from "node:net";
import { z } from "zod";

const Url = z.url();
/** https://developer.pagerduty.com/docs/events-api-v2/overview/: everything that is not here is refused. */
const EventBody = z.discriminatedUnion("event_action", [
  z.strictObject({
    routing_key: z.string().length(32),
    event_action: z.literal("trigger"),
    dedup_key: z.string().max(255).optional(),
    client: z.string().optional(),
    client_url: Url.optional(),
    links: z.array(z.strictObject({ href: Url, text: z.string().optional() })).optional(),
    images: z
      .array(z.strictObject({ src: z.url({ protocol: /^https$/ }), href: Url.optional(), alt: z.string().optional() }))
      .optional(),
    payload: z.strictObject({
      summary: z.string().min(1).max(1_024),
      source: z.string().min(1),
      severity: z.enum(["critical", "error", "warning", "info"]),
      timestamp: z.string().optional(),
      component: z.string().optional(),
      group: z.string().optional(),
      class: z.string().optional(),
      custom_details: z.looseObject({}).optional(),
    }),
  }),
  z.strictObject({
    routing_key: z.string().length(32),
    event_action: z.enum(["acknowledge", "resolve"]),
    dedup_key: z.string().max(255),
  }),
]);
const Change = z.strictObject({
  incident: z.strictObject({
    type: z.enum(["incident", "incident_reference"]),
    escalation_level: z.number().int().min(1).optional(),
    priority: z.strictObject({ id: z.string(), type: z.literal("priority_reference") }).optional(),
    conference_bridge: z.strictObject({ conference_url: Url }).optional(),
  }),
});
const Responders = z.strictObject({
  requester_id: z.string().min(1),
  message: z.string().min(1),
  responder_request_targets: z
    .array(
      z.strictObject({
        responder_request_target: z.strictObject({
          id: z.string().min(1),
          type: z.enum(["user_reference", "escalation_policy_reference"]),
        }),
      }),
    )
    .min(1),
});
export type PagerEvent = z.output<typeof EventBody>;

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

/** What goes wrong with the next requests: a status, a connection that breaks before ("cut") or after ("lost") it was done, or silence. */
export type PagerFault =
  | { readonly status: number; readonly headers?: Readonly<Record<string, string>>; readonly body?: string }
  | "none"
  | "cut"
  | "lost"
  | "silence";

/** A strict PagerDuty: Events API v2, as much of REST v2 as is used, and webhooks v3. */
export type PagerDutyDouble = {
  readonly url: string;
  readonly token: string;
  readonly routingKey: string;
  /** Every event that was accepted. */
  readonly events: readonly PagerEvent[];
  /** Whatever PagerDuty would have refused, and why. */
  readonly violations: readonly string[];
  readonly requests: () => number;
  readonly incidents: ReadonlyMap<string, PagerIncident>;
  /** What the account has paid for. */
  readonly plan: { responders: boolean };
  readonly schedules: Map<
    string,
    readonly { readonly user: string; readonly start: string | null; readonly end: string | null }[]
  >;
  fault(...faults: readonly PagerFault[]): void;
  /** Somebody does something there: PagerDuty tells the product, signed. */
  webhook(
    to: string,
    type: string,
    options: WebhookOptions,
  ): Promise<{ readonly status: number; readonly body: string }>;
  close(): Promise<void>;
};

export type WebhookOptions = {
  readonly key: string;
  readonly agent?: object | null;
  readonly data?: object;
  readonly secrets?: readonly string[];
  readonly id?: string;
  readonly signature?: string;
  readonly at?: number;
};

export const ROUTING_KEY = "a".repeat(32);
const USER = {
  id: "PALICE1",
  type: "user_reference",
  summary: "Alice Adams",
  html_url: "https://example.pagerduty.com/users/PALICE1",
};

export async function startPagerDuty(): Promise<PagerDutyDouble> {
  const events: PagerEvent[] = [];
  const violations: string[] = [];
  const incidents = new Map<string, PagerIncident>();
  const faults: PagerFault[] = [];
  const sockets = new Set<Socket>();
  let count = 0;
  const token = "pd-rest-token";
  const plan = { responders: true };
  const schedules = new Map<
    string,
    readonly { readonly user: string; readonly start: string | null; readonly end: string | null }[]
  >();

  const enqueue = (text: string): { readonly status: number; readonly body: object } => {
    if (Buffer.byteLength(text) > 524_288) return refuse("body larger than 512 KB");
    const parsed = EventBody.safeParse(JSON.parse(text));
    if (!parsed.success) return refuse(z.prettifyError(parsed.error));
    const event = parsed.data;
    if (event.routing_key !== ROUTING_KEY) return refuse("routing_key is unknown");
    events.push(event);
    const key = event.dedup_key ?? randomUUID();
    const open = incidents.get(key);
    if (event.event_action === "trigger") {
      // What is open is joined and wakes nobody; what is over begins anew.
      if (open === undefined || open.status === "resolved")
        incidents.set(key, {
          id: `Q${incidents.size + 1}`,
          key,
          status: "triggered",
          notes: [],
          summary: event.payload.summary,
          level: 1,
          priority: null,
          conference: null,
          responders: [],
        });
    } else if (open !== undefined && open.status !== "resolved")
      open.status = event.event_action === "resolve" ? "resolved" : "acknowledged";
    return { status: 202, body: { status: "success", message: "Event processed", dedup_key: key } };
  };
  const refuse = (why: string): { readonly status: number; readonly body: object } => {
    violations.push(why);
    return { status: 400, body: { status: "invalid event", message: "Event object is invalid", errors: [why] } };
  };
  const rest = (request: IncomingMessage, text: string): { readonly status: number; readonly body: object } => {
    if (request.headers.authorization !== `Token token=${token}`)
      return { status: 401, body: { error: { message: "Unauthorized", code: 2006 } } };
    if (request.headers.accept !== "application/vnd.pagerduty+json;version=2") return refuse("no version in accept");
    const url = new URL(request.url ?? "/", "http://pd");
    const notes = /^\/incidents\/(\w+)\/notes$/.exec(url.pathname);
    const found = notes === null ? undefined : [...incidents.values()].find(({ id }) => id === notes[1]);
    if (notes !== null && found === undefined)
      return { status: 404, body: { error: { message: "Not Found", code: 2100 } } };
    if (found !== undefined && request.method === "POST") {
      if (!/@/.test(request.headers.from ?? "")) return refuse("a note without a From header");
      found.notes.push((JSON.parse(text) as { note: { content: string } }).note.content);
      return { status: 200, body: { note: {} } };
    }
    if (found !== undefined) return { status: 200, body: { notes: found.notes.map((content) => ({ content })) } };
    const one = /^\/incidents\/(\w+)(\/responder_requests)?$/.exec(url.pathname);
    if (one !== null) {
      const incident = [...incidents.values()].find(({ id }) => id === one[1]);
      if (incident === undefined) return { status: 404, body: { error: { message: "Not Found", code: 2100 } } };
      if (request.method === "GET")
        return {
          status: 200,
          body: {
            incident: {
              id: incident.id,
              incident_key: incident.key,
              responder_requests: incident.responders.map(({ message }) => ({ message })),
            },
          },
        };
      if (one[2] !== undefined && !plan.responders)
        return { status: 402, body: { error: { message: "Account does not have the abilities", code: 2014 } } };
      const body = one[2] === undefined ? Change.safeParse(JSON.parse(text)) : Responders.safeParse(JSON.parse(text));
      if (!body.success) return refuse(z.prettifyError(body.error));
      if (one[2] === undefined && !/@/.test(request.headers.from ?? ""))
        return refuse("a change without a From header");
      if ("incident" in body.data) {
        const { escalation_level: level, priority, conference_bridge: bridge } = body.data.incident;
        if (level !== undefined && level > 3)
          return {
            status: 400,
            body: { error: { message: "Invalid Input Provided", errors: ["Escalation level is invalid"] } },
          };
        if (level !== undefined) incident.level = level;
        if (priority !== undefined) incident.priority = priority.id;
        if (bridge !== undefined) incident.conference = bridge.conference_url;
      } else
        incident.responders.push({
          message: body.data.message,
          targets: body.data.responder_request_targets.map((each) => each.responder_request_target.id),
        });
      return { status: 200, body: {} };
    }
    if (url.pathname === "/priorities")
      return {
        status: 200,
        body: { priorities: ["P0", "P1", "P2", "P3"].map((name) => ({ id: `PRIO${name}`, name })) },
      };
    if (url.pathname === "/oncalls") {
      const shifts = schedules.get(url.searchParams.get("schedule_ids[]") ?? "") ?? [];
      return {
        status: 200,
        body: {
          oncalls: shifts.map(({ user, start, end }) => ({ user: { id: user, type: "user" }, start, end })),
          more: false,
        },
      };
    }
    if (url.pathname === "/users") return { status: 200, body: { users: [{ id: "PMUSTER", name: "Muster" }] } };
    if (url.pathname === "/incidents") {
      const of = incidents.get(url.searchParams.get("incident_key") ?? "");
      return {
        status: 200,
        body: { incidents: of === undefined ? [] : [{ id: of.id, incident_key: of.key, status: of.status }] },
      };
    }
    return refuse(`no such resource: ${request.method} ${url.pathname}`);
  };

  const server = createServer((request, response) => {
    let text = "";
    request.on("data", (chunk: Buffer) => (text += chunk.toString()));
    request.on("end", () => {
      count++;
      const fault = faults.shift();
      if (fault === "silence") return;
      if (fault === "cut") return void request.socket.destroy();
      if (typeof fault === "object") return void response.writeHead(fault.status, fault.headers).end(fault.body ?? "");
      const { status, body } =
        request.url === "/v2/enqueue" && request.method === "POST" ? enqueue(text) : rest(request, text);
      if (fault === "lost") return void request.socket.destroy();
      response.writeHead(status, { "content-type": "application/json" }).end(JSON.stringify(body));
    });
  });
  server.on("connection", (socket) => {
    sockets.add(socket);
    socket.on("close", () => sockets.delete(socket));
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));

  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    token,
    routingKey: ROUTING_KEY,
    events,
    violations,
    requests: () => count,
    incidents,
    plan,
    schedules,
    fault: (...more) => void faults.push(...more),
    async webhook(
      to,
      type,
      {
        key,
        agent = USER,
        data = {},
        secrets = ["pd-secret"],
        id = randomUUID(),
        signature,
        at = Date.UTC(2026, 10, 21, 14, 32, 30),
      },
    ) {
      const of = incidents.get(key);
      // People act on what is there; an action that is told changed it.
      const becomes = { "incident.acknowledged": "acknowledged", "incident.resolved": "resolved" } as const;
      if (of !== undefined && Object.hasOwn(becomes, type)) of.status = becomes[type as keyof typeof becomes];
      const inner = {
        id: of?.id ?? "Q0",
        type: "incident",
        incident_key: key,
        html_url: `https://example.pagerduty.com/incidents/${of?.id}`,
        status: of?.status,
        assignees: [USER],
      };
      // As PagerDuty sends it: the incident by its id, and not by its key.
      const note = {
        type: "incident_note",
        incident: { id: of?.id ?? "Q0", type: "incident_reference", summary: "…" },
      };
      const body = JSON.stringify({
        event: {
          id: `01${id}`,
          event_type: type,
          resource_type: "incident",
          occurred_at: new Date(at).toISOString(),
          agent,
          client: null,
          data: /annotated|status_update_published|responder/.test(type) ? { ...note, ...data } : { ...inner, ...data },
        },
      });
      const signed = secrets
        .map((secret) => `v1=${createHmac("sha256", secret).update(body).digest("hex")}`)
        .join(", ");
      const response = await fetch(`${to}/webhooks/pagerduty`, {
        method: "POST",
        body,
        headers: {
          "content-type": "application/json",
          "x-webhook-id": id,
          "x-pagerduty-signature": signature ?? signed,
        },
      });
      return { status: response.status, body: await response.text() };
    },
    async close() {
      for (const socket of sockets) socket.destroy();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}
