import { parser } from "@prometheus-io/lezer-promql";
import { RE2JS } from "re2js";
import type { SyntaxNode, Tree } from "@lezer/common";
import { PARAM_ANYWHERE, parseParamUse, type ParamUse } from "./param-use.ts";

/** Something wrong within a text, at a character of it. */
export type TextFlaw = { readonly offset: number; readonly message: string; readonly fix: string };

/** Where a parameter stands in a query: the string it fills, quotes included. */
type Slot = { readonly use: ParamUse; readonly from: number; readonly to: number; readonly regex: boolean };

/** Everything wrong with a query, except which parameters there are. */
export function checkPromql(query: string): {
  readonly flaws: readonly TextFlaw[];
  readonly uses: readonly { readonly use: ParamUse; readonly offset: number }[];
} {
  const tree = parser.parse(query);
  const slots = slotsOf(tree, query);
  const flaws: TextFlaw[] = [];
  for (const found of query.matchAll(PARAM_ANYWHERE))
    if (!slots.some(({ from, to }) => from <= found.index && found.index < to))
      flaws.push({
        offset: found.index,
        message: `${found[0]} stands where it could change the query`,
        fix: `write it as the whole value of a label, in double quotes: label="${found[0]}"`,
      });
  if (flaws.length === 0) {
    const error = firstError(tree);
    if (error !== null)
      flaws.push({
        offset: Math.min(error, query.length),
        message: `no PromQL from ${JSON.stringify(query.slice(error, error + 20))} on`,
        fix: "try the query in Prometheus",
      });
  }
  if (flaws.length === 0) flaws.push(...withoutRange(tree, query));
  return { flaws, uses: slots.map(({ use, from }) => ({ use, offset: from + 1 })) };
}

/**
 * The query with its parameters filled in: escaped, and quoted for the regular expressions of `=~`. Null when the query then
 * had another shape than with a harmless value, which no escaping should ever let through.
 */
export function fillPromql(query: string, valueOf: (use: ParamUse) => string): string | null {
  const slots = slotsOf(parser.parse(query), query);
  const fill = (value: (slot: Slot) => string): string => {
    let [filled, at] = ["", 0];
    for (const slot of slots) {
      filled += query.slice(at, slot.from) + value(slot);
      at = slot.to;
    }
    return filled + query.slice(at);
  };
  const filled = fill(({ use, regex }) => quote(regex ? RE2JS.quote(valueOf(use)) : valueOf(use)));
  return shapeOf(filled) === shapeOf(fill(() => '"x"')) ? filled : null;
}

/** A text as a PromQL string. JSON's escapes are among Go's; halves of surrogate pairs are in neither. */
function quote(value: string): string {
  return JSON.stringify(value.toWellFormed());
}

export type PromqlComparison = {
  readonly measure: string;
  readonly operator: "<" | "<=" | ">" | ">=" | "==" | "!=";
  readonly threshold: number;
};

const OPERATORS: Readonly<Record<string, PromqlComparison["operator"]>> = {
  Lss: "<",
  Lte: "<=",
  Gtr: ">",
  Gte: ">=",
  Eql: "==",
  Neq: "!=",
};

/**
 * `measure < number`, or with another of the six comparisons, taken apart; else null. Prometheus answers a comparison that does not hold with nothing, as it does when
 * there is no data; so the measure is asked for alone, and compared here.
 */
export function parseComparison(query: string): PromqlComparison | null {
  const top = parser.parse(query).topNode.firstChild;
  if (top === null || top.name !== "BinaryExpr" || top.nextSibling !== null) return null;
  const parts: SyntaxNode[] = [];
  for (let child = top.firstChild; child !== null; child = child.nextSibling) parts.push(child);
  const [left, sign, right] = parts;
  const operator = sign === undefined ? undefined : OPERATORS[sign.name];
  if (parts.length !== 3 || left === undefined || operator === undefined || right === undefined) return null;
  const text = query.slice(right.from, right.to).trim();
  if (!/^[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?$/.test(text)) return null;
  return { measure: query.slice(left.from, left.to), operator, threshold: Number(text) };
}

function slotsOf(tree: Tree, query: string): readonly Slot[] {
  const slots: Slot[] = [];
  tree.iterate({
    enter: ({ name, from, to, node }) => {
      if (name !== "StringLiteral" || !/^(?:Unq|Q)uotedLabelMatcher$/.test(node.parent?.name ?? "")) return;
      const use = query[from] === '"' ? parseParamUse(query.slice(from + 1, to - 1)) : null;
      const operator = node.parent?.getChild("MatchOp")?.firstChild?.name ?? "";
      if (use !== null) slots.push({ use, from, to, regex: /Regex/.test(operator) });
    },
  });
  return slots;
}

/** Functions of a stretch of time; the grammar lets them take a moment, Prometheus does not. */
const OF_A_RANGE = new Set([
  "rate",
  "irate",
  "increase",
  "delta",
  "idelta",
  "deriv",
  "changes",
  "resets",
  "avg_over_time",
  "max_over_time",
  "min_over_time",
  "sum_over_time",
]);

function withoutRange(tree: Tree, query: string): readonly TextFlaw[] {
  const flaws: TextFlaw[] = [];
  tree.iterate({
    enter: ({ name, from, node }) => {
      if (name !== "FunctionCall") return;
      const called = node.getChild("FunctionIdentifier");
      const text = called === null ? "" : query.slice(called.from, called.to);
      const given = node.getChild("FunctionCallBody")?.firstChild?.name;
      if (OF_A_RANGE.has(text) && given === "VectorSelector")
        flaws.push({
          offset: from,
          message: `${text}() is of a stretch of time`,
          fix: "say of how long, such as metric[5m]",
        });
    },
  });
  return flaws;
}

function firstError(tree: Tree): number | null {
  let at: number | null = null;
  tree.iterate({
    enter: ({ type, from }) => {
      if (at === null && type.isError) at = from;
    },
  });
  return at;
}

/** The names of all nodes and how deep they stand: the same for two queries that ask the same of different values. */
function shapeOf(query: string): string {
  const shape: string[] = [];
  let depth = 0;
  parser.parse(query).iterate({
    enter: ({ name, type }) => {
      shape.push(`${depth++}${type.isError ? "!" : ""}${name}`);
    },
    leave: () => void depth--,
  });
  return shape.join(" ");
}

/** Whether a query looks at any series: one that does not answers the same whatever happens. */
export function readsSeries(query: string): boolean {
  let found = false;
  parser.parse(query).iterate({ enter: ({ name }) => void (found ||= name === "VectorSelector") });
  return found;
}
