import { formatUtc, formatUtcTime } from "./instant.ts";
import { toRichText, unescapeValue, type TextLike, type TextSpan } from "./rich-text.ts";

/** Text without markup except for code, which marks words to type. */
export function plainWords(text: TextLike): string {
  return toRichText(text).spans.map(plainSpan).join("");
}

function plainSpan(span: TextSpan): string {
  switch (span.kind) {
    case "plain":
      return span.text;
    case "bold":
    case "italic":
    case "strike":
      return plainWords(span.inside);
    case "code":
      return `\`${plainWords(span.inside)}\``;
    case "preformatted":
      return `\`\`\`${plainWords(span.inside)}\`\`\``;
    case "link":
      return `${span.title} (${span.url})`;
    case "person":
      return span.person.name;
    case "group":
      return span.handle;
    case "channel":
      return span.name === undefined ? span.id : `#${span.name}`;
    case "instant":
      return span.clock ? `${formatUtcTime(span.at)} UTC` : formatUtc(span.at);
    case "authored":
      return unescapeValue(span.text);
    case "clipped": {
      const whole = plainWords(span.inside);
      return whole.length <= span.max ? whole : `${whole.slice(0, span.max - 2).toWellFormed()}\n…`;
    }
  }
}
