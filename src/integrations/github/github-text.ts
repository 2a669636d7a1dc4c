import type { TicketText } from "#domain/tickets/ticket-text.ts";

/** https://docs.github.com/en/rest/issues: "body is too long (maximum is 65536 characters)". */
const BODY = 65_536;

/** What no one sees on the page and we find again. Text from outside cannot make one: its "<" is escaped. */
export function hiddenMark(key: string): string {
  return `<!-- muster:${key.replaceAll("--", "- -")} -->`;
}

/** The text as GitHub takes it: with our mark, within its limit, and mentioning no one. */
export function renderIssueBody({ markdown }: TicketText, mark: string): string {
  const withoutMentions = markdown.replace(/@(?=[\w-])/g, "@\u2060");
  const room = BODY - mark.length - 2;
  return `${withoutMentions.length <= room ? withoutMentions : `${withoutMentions.slice(0, room - 1).toWellFormed()}…`}\n\n${mark}`;
}

/**
 * A title that may become a commit's: it mentions no one, and merging it closes no issue ("fixes #1"), whatever is in a
 * label.
 */
export function escapeTitle(text: string): string {
  return text
    .replace(/@(?=[\w-])/g, "@\u2060")
    .replace(/#(?=\d)/g, "#\u2060")
    .replace(/\b(GH-)(?=\d)/gi, "$1\u2060")
    .replaceAll("://", ":\u2060//");
}

/** Names as GitHub has labels: at most 50 characters, no two the same. */
export function toGitHubLabels(names: readonly string[]): string[] {
  const short = names.map((name) => Array.from(name.trim()).slice(0, 50).join("")).filter((name) => name !== "");
  return [...new Map(short.map((name) => [name.toLowerCase(), name])).values()];
}
