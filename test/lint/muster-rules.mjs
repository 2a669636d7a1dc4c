/**
 * Muster's own lint rules, loaded by oxlint (`jsPlugins` in .oxlintrc.json).
 *
 * no-ambient-clock: a clock that is not injected makes tests fail by date and code behave differently in a replay.
 * exported-names: a name is read far from its file, so it says what it is: two words, or a noun of the glossary.
 * plain-names: names are the field's, so that a reader who searches for "silence" or "escalation step" finds them.
 * same-person: one person has an id in each world; ids that are compared by hand make two people of one.
 * named-durations: whole minutes in ms carry their unit in a name, so that no one counts zeros to see what they are.
 */

import { readFileSync } from "node:fs";

const CLOCKS = new Map([
  ["Date", ["now"]],
  ["performance", ["now"]],
  ["process", ["hrtime"]],
  ["Temporal", ["Now"]],
]);

/** Who may take the machine's clock to hand it on: the composition, commands, and the clock of tests. */
const TAKES_CLOCK = /\/(?:src\/(?:app|cli)\/[^]*|test\/support\/harness\/test-clock)\.ts$/;
const GLOBALS = ["globalThis", "global", "window"];

const isClockModule = (source) => /(?:^#app|\/app)\/clock\.ts$/.test(source);

/** The property's name where the code says it. */
const propertyOf = ({ computed, property }) => (computed ? property.value : property.name);

/** The global that an expression is: `Date`, or `globalThis.Date`. */
function globalNamed(node) {
  if (node?.type === "Identifier") return node.name;
  if (node?.type !== "MemberExpression" || node.object.type !== "Identifier") return null;
  return GLOBALS.includes(node.object.name) ? propertyOf(node) : null;
}

const noAmbientClock = {
  meta: { type: "problem" },
  create(context) {
    const takesClock = TAKES_CLOCK.test(context.filename.replaceAll("\\", "/"));
    /** `const { now } = Date`, and `const { Date } = globalThis`. */
    const checkPattern = (pattern, from) => {
      if (pattern?.type !== "ObjectPattern" || from?.type === undefined) return;
      const name = globalNamed(from);
      const clocks = GLOBALS.includes(name) ? [...CLOCKS.keys()] : (CLOCKS.get(name) ?? []);
      for (const { type, key } of pattern.properties)
        if (type === "Property" && clocks.includes(key.name ?? key.value))
          report(pattern, `{ ${key.name ?? key.value} } of ${name}`);
    };
    const report = (node, what) =>
      context.report({
        node,
        message: `${what} reads the machine's clock: take a clock as an argument (src: Clock or Stopwatch; test: #test/support/harness/test-clock.ts)`,
      });
    return {
      MemberExpression(node) {
        const [clock, name] = [globalNamed(node.object), propertyOf(node)];
        if (CLOCKS.get(clock)?.includes(name)) report(node, `${clock}.${name}`);
      },
      VariableDeclarator: ({ id, init }) => checkPattern(id, init),
      AssignmentExpression: ({ left, right }) => checkPattern(left, right),
      AssignmentPattern: ({ left, right }) => checkPattern(left, right),
      NewExpression(node) {
        if (globalNamed(node.callee) === "Date" && node.arguments.length === 0) report(node, "new Date()");
      },
      CallExpression(node) {
        if (globalNamed(node.callee) === "Date") report(node, "Date()");
      },
      ExportNamedDeclaration(node) {
        if (node.source !== null && node.exportKind !== "type" && !takesClock && isClockModule(node.source.value))
          report(node, `what is handed on of ${node.source.value}`);
      },
      ImportDeclaration(node) {
        const values = node.importKind !== "type" && node.specifiers.some(({ importKind }) => importKind !== "type");
        if (values && !takesClock && isClockModule(node.source.value))
          report(node, `what is imported of ${node.source.value}`);
      },
    };
  },
};

const GLOSSARY = "src/domain/values/language.ts";

/** The nouns of the glossary: the first word of each of its lines. */
function glossaryNouns() {
  const text = readFileSync(new URL(`../../${GLOSSARY}`, import.meta.url), "utf8");
  const comment = text.slice(0, text.indexOf("*/"));
  return new Set([...comment.matchAll(/^ \* ([a-z]+) {2,}\S/gm)].map(([, noun]) => noun));
}

/** The words of a name in camelCase, PascalCase or SNAKE_CASE, in lower case. */
function wordsOf(name) {
  const words = name.replace(/([a-z0-9])([A-Z])/g, "$1 $2").replace(/([A-Z])([A-Z][a-z])/g, "$1 $2");
  return words
    .toLowerCase()
    .split(/[ _$]+/)
    .filter((word) => word !== "");
}

/** A noun and what it may be the plural of. */
const singulars = (noun) => [noun, noun.replace(/s$/, ""), noun.replace(/es$/, ""), noun.replace(/ies$/, "y")];

/** The identifiers that a pattern declares: of a variable, or of a parameter. */
function declaredIn(pattern) {
  switch (pattern?.type) {
    case "Identifier":
      return [pattern];
    case "ObjectPattern":
      return pattern.properties.flatMap((each) => declaredIn(each.type === "RestElement" ? each : each.value));
    case "ArrayPattern":
      return pattern.elements.flatMap(declaredIn);
    case "AssignmentPattern":
      return declaredIn(pattern.left);
    case "RestElement":
      return declaredIn(pattern.argument);
    case "TSParameterProperty":
      return declaredIn(pattern.parameter);
    default:
      return [];
  }
}

const exportedNames = {
  meta: { type: "problem" },
  create(context) {
    const nouns = glossaryNouns();
    const check = (node, name) => {
      const words = wordsOf(name);
      if (words.length > 1 || singulars(words[0] ?? "").some((noun) => nouns.has(noun))) return;
      context.report({
        node,
        message: `"${name}" is exported and one bare word: add a word that says which or what, or, when newcomers must know the noun, a line to the glossary at the top of ${GLOSSARY}`,
      });
    };
    return {
      ExportNamedDeclaration({ declaration, specifiers }) {
        for (const { local, exported } of specifiers)
          if (exported.name !== undefined && exported.name !== local.name) check(exported, exported.name);
        if (declaration === null) return;
        const ids =
          declaration.type === "VariableDeclaration"
            ? declaration.declarations.flatMap(({ id }) => declaredIn(id))
            : declaration.id?.type === "Identifier"
              ? [declaration.id]
              : [];
        for (const id of ids) check(id, id.name);
      },
    };
  },
};

/** Words of an earlier dialect, and what the field says. Keys of object literals are not looked at: most are stored or public. */
const PLAIN = new Map([
  ["desk", "unit (of work)"],
  ["rung", "step (of the escalation)"],
  ["rungs", "steps (of the escalation)"],
  ["ladder", "escalation policy, or its steps"],
  ["wish", "request, command or effect"],
  ["wishes", "requests, commands or effects"],
  ["verdict", "result"],
  ["verdicts", "results"],
  ["heard", "received or seen"],
  ["unheard", "stale"],
  ["whisper", "ephemeral message"],
  ["mute", "silence"],
  ["mutes", "silences"],
  ["muted", "suppressed, or silence"],
  ["unmute", "end of a silence"],
  ["automata", "automation"],
  ["shelf", "catalog"],
  ["shelved", "cataloged"],
  ["survivor", "merge target"],
  ["trouble", "self alert"],
  ["troubles", "self alerts"],
  ["calm", "quiet period"],
  ["calms", "quiet periods"],
  ["drains", "lane workers"],
  ["whereabouts", "affected scope"],
  ["obligation", "SLA"],
  ["doubts", "warnings"],
  ["told", "what it holds: the text, the message, the result"],
  ["tells", "what it holds: the text, the expectation"],
  ["said", "what it holds: the text, the digest, the problems"],
  ["untold", "default, or not announced"],
  ["hears", "receives"],
  ["wants", "requires, or must"],
  ["knows", "has, or can"],
  ["whoever", "the person who"],
  ["nobody", "no one, or what is missing"],
  ["somebody", "a person"],
  ["anew", "again"],
  ["lately", "recent"],
  ["unasked", "before approval, or unrequested"],
  ["unsaid", "not logged"],
  ["alarmed", "first alert, or paged"],
]);

/** Members that carry the name of a stored column or of a key in stored JSON, each where it is declared. */
const STORED_NAMES = new Map([
  ["src/db/alerts.ts", ["mutedUntil", "mutedWhy"]],
  ["src/db/stored-route.ts", ["ladder"]],
  ["src/domain/incident/incident.ts", ["heardAt"]],
  ["src/domain/policy/route.ts", ["ladder"]],
  ["src/engine/base/shown-message.ts", ["said"]],
  ["src/engine/postmortem/postmortem-performers.ts", ["said", "told"]],
  ["test/support/doubles/ports/chat-in-memory.ts", ["said"]],
]);

const plainNames = {
  meta: { type: "problem" },
  create(context) {
    const file = context.filename.replaceAll("\\", "/");
    const stored = [...STORED_NAMES].find(([path]) => file.endsWith(`/${path}`))?.[1] ?? [];
    const check = (id) => {
      if (id?.type !== "Identifier" && id?.type !== "PrivateIdentifier") return;
      if (stored.includes(id.name)) return;
      const found = wordsOf(id.name).find((word) => PLAIN.has(word));
      if (found !== undefined)
        context.report({ node: id, message: `"${id.name}": write "${PLAIN.get(found)}" for "${found}"` });
    };
    const checkParams = ({ id, params }) => {
      check(id);
      for (const param of params) declaredIn(param).forEach(check);
    };
    const checkId = ({ id }) => check(id);
    const checkKey = ({ key, computed }) => {
      if (!computed) check(key);
    };
    return {
      VariableDeclarator: ({ id }) => declaredIn(id).forEach(check),
      FunctionDeclaration: checkParams,
      FunctionExpression: checkParams,
      ArrowFunctionExpression: checkParams,
      TSDeclareFunction: checkParams,
      ClassDeclaration: checkId,
      TSTypeAliasDeclaration: checkId,
      TSInterfaceDeclaration: checkId,
      TSEnumDeclaration: checkId,
      PropertyDefinition: checkKey,
      MethodDefinition: checkKey,
      AccessorProperty: checkKey,
      TSAbstractMethodDefinition: checkKey,
      TSAbstractPropertyDefinition: checkKey,
      TSPropertySignature: checkKey,
      TSMethodSignature: checkKey,
    };
  },
};

const MINUTE = 60_000;

/** The numbers of a product: `24 * 60 * 60 * 1000` has four; what is no number is left out. */
function factorsOf(node) {
  if (node.type === "BinaryExpression" && node.operator === "*")
    return [...factorsOf(node.left), ...factorsOf(node.right)];
  return node.type === "Literal" && typeof node.value === "number" ? [node.value] : [];
}

const namedDurations = {
  meta: { type: "problem" },
  create(context) {
    const report = (node) =>
      context.report({
        node,
        message:
          "a duration of whole minutes: write it with MINUTE_MS, HOUR_MS or DAY_MS of src/domain/values/duration.ts",
      });
    return {
      Literal(node) {
        if (typeof node.value === "number" && node.value >= MINUTE && node.value % MINUTE === 0) report(node);
      },
      BinaryExpression(node) {
        if (node.operator !== "*" || (node.parent.type === "BinaryExpression" && node.parent.operator === "*")) return;
        const factors = factorsOf(node);
        // One factor that is the whole duration is reported as the number that it is.
        const product = factors.reduce((before, factor) => before * factor, 1);
        if (factors.includes(1000) && product % MINUTE === 0 && factors.every((factor) => factor % MINUTE !== 0))
          report(node);
      },
    };
  },
};

/** What people are called in code. */
const PERSON =
  /^(?:actor|person|owner|holder|author|reviewer|commander|initiator|requester|viewer|by|to|from|me|roles|\w+By)$/;

/** Whether an expression is the id of a person: `ctx.actor.id`, `incident.roles[role]?.id`. */
function isPersonId(node) {
  if (node?.type === "ChainExpression" || node?.type === "TSNonNullExpression") return isPersonId(node.expression);
  if (node?.type !== "MemberExpression" || propertyOf(node) !== "id") return false;
  return PERSON.test(lastNameOf(node.object) ?? "");
}

/** The name that an expression ends with; of what is looked up by a key, the name of where it is looked up. */
function lastNameOf(node) {
  switch (node?.type) {
    case "Identifier":
      return node.name;
    case "TSNonNullExpression":
    case "ChainExpression":
      return lastNameOf(node.expression);
    case "MemberExpression":
      return node.computed ? lastNameOf(node.object) : node.property.name;
    default:
      return null;
  }
}

const isConstant = (node) => node?.type === "Literal" || (node?.type === "Identifier" && /^[A-Z_]+$/.test(node.name));

const samePerson = {
  meta: { type: "problem" },
  create(context) {
    if (context.filename.replaceAll("\\", "/").endsWith("/src/domain/policy/people.ts")) return {};
    const report = (node) =>
      context.report({
        node,
        message:
          "one person has several ids: compare people with isSamePerson or isPersonAmong of #domain/policy/people.ts",
      });
    return {
      BinaryExpression(node) {
        const { left, right, operator } = node;
        if (!/^[!=]==?$/.test(operator) || isConstant(left) || isConstant(right)) return;
        if (isPersonId(left) || isPersonId(right)) report(node);
      },
      CallExpression(node) {
        const method = node.callee.type === "MemberExpression" ? propertyOf(node.callee) : null;
        if ((method === "includes" || method === "indexOf") && node.arguments.some(isPersonId)) report(node);
      },
    };
  },
};

// oxlint-disable-next-line import/no-default-export -- oxlint reads the default export
export default {
  meta: { name: "muster" },
  rules: {
    "no-ambient-clock": noAmbientClock,
    "exported-names": exportedNames,
    "plain-names": plainNames,
    "named-durations": namedDurations,
    "same-person": samePerson,
  },
};
