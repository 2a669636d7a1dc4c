import { z } from "zod";
import { DAY_MS, parseDuration } from "./duration.ts";
import { compileMatchers } from "./matcher.ts";

// Values as people write them in YAML, in the policy and in runbooks.

/** Longer is a slip of the pen, and much longer is past the end of every calendar. */
const MAX_DURATION_MS = 10 * 365 * DAY_MS;

/** A duration in ms, written `90s`, `10m`, `4h`. */
export const DurationText = z.string().transform((text, ctx) => {
  const ms = parseDuration(text);
  if (ms !== null && ms <= MAX_DURATION_MS) return ms;
  ctx.addIssue({
    code: "custom",
    message:
      ms === null ? `"${text}" is no duration; write it like 90s, 10m or 4h` : `"${text}" is longer than ten years`,
  });
  return z.NEVER;
});

/** Alertmanager matchers: as written, and compiled. */
export const MatcherList = z.array(z.string()).transform((texts, ctx) => {
  try {
    return { texts, matches: compileMatchers(texts) };
  } catch (error) {
    ctx.addIssue({ code: "custom", message: error instanceof Error ? error.message : String(error) });
    return z.NEVER;
  }
});
