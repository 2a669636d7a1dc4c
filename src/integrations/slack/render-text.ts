import { formatUtc, formatUtcTime } from "#domain/values/instant.ts";
import type { Instant, Person } from "#domain/values/language.ts";
import { writeMention } from "#domain/values/mention.ts";
import { toRichText, type TextLike, type TextSpan } from "#domain/values/rich-text.ts";

/** Text in Slack's mrkdwn; what came from outside makes no mention, link or broadcast: https://docs.slack.dev/messaging/formatting-message-text#escaping */
export function renderText(text: TextLike): string {
  return toRichText(text).spans.map(renderSpan).join("");
}

function renderSpan(span: TextSpan): string {
  switch (span.kind) {
    case "plain":
      return escapeMarkup(span.text);
    case "bold":
      return `*${renderText(span.inside)}*`;
    case "italic":
      return `_${renderText(span.inside)}_`;
    case "strike":
      return renderText(span.inside)
        .split("\n")
        .map((line) => (line === "" ? line : `~${line}~`))
        .join("\n");
    case "code":
      return `\`${renderText(span.inside)}\``;
    case "preformatted":
      return `\`\`\`${renderText(span.inside)}\`\`\``;
    case "link":
      return renderLink(span.url, span.title);
    case "person":
      return renderMention(span.person);
    case "group":
      return /^S[A-Z0-9]{5,}$/.test(span.id ?? "") ? `<!subteam^${span.id}>` : escapeMarkup(span.handle);
    case "channel":
      return `<#${span.id}>`;
    case "instant":
      return span.clock ? renderClock(span.at) : renderTime(span.at);
    case "authored":
      return span.text;
    case "clipped":
      return cutMarkup(renderText(span.inside), span.max);
  }
}

function renderLink(url: string, title: string): string {
  return `<${url.replaceAll("&", "&amp;")}|${escapeMarkup(title).replaceAll("|", "¦").replace(/\s+/g, " ")}>`;
}

/** A person as a mention when they are of this workspace, else by name. */
function renderMention(person: Person): string {
  return isWorkspaceMember(person.id) ? `<@${person.id}>` : escapeMarkup(person.name);
}

/** Whether an id is that of a person in the workspace. */
export function isWorkspaceMember(id: string): boolean {
  return /^[UW][A-Z0-9]{5,}$/.test(id);
}

/** The instant in each viewer's own time zone, with the UTC text for clients that cannot. */
function renderTime(at: Instant): string {
  return `<!date^${Math.floor(at / 1000)}^{date_short_pretty} at {time}|${formatUtc(at)}>`;
}

function renderClock(at: Instant): string {
  return `<!date^${Math.floor(at / 1000)}^{time}|${formatUtcTime(at)} UTC>`;
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

/** `<@U012AB3CD|alice>`, as Slack escapes a mention in what people type, in the form that Muster reads. */
export function readSlackMentions(text: string): string {
  return text.replace(/<@([A-Z0-9]+)(?:\|([^<>]*))?>/gi, (_, id: string, name: string | undefined) =>
    writeMention(id.toUpperCase(), name ?? null),
  );
}

export function escapeMarkup(text: string): string {
  return text.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;");
}

export function unescapeMarkup(text: string): string {
  return text.replaceAll("&lt;", "<").replaceAll("&gt;", ">").replaceAll("&amp;", "&");
}
