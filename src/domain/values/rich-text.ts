import type { Instant, Link, Person } from "./language.ts";

/** Text of ours with marks, mentions and times, for no platform in particular: each chat writes it out in its own markup. */
export type TextSpan =
  /** Shown literally: without markup, mentions or links, wherever it came from. */
  | { readonly kind: "plain"; readonly text: string }
  | { readonly kind: TextStyle; readonly inside: RichText }
  | { readonly kind: "link"; readonly url: string; readonly title: string }
  /** A mention where the chat has this person, else their name. */
  | { readonly kind: "person"; readonly person: Person }
  /** A mention of a group where the chat has it under this id, else its handle; `id` null: it is unknown. */
  | { readonly kind: "group"; readonly handle: string; readonly id: string | null }
  | { readonly kind: "channel"; readonly id: string; readonly name?: string }
  /** Shown in the reader's zone, where the chat can do that. `clock`: without its day. */
  | { readonly kind: "instant"; readonly at: Instant; readonly clock?: true }
  /** As the author of a runbook wrote it in the markup of their chat; the values in it are escaped by `escapeValue`. */
  | { readonly kind: "authored"; readonly text: string }
  /** At most `max` characters in the chat's own markup; cut between lines or words. */
  | { readonly kind: "clipped"; readonly max: number; readonly inside: RichText };

export type TextStyle = "bold" | "italic" | "strike" | "code" | "preformatted";

/** A class and no mere list, so that it cannot be taken for a string where strings are put together. */
export class RichText {
  readonly spans: readonly TextSpan[];
  constructor(spans: readonly TextSpan[]) {
    this.spans = spans;
  }
}

/** Accepted wherever text is; a plain string is shown literally. */
export type TextLike = RichText | string | number;

export const EMPTY_TEXT = new RichText([]);

const STYLE_OF: Readonly<Record<string, TextStyle>> = { "*": "bold", _: "italic", "`": "code", "```": "preformatted" };

/**
 * A template of ours. Its own words may hold marks: *bold*, _italic_, `code` and ``` around what is kept as it is. What is
 * filled in holds none: a string from outside stays the text that it is.
 */
export function richText(words: TemplateStringsArray, ...values: readonly TextLike[]): RichText {
  return readMarks([...words], values);
}

/** The same for words that stand in a table or a constant. */
export function markedText(words: string): RichText {
  return readMarks([words], []);
}

export function joinText(parts: readonly TextLike[], between: string): RichText {
  return new RichText(
    parts.flatMap((part, i) => [...(i === 0 || between === "" ? [] : [plainSpan(between)]), ...toRichText(part).spans]),
  );
}

export function toRichText(text: TextLike): RichText {
  return text instanceof RichText ? text : text === "" ? EMPTY_TEXT : new RichText([plainSpan(String(text))]);
}

export function isEmptyText(text: TextLike): boolean {
  return text instanceof RichText
    ? text.spans.every((span) => "inside" in span && isEmptyText(span.inside))
    : text === "";
}

/** A link; the address must be one that `webUrl` let pass. */
export function linkText(url: string, title: string): RichText {
  return new RichText([{ kind: "link", url, title }]);
}

export function linkList(links: readonly Link[]): RichText {
  return joinText(
    links.map(({ url, title }) => linkText(url, title)),
    " · ",
  );
}

/** A text that no longer counts, struck out. */
export function struckText(text: TextLike): RichText {
  return new RichText([{ kind: "strike", inside: toRichText(text) }]);
}

export function mentionPerson({ id, name }: Person): RichText {
  return new RichText([{ kind: "person", person: { id, name } }]);
}

/** Everyone in a group of the chat. `handle`: "@oncall". */
export function mentionGroup({ handle, id }: { readonly handle: string; readonly id: string | null }): RichText {
  return new RichText([{ kind: "group", handle, id }]);
}

/** A link to a channel; `name` stands for it where people do not see ids. */
export function mentionChannel({ id, name }: { readonly id: string; readonly name: string }): RichText {
  return new RichText([{ kind: "channel", id, name }]);
}

export function localTime(at: Instant): RichText {
  return new RichText([{ kind: "instant", at }]);
}

/** The hour and minute of an instant that is hours away at most: "14:32" in the reader's zone, "14:32 UTC" where zones are not known. */
export function localClock(at: Instant): RichText {
  return new RichText([{ kind: "instant", at, clock: true }]);
}

export function authoredText(text: string): RichText {
  return new RichText([{ kind: "authored", text }]);
}

/** A text as code, all of it: a backtick in it would end the code. */
export function codeText(text: string): RichText {
  return richText`\`${text.replaceAll("`", "'")}\``;
}

export function clipText(text: TextLike, max: number): RichText {
  return new RichText([{ kind: "clipped", max, inside: toRichText(text) }]);
}

/**
 * Values that are filled into authored text: nothing in them is read as markup. The form is that of HTML's character
 * references, and stored; an integration whose chat writes them otherwise translates them where it renders.
 */
export function escapeValue(text: string): string {
  return text.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;");
}

/** Authored text as people read it where nothing is marked up. */
export function unescapeValue(text: string): string {
  return text.replaceAll("&lt;", "<").replaceAll("&gt;", ">").replaceAll("&amp;", "&");
}

/** The characters that a text may take once its marks are written out: for what must share a message with others. */
export function writtenLength(text: TextLike): number {
  return toRichText(text).spans.reduce((sum, span) => sum + spanLength(span), 0);
}

function spanLength(span: TextSpan): number {
  switch (span.kind) {
    case "plain":
      return escapeValue(span.text).length;
    case "bold":
    case "italic":
    case "code":
      return writtenLength(span.inside) + 2;
    case "strike":
      // Chats strike line by line.
      return writtenLength(span.inside) + 2 * (lineBreaks(span.inside) + 1);
    case "preformatted":
      return writtenLength(span.inside) + 6;
    case "link":
      return escapeValue(span.url).length + escapeValue(span.title).length + 3;
    case "person":
      return Math.max(span.person.id.length + 3, escapeValue(span.person.name).length);
    case "group":
      return Math.max((span.id ?? "").length + 12, escapeValue(span.handle).length);
    case "channel":
      return span.id.length + 3;
    case "instant":
      return 80;
    case "authored":
      return span.text.length;
    case "clipped":
      return Math.min(span.max, writtenLength(span.inside));
  }
}

function lineBreaks({ spans }: RichText): number {
  return spans.reduce(
    (sum, span) =>
      sum +
      (span.kind === "plain" || span.kind === "authored"
        ? span.text.split("\n").length - 1
        : "inside" in span
          ? lineBreaks(span.inside)
          : 0),
    0,
  );
}

function plainSpan(text: string): TextSpan {
  return { kind: "plain", text };
}

/** A mark that was opened, and what has come since. */
type Opened = { readonly mark: string; readonly spans: TextSpan[] };

function readMarks(words: readonly string[], values: readonly TextLike[]): RichText {
  const stack: Opened[] = [{ mark: "", spans: [] }];
  const add = (...spans: readonly TextSpan[]): void => void stack.at(-1)!.spans.push(...spans);
  const close = (): void => {
    const { mark, spans } = stack.pop()!;
    add({ kind: STYLE_OF[mark]!, inside: new RichText(spans) });
  };
  words.forEach((word, i) => {
    let plain = "";
    const flush = (): void => {
      if (plain !== "") add(plainSpan(plain));
      plain = "";
    };
    for (let at = 0; at < word.length;) {
      const mark = /^(?:```|[*_`])/.exec(word.slice(at, at + 3))?.[0];
      // What stands beside a template's own words counts as a word too.
      const before = at > 0 ? word[at - 1]! : i > 0 ? "x" : " ";
      const after = word[at + (mark?.length ?? 1)] ?? (i < words.length - 1 ? "x" : " ");
      const open = stack.at(-1)!.mark;
      if (mark !== undefined && mark === open) {
        flush();
        close();
      } else if (
        mark !== undefined &&
        !open.startsWith("`") &&
        (mark.startsWith("`") || (!/[\p{L}\p{N}]/u.test(before) && !/\s/.test(after)))
      ) {
        flush();
        stack.push({ mark, spans: [] });
      } else {
        plain += mark ?? word[at]!;
      }
      at += mark?.length ?? 1;
    }
    flush();
    if (i < values.length) add(...toRichText(values[i]!).spans);
  });
  // A mark that nothing closes is the character that it is.
  while (stack.length > 1) {
    const { mark, spans } = stack.pop()!;
    add(plainSpan(mark), ...spans);
  }
  return new RichText(stack[0]!.spans);
}
