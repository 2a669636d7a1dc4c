import { HOUR_MS } from "#domain/values/duration.ts";
import { formatIso } from "#domain/values/instant.ts";
import { truncateText } from "#domain/values/text.ts";
import type { TicketText } from "#domain/tickets/ticket-text.ts";
import { PortError } from "#ports/port-error.ts";
import type { TicketNote, TicketOutcome, Ticket, TicketAttempt, TicketRequest, Tickets } from "#ports/tickets.ts";
import { createGitHubClient, type GitHubAccess } from "./client.ts";
import { isFieldRefusal, unreadableAnswer } from "./errors.ts";
import { renderIssueBody, toGitHubLabels, hiddenMark } from "./github-text.ts";
import { composeIssueKey, parseIssueKey, parseRepository, type RepositoryName } from "./repository-name.ts";

/** Where tickets go: "owner/name", with which labels besides the incident's, and to whom. */
export type GitHubPlace = {
  readonly repo: string;
  readonly labels: readonly string[];
  readonly assignee: string | null;
};

/** `placeOf` throws a PortError that names the setting when a team has no place. */
export type GitHubTicketsOptions = GitHubAccess & { readonly placeOf: (team: string | null) => GitHubPlace };

/** On every issue of ours; our issues are listed by it. */
const LABEL = "muster";
const PER_PAGE = 100;
/** Pages that are looked through for our own mark. */
const PAGES = 10;
/** Clocks differ: what was written since an instant is looked for from so many ms before it. */
const SKEW_MS = HOUR_MS;
const TITLE = 256;
const DONE: TicketNote = { note: null };

/**
 * GitHub's issues as a tracker. GitHub has no idempotency keys and its search is behind by up to a minute, so our own
 * marks are looked for in lists: of issues before one is opened, of comments before one is written.
 */
export function createGitHubTickets(settings: GitHubTicketsOptions): Tickets {
  const call = createGitHubClient(settings);
  return {
    name: "github",
    async open(ticket, attempt) {
      const place = settings.placeOf(ticket.team);
      const where = parseRepository(place.repo);
      const found = await findIssue(call, where, ticket, attempt);
      return found === null ? createIssue(call, where, place, ticket, attempt) : { ...found, ...DONE };
    },
    async comment(ticket, text, attempt) {
      await comment(call, ticket, text, attempt);
      return DONE;
    },
    async close(ticket, text, attempt) {
      await comment(call, ticket, text, attempt);
      const issue = issueOf(ticket);
      // Who closed it by hand gave a reason, which stays.
      if ((await lookAt(call, issue, attempt)).state === "closed") return DONE;
      await call("close an issue", issue, attempt, (octokit, request) =>
        octokit.rest.issues.update({ ...issue, state: "closed", state_reason: "completed", request }),
      );
      return DONE;
    },
    async outcome(ticket) {
      try {
        return outcomeOf(await lookAt(call, issueOf(ticket), {}));
      } catch (error) {
        if (error instanceof PortError && error.reason === "not_found") return null;
        throw error;
      }
    },
    async reopen(ticket, text, attempt) {
      await comment(call, ticket, text, attempt);
      const issue = issueOf(ticket);
      await call("reopen an issue", issue, attempt, (octokit, request) =>
        octokit.rest.issues.update({ ...issue, state: "open", state_reason: "reopened", request }),
      );
      return DONE;
    },
  };
}

type GitHubCaller = ReturnType<typeof createGitHubClient>;
type IssueNumber = ReturnType<typeof issueOf>;

async function lookAt(call: GitHubCaller, issue: IssueNumber, attempt: Partial<TicketAttempt>) {
  return call("look at an issue", issue, attempt, (octokit, request) => octokit.rest.issues.get({ ...issue, request }));
}

/** An issue that was closed for another reason than that it is completed was dropped. */
function outcomeOf({ state, state_reason: reason, closed_by: by }: Awaited<ReturnType<typeof lookAt>>): TicketOutcome {
  if (state !== "closed") return { state: "open" };
  return reason === "not_planned" || reason === "duplicate"
    ? { state: "dropped", how: reason === "duplicate" ? "a duplicate" : "not planned", by: by?.login ?? null }
    : { state: "done" };
}

async function findIssue(
  call: GitHubCaller,
  where: RepositoryName,
  { key, openedAt }: TicketRequest,
  attempt: TicketAttempt,
): Promise<Ticket | null> {
  const mark = hiddenMark(key);
  // Labels are dropped silently for who may not set them: when one of ours may be there, everything is looked at.
  const labels = attempt.unsure ? {} : { labels: LABEL };
  const query = {
    ...where,
    ...labels,
    state: "all",
    sort: "created",
    direction: "desc",
    since: formatIso(openedAt - SKEW_MS),
    per_page: PER_PAGE,
  } as const;
  let found: Ticket | null = null;
  for (let page = 1; page <= PAGES; page++) {
    const issues = await call("list issues", where, attempt, (octokit, request) =>
      octokit.rest.issues.listForRepo({ ...query, page, request }),
    );
    if (!Array.isArray(issues)) throw unreadableAnswer("list issues");
    // The oldest: a later one has its text copied.
    for (const issue of issues)
      if (issue.body?.includes(mark) === true && issue.pull_request === undefined) found = ticketOf(where, issue);
    if (issues.length < PER_PAGE) break;
  }
  return found;
}

async function createIssue(
  call: GitHubCaller,
  where: RepositoryName,
  place: GitHubPlace,
  wanted: TicketRequest,
  attempt: TicketAttempt,
): Promise<Ticket & TicketNote> {
  const labels = toGitHubLabels([LABEL, ...wanted.labels, ...place.labels]);
  const issue = {
    ...where,
    title: truncateText(wanted.title, TITLE),
    body: renderIssueBody(wanted.text, hiddenMark(wanted.key)),
    labels,
  };
  const made = (assignees: readonly string[]) =>
    call("open an issue", where, attempt, (octokit, request) =>
      octokit.rest.issues.create({ ...issue, assignees: [...assignees], request }),
    );
  const { assignee } = place;
  const first = made(assignee === null ? [] : [assignee]);
  const issued = await first.catch((error: unknown) => {
    if (assignee === null || !isFieldRefusal(error, "assignees")) throw error;
    return made([]);
  });
  const assigned =
    assignee === null || (issued.assignees ?? []).some(({ login }) => login.toLowerCase() === assignee.toLowerCase());
  const labelled = issued.labels?.some((label) => (typeof label === "string" ? label : label.name) === LABEL) === true;
  const notes = [
    ...(assigned ? [] : [`no one is assigned: GitHub does not take ${assignee} in ${place.repo}`]),
    ...(labelled ? [] : [`it has no labels: the token's user needs the role triage in ${place.repo}`]),
  ];
  return { ...ticketOf(where, issued), note: notes.length === 0 ? null : notes.join("; ") };
}

/** Comments once: our own mark is looked for first. */
async function comment(call: GitHubCaller, ticket: Ticket, text: TicketText, attempt: TicketAttempt): Promise<void> {
  const issue = issueOf(ticket);
  const mark = hiddenMark(attempt.key);
  for (let page = 1; page <= PAGES; page++) {
    const comments = await call("list comments", issue, attempt, (octokit, request) =>
      octokit.rest.issues.listComments({
        ...issue,
        since: formatIso(attempt.since - SKEW_MS),
        per_page: PER_PAGE,
        page,
        request,
      }),
    );
    if (!Array.isArray(comments)) throw unreadableAnswer("list comments");
    if (comments.some(({ body }) => body?.includes(mark) === true)) return;
    if (comments.length < PER_PAGE) break;
  }
  await call("comment", issue, attempt, (octokit, request) =>
    octokit.rest.issues.createComment({ ...issue, body: renderIssueBody(text, mark), request }),
  );
}

/** Whether a ticket's key is one of GitHub's: "owner/name#12". */
export function isGitHubKey(key: string): boolean {
  return parseIssueKey(key) !== null;
}

function issueOf({ key }: Ticket): RepositoryName & { readonly issue_number: number } {
  const issue = parseIssueKey(key);
  if (issue === null) throw new PortError("unsupported", `${key} is no issue of GitHub`, { retryable: false });
  const { owner, repo, number } = issue;
  return { owner, repo, issue_number: number };
}

function ticketOf(
  { owner, repo }: RepositoryName,
  { number, html_url }: { readonly number: number; readonly html_url: string },
): Ticket {
  if (typeof number !== "number" || typeof html_url !== "string") throw unreadableAnswer("open an issue");
  return { key: composeIssueKey({ owner, repo, number }), url: html_url };
}
