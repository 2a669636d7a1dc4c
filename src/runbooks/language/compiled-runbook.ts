import { RE2JS } from "re2js";
import type { AlertLabels } from "#domain/values/alert-labels.ts";
import { compileMatchers, type Matcher } from "#domain/values/matcher.ts";
import type { Runbook, RunbookParam } from "./runbook.ts";

// A runbook stays plain data, as it was written. What its texts compile to is kept here, by the object that holds the text,
// so that an alert costs a match and never a compilation: that takes a hundred times as long.

const matchers = new WeakMap<Runbook["match"], Matcher>();
const patterns = new WeakMap<RunbookParam, RE2JS | null>();

/** Compiles all that alerts are held against, so that the first alert need not wait for it. */
export function compileRunbook({ match, params }: Runbook): void {
  matcherOf(match);
  for (const param of Object.values(params)) patternOf(param);
}

/** Whether a runbook is for an alert with these labels. One without matchers is for none. */
export function isForAlert({ match }: Pick<Runbook, "match">, labels: AlertLabels): boolean {
  return matcherOf(match)(labels);
}

/** Whether a parameter's pattern takes a value; one without a pattern takes any. */
export function takesValue(param: RunbookParam, value: string): boolean {
  return param.pattern === null || patternOf(param)?.matches(value) === true;
}

function matcherOf(match: Runbook["match"]): Matcher {
  const known = matchers.get(match);
  if (known !== undefined) return known;
  const matcher = match.length === 0 ? null : orNull(() => compileMatchers(match));
  // The linter reports a text that does not compile, and the page is kept to be read: it must not fail with every alert.
  const matches: Matcher = matcher ?? (() => false);
  matchers.set(match, matches);
  return matches;
}

function patternOf(param: RunbookParam): RE2JS | null {
  const known = patterns.get(param);
  if (known !== undefined) return known;
  const pattern = param.pattern === null ? null : orNull(() => RE2JS.compile(param.pattern!));
  patterns.set(param, pattern);
  return pattern;
}

function orNull<T>(compile: () => T): T | null {
  try {
    return compile();
  } catch {
    return null;
  }
}
