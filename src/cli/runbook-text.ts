import { formatDuration } from "#domain/values/duration.ts";
import {
  requireAction,
  classifyCall,
  type PlannedStep,
  type Runbook,
  type RunbookPlan,
  type Step,
} from "#runbooks/index.ts";

const MODES: Readonly<Record<Runbook["mode"], string>> = {
  off: "off: shown to people, nothing runs",
  suggest: "suggest: reads by itself, people do the rest",
  diagnose: "diagnose: reads and tells people by itself, there is nothing to change",
  approve: "approve: steps that change something run when people approve",
  auto: "auto: runs by itself, but for steps that ask",
};

/** A runbook for people at a terminal: the page, and under each heading what would run. */
export function showRunbook(runbook: Runbook): string {
  const { id, title, owner, mode, match, params, limits, escalate, sections, steps, file, documentation } = runbook;
  const facts: [string, string][] = [
    ["file", file],
    ["owner", owner ?? "–"],
    ["mode", documentation ? "documentation: nothing in it runs" : MODES[mode]],
    ["for", match.join(", ") || "–"],
    ...Object.entries(params).map(([name, { from, pattern, inventory }]): [string, string] => [
      `$${name}`,
      `label ${from}, ${inventory === null ? `must match ${pattern ?? ""}` : `a row of inventory.${inventory}`}`,
    ]),
    ...(documentation ? [] : [["limits", showLimits(limits)] as [string, string]]),
    ...(escalate === null
      ? []
      : [["escalates", `after ${formatDuration(escalate.after)} to ${escalate.to}`] as [string, string]]),
  ];
  const pages = sections.map(({ heading, depth, parts }) => {
    const shown = parts.map((part) => {
      if (part.kind === "text") return part.markdown;
      if (part.kind === "verify")
        return runbook.verify === null
          ? ""
          : `  ✔ ${runbook.verify.promql.join("\n    and ")}\n    for ${formatDuration(runbook.verify.for)}`;
      const step = steps.find((each) => each.id === part.id);
      return step === undefined ? "  ▷ a step that does not run" : showStep(step);
    });
    return [heading === "" ? "" : `${"#".repeat(depth)} ${heading}`, ...shown]
      .filter((part) => part !== "")
      .join("\n\n");
  });
  return `${id}: ${title}\n\n${columns(facts)}\n\n${pages.join("\n\n")}`;
}

function showStep({ id, uses, when, approve, with: args }: Step): string {
  const { touches } = classifyCall(requireAction(uses), args);
  const approvalText =
    approve === null
      ? touches === "systems"
        ? ", without approval"
        : ""
      : `, asks ${approve.count} of ${approve.from.join(", ")}`;
  return `  ▶ ${id}: ${uses}, ${touches === "systems" ? "changes systems" : touches === "people" ? "tells people" : "reads"}${approvalText}${when === null ? "" : `\n    when ${when}`}`;
}

/** A plan for people at a terminal: all that would run, with everything filled in that is known before. */
export function showPlan(plan: RunbookPlan, runbook: Runbook): string {
  const head: [string, string][] = [
    ["mode", MODES[plan.mode]],
    ["file", `${runbook.file}, SHA-256 ${plan.sha256.slice(0, 12)}`],
    ...Object.entries(plan.params).map(([name, { value, row }]): [string, string] => [
      `$${name}`,
      row === null
        ? plain(value)
        : `${plain(value)} (${
            Object.entries(row)
              .map(([field, text]) => `${field}=${plain(text)}`)
              .join(", ") || "no fields"
          })`,
    ]),
    ["limits", showLimits(plan.limits)],
    ...(plan.escalate === null
      ? []
      : [
          ["escalates", `after ${formatDuration(plan.escalate.after)} to ${plain(plan.escalate.to)}`] as [
            string,
            string,
          ],
        ]),
  ];
  const { verify } = plan;
  const proof: [string, string][] =
    verify === null
      ? [["verify", "nothing changes, nothing to prove"]]
      : [
          ...verify.promql.map(({ measure, operator, threshold }, i): [string, string] => [
            i === 0 ? "verify" : "and",
            `${measure} ${operator} ${threshold}`,
          ]),
          [
            "",
            `for ${formatDuration(verify.for)}, begun within ${formatDuration(verify.within)}; no data: ${verify.noData}${verify.alertResolved ? "; and the alert resolves" : ""}`,
          ],
          ...(verify.minTraffic === null
            ? []
            : [
                [
                  "",
                  `only if ${verify.minTraffic.measure} ${verify.minTraffic.operator} ${verify.minTraffic.threshold}`,
                ] as [string, string],
              ]),
        ];
  const steps = plan.steps.map((step, i) => planned(step, i + 1)).join("\n\n");
  return `${plan.runbook}: ${plan.title}\n\n${columns(head)}\n\n${steps}\n\n${columns(proof)}\n\nplan ${plan.hash}`;
}

function planned(step: PlannedStep, number: number): string {
  const does =
    step.touches === "systems"
      ? `changes systems (${step.effect}, ${step.risk} risk)`
      : step.touches === "people"
        ? "tells people"
        : "reads";
  const { approve } = step;
  const lines: [string, string][] = [
    ...(step.when === null ? [] : [["when", step.when] as [string, string]]),
    ...(step.guard === null
      ? []
      : [["guard", `${step.guard.uses} ${argument(step.guard.with)}: ${step.guard.holds}`] as [string, string]]),
    ...(step.probe === undefined
      ? []
      : [["probe", `${step.probe.uses} ${argument(step.probe.with)}: ${step.probe.holds}`] as [string, string]]),
    ...Object.entries(step.with).map(([name, value]): [string, string] => [name, argument(value)]),
    ...(approve === null
      ? []
      : [
          [
            "approval",
            `${approve.count} of ${approve.from.map(plain).join(", ")} within ${formatDuration(approve.expires)}${approve.unless === null ? "" : `, unless ${approve.unless}`}`,
          ] as [string, string],
        ]),
    ...(step.undo.length === 0 ? [] : [["undone", step.undo.join(", ")] as [string, string]]),
    ...(step.timeout === null ? [] : [["timeout", formatDuration(step.timeout)] as [string, string]]),
  ];
  return `${number}. ${step.id}: ${step.uses}, ${does}\n${columns(lines, "   ")}`.trimEnd();
}

/** Deferred values as what they will be taken from. */
function argument(value: unknown): string {
  if (typeof value === "string") return plain(value);
  if (typeof value === "object" && value !== null) {
    if ("$step" in value && typeof value.$step === "string") return `‹${value.$step}›`;
    if ("$template" in value && typeof value.$template === "string") return `‹${value.$template.trim()}›`;
    if (Array.isArray(value)) return `[${value.map(argument).join(", ")}]`;
    return `{ ${Object.entries(value)
      .map(([key, each]) => `${key}: ${argument(each)}`)
      .join(", ")} }`;
  }
  return JSON.stringify(value) ?? "";
}

/** A text on a terminal: what could move the cursor is written as an escape. */
function plain(text: string): string {
  return /^[^\p{Cc}\p{Cf}]*$/u.test(text) ? text : JSON.stringify(text);
}

function showLimits({ lock, cooldown, maxRuns, maxTargets, breaker }: RunbookPlan["limits"]): string {
  return `lock ${lock} · ${formatDuration(cooldown)} between runs · ${maxRuns.runs} in ${formatDuration(maxRuns.per)} · ${maxTargets === 1 ? "1 target" : `${maxTargets} targets`} · stops for ${formatDuration(breaker.open)} after ${breaker.failedVerifies} not verified`;
}

function columns(rows: readonly (readonly [string, string])[], indent = ""): string {
  const width = Math.max(0, ...rows.map(([name]) => name.length));
  return rows
    .map(([name, text]) =>
      `${indent}${name.padEnd(width)}  ${text.replaceAll("\n", `\n${indent}${" ".repeat(width + 2)}`)}`.trimEnd(),
    )
    .join("\n");
}
