import { toRichText, unescapeValue, type TextLike, type TextSpan } from "#domain/values/rich-text.ts";
import { externalLink, html, timeElement, type SafeHtml } from "./html.ts";

/** Neutral text as HTML for the dashboard. People and channels have their names there, times are in UTC. */
export function richHtml(text: TextLike): SafeHtml {
  return html`${toRichText(text).spans.map(spanHtml)}`;
}

function spanHtml(span: TextSpan): SafeHtml {
  switch (span.kind) {
    case "plain":
      return html`${span.text}`;
    case "bold":
      return html`<b>${richHtml(span.inside)}</b>`;
    case "italic":
      return html`<em>${richHtml(span.inside)}</em>`;
    case "strike":
      return html`<s>${richHtml(span.inside)}</s>`;
    case "code":
      return html`<code>${richHtml(span.inside)}</code>`;
    case "preformatted":
      return html`<pre>${richHtml(span.inside)}</pre>`;
    case "link":
      return externalLink(span.url, span.title);
    case "person":
      return html`${span.person.name}`;
    case "group":
      return html`${span.handle}`;
    case "channel":
      return html`${span.name === undefined ? span.id : `#${span.name}`}`;
    case "instant":
      return timeElement(span.at);
    case "authored":
      return html`${unescapeValue(span.text)}`;
    case "clipped":
      return richHtml(span.inside);
  }
}
