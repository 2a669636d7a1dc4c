import type { IncomingMessage } from "node:http";
import { z } from "zod";
import type { PagerAccount, PagerAnswer, PagerIncident } from "./pagerduty-account.ts";
import { IncidentChange, ResponderRequest } from "./pagerduty-schemas.ts";

const NOT_FOUND: PagerAnswer = { status: 404, body: { error: { message: "Not Found", code: 2100 } } };

/** As much of REST v2 as is used. */
export function answerRest(account: PagerAccount, request: IncomingMessage, text: string): PagerAnswer {
  if (request.headers.authorization !== `Token token=${account.token}`)
    return { status: 401, body: { error: { message: "Unauthorized", code: 2006 } } };
  if (request.headers.accept !== "application/vnd.pagerduty+json;version=2")
    return account.refuse("no version in accept");
  const url = new URL(request.url ?? "/", "http://pd");
  const notes = /^\/incidents\/(\w+)\/notes$/.exec(url.pathname);
  if (notes !== null) {
    const incident = incidentById(account, notes[1]!);
    return incident === null ? NOT_FOUND : answerNotes(account, incident, request, text);
  }
  const one = /^\/incidents\/(\w+)(\/responder_requests)?$/.exec(url.pathname);
  if (one !== null) {
    const incident = incidentById(account, one[1]!);
    if (incident === null) return NOT_FOUND;
    if (request.method === "GET") return { status: 200, body: { incident: presentIncident(incident) } };
    return one[2] === undefined
      ? changeIncident(account, incident, request, text)
      : requestResponders(account, incident, text);
  }
  const list = LISTS[url.pathname];
  return list === undefined
    ? account.refuse(`no such resource: ${request.method} ${url.pathname}`)
    : { status: 200, body: list(account, url.searchParams) };
}

/** What is listed, by its path. */
const LISTS: Readonly<Record<string, (account: PagerAccount, query: URLSearchParams) => object>> = {
  "/priorities": ({ priorities }) => ({ priorities: priorities.map((name) => ({ id: `PRIO${name}`, name })) }),
  "/oncalls": ({ schedules }, query) => ({
    oncalls: (schedules.get(query.get("schedule_ids[]") ?? "") ?? []).map(({ user, start, end }) => ({
      user: { id: user, type: "user" },
      start,
      end,
    })),
    more: false,
  }),
  // As PagerDuty does: whatever resembles the query, in pages.
  "/users": ({ users }, query) => {
    const wanted = query.get("query")?.toLowerCase() ?? "";
    const [offset, limit] = ["offset", "limit"].map((name) => Number(query.get(name) ?? "0")) as [number, number];
    const found = users.filter(({ name, email }) => `${name} ${email}`.toLowerCase().includes(wanted));
    return { users: found.slice(offset, offset + limit), more: found.length > offset + limit };
  },
  "/incidents": ({ incidents }, query) => {
    const of = incidents.get(query.get("incident_key") ?? "");
    return { incidents: of === undefined ? [] : [{ id: of.id, incident_key: of.key, status: of.status }] };
  },
};

function incidentById({ incidents }: PagerAccount, wanted: string): PagerIncident | null {
  return [...incidents.values()].find(({ id }) => id === wanted) ?? null;
}

function presentIncident({ id, key, responders }: PagerIncident): object {
  return { id, incident_key: key, responder_requests: responders.map(({ message }) => ({ message })) };
}

function answerNotes(
  account: PagerAccount,
  { notes }: PagerIncident,
  request: IncomingMessage,
  text: string,
): PagerAnswer {
  if (request.method !== "POST") return { status: 200, body: { notes: notes.map((content) => ({ content })) } };
  if (!hasSender(request)) return account.refuse("a note without a From header");
  notes.push((JSON.parse(text) as { note: { content: string } }).note.content);
  return { status: 200, body: { note: {} } };
}

function changeIncident(
  account: PagerAccount,
  incident: PagerIncident,
  request: IncomingMessage,
  text: string,
): PagerAnswer {
  const body = IncidentChange.safeParse(JSON.parse(text));
  if (!body.success) return account.refuse(z.prettifyError(body.error));
  if (!hasSender(request)) return account.refuse("a change without a From header");
  const { escalation_level: level, priority, conference_bridge: bridge } = body.data.incident;
  if (level !== undefined && level > 3)
    return {
      status: 400,
      body: { error: { message: "Invalid Input Provided", errors: ["Escalation level is invalid"] } },
    };
  if (level !== undefined) incident.level = level;
  if (priority !== undefined) incident.priority = priority.id;
  if (bridge !== undefined) incident.conference = bridge.conference_url;
  return { status: 200, body: {} };
}

function requestResponders(account: PagerAccount, incident: PagerIncident, text: string): PagerAnswer {
  if (!account.plan.responders)
    return { status: 402, body: { error: { message: "Account does not have the abilities", code: 2014 } } };
  const body = ResponderRequest.safeParse(JSON.parse(text));
  if (!body.success) return account.refuse(z.prettifyError(body.error));
  incident.responders.push({
    message: body.data.message,
    targets: body.data.responder_request_targets.map((each) => each.responder_request_target.id),
  });
  return { status: 200, body: {} };
}

function hasSender(request: IncomingMessage): boolean {
  return /@/.test(request.headers.from ?? "");
}
