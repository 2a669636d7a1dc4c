import type { AppConfig } from "#config/app-config.ts";
import { refusedInvitations } from "#db/outages/refused-invitations.ts";
import { MINUTE_MS } from "#domain/values/duration.ts";
import { incidentId, type Person } from "#domain/values/language.ts";
import type { Engine } from "#engine/base/engine.ts";
import { NamedProblem } from "#domain/values/named-problem.ts";
import { createPersonAccess } from "#app/access/person-access.ts";
import { INTEGRATIONS } from "./integration-list.ts";
import type { DoctorFinding, DoorLine, Integration } from "./integration.ts";
import { checkTickets } from "./ticket-check.ts";

/** How often the chat and the trackers are asked what is wrong with their setup, in ms. */
const ASKED_EVERY_MS = 5 * MINUTE_MS;

/** What is wrong with the setup, a sentence each with what to do; what was mended is gone at the next look. */
export type SetupWatch = {
  readonly faults: () => Promise<readonly string[]>;
  /** For someone in the chat: those who administer Muster, or everyone where the policy names no one who does. */
  readonly faultsFor: (person: Person) => Promise<readonly string[]>;
  /** Asks now. */
  readonly look: () => Promise<void>;
  /** Asks from its start on, and is a health check. */
  readonly line: DoorLine;
};

/**
 * Asks chat and trackers as `muster doctor` does, while Muster runs. `integrations`: the vendors there are; absent: the
 * product's own. `sweepEvery` null: nothing is asked by itself.
 */
export function createSetupWatch(
  config: AppConfig,
  engine: Pick<Engine, "connection" | "policy" | "chat" | "clock" | "log">,
  {
    integrations = INTEGRATIONS,
    sweepEvery,
  }: { readonly integrations?: readonly Integration[]; readonly sweepEvery?: number | null },
): SetupWatch {
  let found: readonly string[] = [];
  const chats = integrations.filter(({ setup }) => setup?.offers === "chat");
  const look = async (): Promise<void> => {
    const asked = { ...config, policy: engine.policy() };
    const findings: DoctorFinding[] = [];
    for (const { check } of chats) findings.push(...((await check?.(asked, engine.clock)) ?? []));
    findings.push(...(await checkTickets(asked, engine.clock)));
    const faults = findings.flatMap(({ ok, says }) => (ok ? [] : [withStop(says)]));
    for (const fault of faults.filter((each) => !found.includes(each)))
      engine.log.warn({ fault }, "the setup has a fault");
    found = faults;
  };
  const faults = async (): Promise<readonly string[]> => [
    ...found,
    ...(await refusedInvitations(engine.connection.db)).flatMap(({ incident, refused }) =>
      refused.map((each) => withStop(`Not in the channel of ${incidentId(incident)}: ${each}`)),
    ),
  ];
  const hasAccess = createPersonAccess(engine);
  const lookSafely = (): void =>
    void look().catch((err: unknown) =>
      engine.log.warn({ err }, "could not look at the setup; the next look tries again"),
    );
  return {
    look,
    faults,
    async faultsFor(person) {
      const names = engine.policy().access.admins.length > 0;
      return names && !(await hasAccess(person, "admin")) ? [] : faults();
    },
    line: setupLine(faults, sweepEvery === null ? null : lookSafely),
  };
}

/** The health check, and the looks by the clock; `look` null: none. */
function setupLine(faults: SetupWatch["faults"], look: (() => void) | null): DoorLine {
  let timer: NodeJS.Timeout | undefined;
  const probe = async (): Promise<void> => {
    const all = await faults();
    if (all.length > 0) throw new NamedProblem(all.join(" "));
  };
  return {
    checks: [{ name: "setup", critical: false, probe }],
    start() {
      look?.();
      if (look !== null) timer = setInterval(look, ASKED_EVERY_MS);
      return Promise.resolve();
    },
    stop() {
      clearInterval(timer);
      return Promise.resolve();
    },
  };
}

function withStop(text: string): string {
  return /[.!?]$/.test(text) ? text : `${text}.`;
}
