/**
 * Muster's own lint rules, loaded by oxlint (`jsPlugins` in .oxlintrc.json).
 *
 * no-ambient-clock: a clock that is not injected makes tests fail by date and code behave differently in a replay.
 */

const CLOCKS = new Map([
  ["Date", ["now"]],
  ["performance", ["now"]],
  ["process", ["hrtime"]],
  ["Temporal", ["Now"]],
]);

const noAmbientClock = {
  meta: { type: "problem" },
  create(context) {
    const report = (node, what) =>
      context.report({
        node,
        message: `${what} reads the machine's clock: take a clock as an argument (src: Clock or Stopwatch; test: #test/support/harness/clock.ts)`,
      });
    return {
      MemberExpression(node) {
        if (node.object.type !== "Identifier") return;
        const name = node.computed ? node.property.value : node.property.name;
        if (CLOCKS.get(node.object.name)?.includes(name)) report(node, `${node.object.name}.${name}`);
      },
      NewExpression(node) {
        if (node.callee.type === "Identifier" && node.callee.name === "Date" && node.arguments.length === 0)
          report(node, "new Date()");
      },
      CallExpression(node) {
        if (node.callee.type === "Identifier" && node.callee.name === "Date") report(node, "Date()");
      },
    };
  },
};

// oxlint-disable-next-line import/no-default-export -- oxlint reads the default export
export default { meta: { name: "muster" }, rules: { "no-ambient-clock": noAmbientClock } };
