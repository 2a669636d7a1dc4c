import {
  isMap,
  isNode,
  isPair,
  isScalar,
  isSeq,
  LineCounter,
  parseDocument,
  visit,
  type Document,
  type Node,
} from "yaml";
import type { FilePosition, RunbookProblem } from "./runbook-problem.ts";

export type YamlPath = readonly (string | number)[];

/** A piece of YAML inside a runbook, with the position of each value in the file. */
export type YamlSource = {
  readonly value: unknown;
  /** Where the value at a path stands; the deepest part of the path that there is. `offset` counts into a text's characters. */
  readonly at: (path: YamlPath, offset?: number) => FilePosition;
  /** Where the key at the end of a path stands. */
  readonly atKey: (path: YamlPath) => FilePosition;
};

/** Where a piece of YAML begins: the lines of the whole file, and the line (from 1) on which the piece starts. */
export type YamlPlace = { readonly file: string; readonly lines: readonly string[]; readonly firstLine: number };

const FIXES: Readonly<Record<string, string>> = {
  BAD_INDENT: "close the bracket, or indent what belongs to it",
  DUPLICATE_KEY: "remove one of the two",
  TAB_AS_INDENT: "indent with spaces",
  MISSING_CHAR: "close the quotes or the bracket",
  BAD_SCALAR_START: "put quotes around the value",
  BAD_ALIAS: "put quotes around the value",
  MULTIPLE_DOCS: "leave one document; a runbook has one file for each",
  TAG_RESOLVE_FAILED: "remove the tag",
};

/** Reads a piece of YAML, strictly: keys are unique, there are no anchors and no tags, and what YAML only warns of is an error. */
export function readYaml(
  text: string,
  place: YamlPlace,
): { readonly source: YamlSource | null; readonly problems: readonly RunbookProblem[] } {
  const counter = new LineCounter();
  const positionOf = positions(text, place, counter);
  const problem: ProblemAt = (offset, message, fix) => ({
    file: place.file,
    ...positionOf(offset),
    message,
    fix,
  });

  const parsed = parseStrictly(text, counter, problem);
  if (!("document" in parsed)) return { source: null, problems: parsed.problems };
  const { document } = parsed;
  let value: unknown;
  try {
    value = document.toJS({ maxAliasCount: 0 });
  } catch (error) {
    return {
      source: null,
      problems: [problem(0, error instanceof Error ? error.message : String(error), "write it as plain YAML")],
    };
  }
  return { source: { value, ...places(text, document, positionOf) }, problems: [] };
}

type ProblemAt = (offset: number, message: string, fix: string) => RunbookProblem;
type PositionOf = (offset: number) => FilePosition;

/** Where in the file a character of the piece stands. */
function positions(text: string, place: YamlPlace, counter: LineCounter): PositionOf {
  const inner = text.split("\n");
  return (offset) => {
    const { line, col } = counter.linePos(Math.min(offset, text.length));
    const outer = (place.lines[place.firstLine + line - 2] ?? "").replace(/\r$/, "");
    // What Markdown took off the beginning of the line: the indentation of the fence.
    const taken = Math.max(0, outer.length - (inner[line - 1] ?? "").replace(/\r$/, "").length);
    return { line: place.firstLine + line - 1, column: col + taken };
  };
}

/** A document without errors, warnings or what a runbook does not allow; else what is wrong with it. */
function parseStrictly(
  text: string,
  lineCounter: LineCounter,
  problem: ProblemAt,
): { readonly document: Document } | { readonly problems: readonly RunbookProblem[] } {
  let document: Document;
  try {
    document = parseDocument(text, {
      lineCounter,
      uniqueKeys: true,
      strict: true,
      merge: false,
      logLevel: "silent",
    });
  } catch (error) {
    // A thousand brackets within each other are more than the parser's stack can hold.
    return {
      problems: [
        problem(
          0,
          `cannot be read as YAML (${error instanceof Error ? error.message : String(error)})`,
          "write it simpler",
        ),
      ],
    };
  }
  // After the first slip of syntax every further one is its echo.
  const faults = [...document.errors, ...document.warnings].filter(
    ({ code }, i) => i === 0 || code === "DUPLICATE_KEY",
  );
  if (faults.length > 0)
    return {
      problems: faults.map((fault) =>
        problem(
          fault.pos[0],
          (fault.message.split("\n")[0] ?? "").replace(/ at line \d+, column \d+:?$/, ""),
          FIXES[fault.code] ?? "write it as YAML 1.2, quotes around texts with special characters",
        ),
      ),
    };
  const refused = refusals(document, problem);
  if (refused.length > 0) return { problems: refused };
  return { document };
}

/** Where values and keys of a document stand. */
function places(text: string, document: Document, positionOf: PositionOf): Pick<YamlSource, "at" | "atKey"> {
  return {
    at: (path, offset) => {
      const node = deepest(document, path);
      return positionOf((node?.range?.[0] ?? 0) + (offset === undefined ? 0 : inText(text, node, offset)));
    },
    atKey: (path) => {
      const parent = document.getIn(path.slice(0, -1), true);
      const pair = isMap(parent)
        ? parent.items.find(({ key }) => isScalar(key) && String(key.value) === String(path.at(-1)))
        : undefined;
      const key = pair !== undefined && isNode(pair.key) ? pair.key : deepest(document, path);
      return positionOf(key?.range?.[0] ?? 0);
    },
  };
}

/** What YAML allows and a runbook does not: a name that stands for other text, and a key that is no data. */
function refusals(document: Document, problem: ProblemAt): readonly RunbookProblem[] {
  const found: RunbookProblem[] = [];
  const from = (node: unknown): number => (isNode(node) ? (node.range?.[0] ?? 0) : 0);
  visit(document, {
    Alias: (_, node) =>
      void found.push(
        problem(from(node), "anchors and aliases (& and *) are not supported here", "write the value out"),
      ),
    Node: (_, node) => {
      if (node.anchor !== undefined)
        found.push(problem(from(node), "anchors and aliases (& and *) are not supported here", "write the value out"));
    },
    Pair: (_, pair) => {
      if (isScalar(pair.key) && pair.key.value === "__proto__")
        found.push(problem(from(pair.key), 'no key may be called "__proto__"', "choose another name"));
      // Plans mark so what they leave open.
      else if (isScalar(pair.key) && typeof pair.key.value === "string" && pair.key.value.startsWith("$"))
        found.push(
          problem(
            from(pair.key),
            `no key may begin with a dollar: ${pair.key.value}`,
            "a parameter is a value, such as key: $service",
          ),
        );
      else if (!isScalar(pair.key) || typeof pair.key.value !== "string")
        found.push(problem(from(pair.key), "a key must be a text", "put quotes around the key"));
    },
  });
  return found;
}

/** The node at the longest part of the path that exists. */
function deepest(document: Document, path: YamlPath): Node | null {
  let node: unknown = document.contents;
  for (const part of path) {
    const next: unknown = isMap(node)
      ? node.items.find((pair) => isPair(pair) && isScalar(pair.key) && String(pair.key.value) === String(part))?.value
      : isSeq(node)
        ? node.items[Number(part)]
        : undefined;
    if (!isNode(next)) break;
    node = next;
  }
  return isNode(node) ? node : null;
}

/** How far behind its node's start a character of a text stands: past the quotes; 0 where the text is not written as it reads. */
function inText(text: string, node: Node | null, offset: number): number {
  if (!isScalar(node) || typeof node.value !== "string" || !node.range) return 0;
  const at = text.slice(node.range[0], node.range[1]).indexOf(node.value);
  return at < 0 ? 0 : at + Math.min(offset, node.value.length);
}
