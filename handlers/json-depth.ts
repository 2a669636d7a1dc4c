/** Levels of JSON that a body may have. What senders send has less than ten. */
const JSON_DEPTH = 64;
/** Lists and objects that a body may have: 20,000 alerts have some 80,000. */
const JSON_PARTS = 1_000_000;

const [QUOTE, BACKSLASH] = [0x22, 0x5c];
const [OPEN_LIST, OPEN_OBJECT] = [0x5b, 0x7b];
const [CLOSE_LIST, CLOSE_OBJECT] = [0x5d, 0x7d];

/**
 * What is wrong with the shape of JSON in UTF-8, or null: too many levels, or too many lists and objects. One look at each
 * byte, whatever they are, before anything is made of them. A parser, and all that walks over what it made, takes seconds
 * for megabytes of brackets. What is no JSON may answer either way.
 */
export function jsonShapeProblem(json: Uint8Array, levels: number = JSON_DEPTH): string | null {
  let [depth, parts] = [0, 0];
  for (let i = 0; i < json.length; i++) {
    const byte = json[i];
    if (byte === QUOTE) {
      for (i++; i < json.length && json[i] !== QUOTE; i++) if (json[i] === BACKSLASH) i++;
    } else if (byte === OPEN_LIST || byte === OPEN_OBJECT) {
      if (++depth > levels) return `JSON is nested deeper than ${levels} levels`;
      if (++parts > JSON_PARTS) return `JSON has more than ${JSON_PARTS.toLocaleString("en")} lists and objects`;
    } else if (byte === CLOSE_LIST || byte === CLOSE_OBJECT) depth--;
  }
  return null;
}

/** What keeps bytes from being one JSON object of a shape that may be parsed, in words for their sender; null: nothing. */
export function jsonObjectProblem(json: Buffer): string | null {
  const problem = jsonShapeProblem(json);
  if (problem !== null) return `body: ${problem}`;
  try {
    const value: unknown = JSON.parse(json.toString("utf8"));
    return typeof value === "object" && value !== null && !Array.isArray(value) ? null : "body: expected an object";
  } catch {
    return "body: not JSON";
  }
}
