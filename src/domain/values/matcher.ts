import { RE2JS } from "re2js";
import { labelValue, type AlertLabels } from "./alert-labels.ts";

/** True when the alert's labels fit. Labels that are absent are "", as in Alertmanager. */
export type Matcher = (labels: AlertLabels) => boolean;

const SYNTAX = /^\s*([a-zA-Z_:][\w:.-]*|"(?:[^"\\]|\\.)*")\s*(=~|!~|!=|=)\s*(.*?)\s*$/s;

/**
 * Compiles one Alertmanager matcher: `name="value"`, `!=`, `=~`, `!~`, quotes optional. Regular expressions are
 * anchored RE2: linear time, so no policy can hang the receiver.
 * @throws Error that names what is wrong with the text
 */
export function compileMatcher(text: string): Matcher {
  const found = SYNTAX.exec(text);
  if (found === null)
    throw new Error(`"${text}" is no matcher; write it like service="checkout" or severity=~"critical|page"`);
  const name = unquote(found[1]!);
  const operator = found[2]!;
  const value = unquote(found[3]!);
  if (operator === "=") return (labels) => labelValue(labels, name) === value;
  if (operator === "!=") return (labels) => labelValue(labels, name) !== value;
  const pattern = compileRegex(value, text);
  const matches = rememberAnswers((label) => pattern.matches(label));
  return operator === "=~"
    ? (labels) => matches(labelValue(labels, name))
    : (labels) => !matches(labelValue(labels, name));
}

/** Values that a regular expression was asked about, at most: a storm repeats the few names of its alerts and services. */
const REMEMBERED = 500;
/** A longer value is not kept, in characters. */
const LONGEST_REMEMBERED = 200;

/** The same answers, most of them from memory: matching costs a hundred times as much. */
function rememberAnswers(matches: (value: string) => boolean): (value: string) => boolean {
  const known = new Map<string, boolean>();
  return (value) => {
    const before = known.get(value);
    if (before !== undefined) return before;
    const answer = matches(value);
    if (known.size >= REMEMBERED) known.clear();
    if (value.length <= LONGEST_REMEMBERED) known.set(value, answer);
    return answer;
  };
}

/** All of the matchers, compiled; an empty list matches everything. */
export function compileMatchers(texts: readonly string[]): Matcher {
  const matchers = texts.map(compileMatcher);
  return (labels) => matchers.every((matches) => matches(labels));
}

function compileRegex(value: string, text: string): RE2JS {
  try {
    return RE2JS.compile(value, RE2JS.DOTALL);
  } catch (cause) {
    throw new Error(
      `the regular expression in "${text}" is not RE2: ${cause instanceof Error ? cause.message : String(cause)}`,
      { cause },
    );
  }
}

function unquote(text: string): string {
  if (!text.startsWith('"')) {
    if (text.includes('"')) throw new Error(`the quotes in ${text} do not close`);
    return text;
  }
  if (!/^"(?:[^"\\]|\\.)*"$/s.test(text)) throw new Error(`the quotes in ${text} do not close`);
  return text.slice(1, -1).replace(/\\(.)/gs, (_, character: string) => (character === "n" ? "\n" : character));
}
