import { MINUTE_MS } from "#domain/values/duration.ts";
import { oneLine } from "#domain/values/text.ts";
import type { TicketLine, TicketText } from "#domain/tickets/ticket-text.ts";
import { PortError } from "#ports/port-error.ts";
import type { TicketNote, TicketOutcome, Ticket, TicketAttempt, TicketRequest, Tickets } from "#ports/tickets.ts";
import { createJiraClient, type JiraAccess } from "./client.ts";
import { isFieldRefusal, unreadableAnswer } from "./errors.ts";
import { renderJiraDocument, toJiraLabels } from "./jira-document.ts";
import { chooseTransition } from "./jira-transitions.ts";

/** Where tickets go, as what, with which labels besides the incident's, and to whom: an account id or an e-mail address. */
export type JiraPlace = {
  readonly project: string;
  readonly issueType: string;
  /** Further fields of an issue, by their ids. */
  readonly fields: Readonly<Record<string, unknown>>;
  readonly labels: readonly string[];
  readonly assignee: string | null;
};

/** `placeOf` throws a PortError that names the setting when a team has no place. */
export type JiraTicketsOptions = JiraAccess & {
  readonly placeOf: (team: string | null) => JiraPlace;
  /** ms until Jira's search surely shows what was written; absent: one minute. */
  readonly settledMs?: number;
};

const SUMMARY = 255;
const PER_PAGE = 100;
/** Pages of comments that are looked through for our own mark. */
const PAGES = 10;
/** Categories of a status that a way may lead to, the best first. */
const WAYS = { close: ["done"], reopen: ["new", "indeterminate"] } as const;
const DONE: TicketNote = { note: null };

/**
 * Jira Cloud as a tracker. An issue of ours has the label `muster-<uid>`, and is searched for by it before one is
 * opened. Jira's search is behind by seconds, seldom by a minute: after an attempt with an unknown end, what is not
 * found is looked for a second time, a minute later, before another is opened.
 */
export function createJiraTickets(settings: JiraTicketsOptions): Tickets {
  const { placeOf, clock } = settings;
  const site: JiraSite = { call: createJiraClient(settings), url: settings.url.replace(/\/+$/, "") };
  const settle = createSearchWait(settings);
  return {
    name: "jira",
    async open(ticket, attempt) {
      const place = placeOf(ticket.team);
      const mark = `muster-${ticket.key.replace(/[^\w-]/g, "-")}`;
      const found = await findIssue(site, mark, attempt);
      if (found !== null) return { ...found, ...DONE };
      if (attempt.unsure) settle(mark);
      return createIssue(site, place, ticket, mark, attempt);
    },
    async comment(ticket, text, attempt) {
      await comment(site, ticket, text.lines, attempt);
      return DONE;
    },
    close: (ticket, text, attempt) => move(site, ticket, text, attempt, "close"),
    async outcome(ticket) {
      try {
        return await outcomeOf(site, keyOf(ticket), { key: ticket.key, unsure: false, since: clock() });
      } catch (error) {
        if (error instanceof PortError && error.reason === "not_found") return null;
        throw error;
      }
    },
    reopen: (ticket, text, attempt) => move(site, ticket, text, attempt, "reopen"),
  };
}

type JiraSite = { readonly call: ReturnType<typeof createJiraClient>; readonly url: string };

function ticketOf({ url }: JiraSite, key: string): Ticket {
  return { key, url: `${url}/browse/${key}` };
}

async function findIssue(site: JiraSite, mark: string, attempt: TicketAttempt): Promise<Ticket | null> {
  const { issues } = await site.call("search", attempt, (jira, client) =>
    jira.searchAndReconsileIssuesUsingJqlPost(client, {
      jql: `labels = "${mark}" ORDER BY created ASC`,
      fields: ["labels"],
      maxResults: 1,
    }),
  );
  if (!Array.isArray(issues)) throw unreadableAnswer("search");
  const [issue] = issues;
  if (issue === undefined) return null;
  if (issue.key === undefined) throw unreadableAnswer("search");
  return ticketOf(site, issue.key);
}

/** Until Jira's search surely shows what was written, a ticket that is not found may still have been opened. */
function createSearchWait({ clock, settledMs = MINUTE_MS }: JiraTicketsOptions): (mark: string) => void {
  /** When each ticket was first looked for in vain after an attempt with an unknown end. */
  const missed = new Map<string, number>();
  return (mark) => {
    // A clock that was set back begins the wait again; it does not make it longer.
    const since = Math.min(missed.get(mark) ?? Infinity, clock());
    missed.set(mark, since);
    const wait = since + settledMs - clock();
    if (wait > 0)
      throw new PortError("timeout", "no one knows whether the ticket was opened; Jira's search may be behind", {
        retryable: true,
        retryAfterMs: wait,
        mayHaveHappened: true,
      });
    missed.delete(mark);
  };
}

/** The account id behind an e-mail address; null when Jira shows no one who can be assigned. */
async function accountOf(
  { call }: JiraSite,
  { assignee, project }: JiraPlace,
  attempt: TicketAttempt,
): Promise<string | null> {
  if (assignee === null || !assignee.includes("@")) return assignee;
  const people = await call("find an assignee", attempt, (jira, client) =>
    jira.findAssignableUsers(client, { project, query: assignee, maxResults: 2 }),
  ).catch((error: unknown) => {
    if (error instanceof PortError && error.retryable) throw error;
    return [];
  });
  return (Array.isArray(people) && people.length === 1 ? people[0]?.accountId : undefined) ?? null;
}

async function createIssue(
  site: JiraSite,
  place: JiraPlace,
  wanted: TicketRequest,
  mark: string,
  attempt: TicketAttempt,
): Promise<Ticket & TicketNote> {
  const { project, issueType, assignee } = place;
  const fields = {
    ...place.fields,
    project: { key: project },
    issuetype: { name: issueType },
    summary: oneLine(wanted.title, SUMMARY),
    description: renderJiraDocument(wanted.text.lines, null),
    labels: toJiraLabels(["muster", mark, ...wanted.labels, ...place.labels]),
  };
  const made = async (account: string | null): Promise<Ticket & { readonly assigned: boolean }> => {
    const issue = await site.call("create an issue", attempt, (jira, client) =>
      jira.createIssue(client, { fields: account === null ? fields : { ...fields, assignee: { id: account } } }),
    );
    if (typeof issue?.key !== "string") throw unreadableAnswer("create an issue");
    return { ...ticketOf(site, issue.key), assigned: account !== null || assignee === null };
  };
  const account = await accountOf(site, place, attempt);
  const { assigned, ...ticket } = await made(account).catch((error: unknown) => {
    if (account === null || !isFieldRefusal(error, "assignee")) throw error;
    return made(null);
  });
  return { ...ticket, note: assigned ? null : `no one is assigned: Jira does not take ${assignee} in ${project}` };
}

/** Comments once: our own mark is looked for first. */
async function comment(
  { call }: JiraSite,
  ticket: Ticket,
  lines: readonly TicketLine[],
  attempt: TicketAttempt,
): Promise<void> {
  const issueIdOrKey = keyOf(ticket);
  const mark = `[${attempt.key}]`;
  for (let page = 0; page < PAGES; page++) {
    const { comments } = await call("list comments", attempt, (jira, client) =>
      jira.getComments(client, { issueIdOrKey, orderBy: "-created", maxResults: PER_PAGE, startAt: page * PER_PAGE }),
    );
    if (!Array.isArray(comments)) throw unreadableAnswer("list comments");
    if (comments.some(({ body }) => JSON.stringify(body ?? "").includes(mark))) return;
    if (comments.length < PER_PAGE) break;
  }
  await call("comment", attempt, (jira, client) =>
    jira.addComment(client, { issueIdOrKey, body: renderJiraDocument(lines, mark) }),
  );
}

/** Words of resolutions and of statuses for work that will not be done. */
const DROPPED =
  /declin|reject|duplicate|cancel|won'?t|will not|not planned|not a bug|invalid|obsolete|abandon|cannot reproduce|withdrawn/i;

async function outcomeOf({ call }: JiraSite, issueIdOrKey: string, attempt: TicketAttempt): Promise<TicketOutcome> {
  const { fields, changelog } = await call("look at an issue", attempt, (jira, client) =>
    jira.getIssue(client, { issueIdOrKey, fields: ["status", "resolution"], expand: "changelog" }),
  );
  const { status, resolution } = (fields ?? {}) as {
    status?: { name?: string; statusCategory?: { key?: string } };
    resolution?: { name?: string } | null;
  };
  if (status?.statusCategory?.key !== "done") return { state: "open" };
  const how = [resolution?.name, status.name].find((name) => name !== undefined && DROPPED.test(name));
  if (how === undefined) return { state: "done" };
  const moved = (changelog?.histories ?? [])
    .filter(({ items }) => items?.some(({ field }) => field === "status" || field === "resolution"))
    .toSorted((a, b) => String(a.created).localeCompare(String(b.created)));
  return { state: "dropped", how, by: moved.at(-1)?.author?.displayName ?? null };
}

/** Moves the issue to a status that is done or is not, unless it is in one. */
async function move(
  site: JiraSite,
  ticket: Ticket,
  text: TicketText,
  attempt: TicketAttempt,
  what: "close" | "reopen",
): Promise<TicketNote> {
  const issueIdOrKey = keyOf(ticket);
  const isClosed = (await outcomeOf(site, issueIdOrKey, attempt)).state !== "open";
  if (isClosed === (what === "close")) return comment(site, ticket, text.lines, attempt).then(() => DONE);
  const { transitions } = await site.call("list transitions", attempt, (jira, client) =>
    jira.getTransitions(client, { issueIdOrKey, expand: "transitions.fields" }),
  );
  const way = chooseTransition(Array.isArray(transitions) ? transitions : [], WAYS[what]);
  if (way === null) {
    const note = `its workflow has no way to ${what} it from where it is that needs no person: do it by hand`;
    await comment(site, ticket, [...text.lines, { text: `Muster did not ${what} this issue: ${note}.` }], attempt);
    return { note };
  }
  await comment(site, ticket, text.lines, attempt);
  await site.call(`${what} an issue`, attempt, (jira, client) =>
    jira.doTransition(client, { issueIdOrKey, transition: { id: way.id }, fields: way.fields }),
  );
  return DONE;
}

/** Whether a ticket's key is one of Jira's: "OPS-12". */
export function isJiraKey(key: string): boolean {
  return /^[A-Z][A-Z0-9_]+-\d+$/.test(key);
}

function keyOf({ key }: Ticket): string {
  if (isJiraKey(key)) return key;
  throw new PortError("unsupported", `${key} is no issue of Jira`, { retryable: false });
}
