import type { KnownBlock } from "@slack/types";
import { formatUtc } from "#domain/values/instant.ts";
import type { Instant, Link, Person } from "#domain/values/language.ts";

/** A message as Slack takes it. */
export type SlackMessage = { readonly text: string; readonly blocks: readonly KnownBlock[] };

/**
 * Text from outside in Slack's mrkdwn: no mention, link or broadcast can be made of it.
 * https://docs.slack.dev/messaging/formatting-message-text#escaping
 */
export function escapeMrkdwn(text: string): string {
  return text.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;");
}

/** A link; the address must be one that `webUrl` let pass. */
export function mrkdwnLink(url: string, title: string): string {
  return `<${url.replaceAll("&", "&amp;")}|${escapeMrkdwn(title).replaceAll("|", "¦").replace(/\s+/g, " ")}>`;
}

export function mrkdwnLinks(list: readonly Link[]): string {
  return list.map(({ url, title }) => mrkdwnLink(url, title)).join(" · ");
}

/** A person as a mention when they are of this workspace, else by name. */
export function mentionPerson(person: Person): string {
  return isWorkspaceMember(person.id) ? `<@${person.id}>` : escapeMrkdwn(person.name);
}

/** Whether an id is that of a person in the workspace. */
export function isWorkspaceMember(id: string): boolean {
  return /^[UW][A-Z0-9]{5,}$/.test(id);
}

/** The instant in each viewer's own time zone, with the UTC text for clients that cannot. */
export function localTime(at: Instant): string {
  return `<!date^${Math.floor(at / 1000)}^{date_short_pretty} at {time}|${formatUtc(at)}>`;
}

/** For places that take no mrkdwn at all. Nobody says whether Slack counts characters or UTF-16 units: neither is exceeded. */
export function plainTextObject(text: string, max: number): { type: "plain_text"; text: string; emoji: true } {
  return { type: "plain_text", text: text.length <= max ? text : `${text.slice(0, max - 1).replace(/[\ud800-\udbff]$/, "")}…`, emoji: true };
}

/** mrkdwn for a section, cut where Slack would refuse it. The cut is on escaped text, so never inside an entity. */
export function sectionBlock(text: string): KnownBlock {
  return { type: "section", text: { type: "mrkdwn", text: cutMarkup(text, 3_000) } };
}

/** A column of label and value pairs; Slack takes ten of at most 2,000 characters, and about 13,200 in a whole message. */
export function fieldsBlock(pairs: readonly (readonly [string, string])[]): KnownBlock {
  return { type: "section", fields: pairs.slice(0, 10).map(([name, value]) => ({ type: "mrkdwn", text: cutMarkup(`*${name}*\n${value}`, 300) })) };
}

export function contextBlock(text: string): KnownBlock {
  return { type: "context", elements: [{ type: "mrkdwn", text: cutMarkup(text, 3_000) }] };
}

/** What notifications and screen readers say instead of the blocks: short, and mrkdwn like they are. */
export function fallbackText(text: string): string {
  return cutMarkup(text, 500);
}

/** Cuts marked-up text between lines where that is possible, else between words outside of `<…>` and `&…;`. */
export function cutMarkup(text: string, max: number): string {
  if (text.length <= max) return text;
  const head = text.slice(0, max - 2);
  const line = head.lastIndexOf("\n");
  const safe =
    line > max / 2
      ? head.slice(0, line)
      : head
          .replace(/<[^<>]*$/, "")
          .replace(/&[a-z]*$/, "")
          .toWellFormed();
  return `${safe}\n…`.slice(0, max);
}
