import { expect, test } from "vitest";
import { describeLive } from "#test/support/harness/servers/live.ts";
import {
  APPROVED_BY_ONE,
  planKill,
  journalStates,
  numberedNames,
  useRunChaos,
  KILL_POINTS,
  stepFence,
  signalOnArrival,
} from "#test/support/harness/processes/run-kill-plans.ts";
import { aChaosRunbook } from "#test/support/harness/processes/target-server.ts";
import type { RunKillPlan } from "#test/support/harness/processes/victim.ts";

// A real process with Muster's worker is killed or frozen at every point of a run; another takes over. What happened is counted by the
// world outside, which remembers.

describeLive("a step that reads", ["postgres"], () => {
  const on = useRunChaos(() =>
    Promise.resolve({
      alertname: "Read",
      services: [],
      runbook: () =>
        aChaosRunbook(
          "Read",
          stepFence(`id: look\nuses: prometheus.query\nwith: { query: 'pool{service="$service"}' }`),
        ),
    }),
  );

  test.each(KILL_POINTS.map((point, i) => [point, i + 1] as const))(
    "is read in the end, killed at %s",
    async (point, number) => {
      const { victims } = on;
      const service = `read-${number}`;
      const deaths = victims.deaths();
      planKill(victims, number, point, "look", `pool{service="${service}"}`);
      await victims.fires(service);
      expect(await victims.reaches(number, "suggested")).toMatchObject({ reason: "nothing was changed" });
      expect(victims.deaths()).toBe(deaths + 1);
      expect(journalStates(await victims.journal(number), 0)).toEqual(["finished"]);
      const requests = victims.world.asked.filter((query) => query.includes(`"${service}"`)).length;
      expect(requests).toBe(["on the wire", "run.acted"].includes(point) ? 2 : 1);
    },
  );
});

describeLive("a step that may be sent twice", ["postgres"], () => {
  const services = numberedNames("restart", 4);
  const on = useRunChaos(() =>
    Promise.resolve({
      alertname: "Restart",
      services,
      runbook: () =>
        aChaosRunbook(
          "Restart",
          stepFence(
            `id: restart\nuses: k8s.restart\nwith: { namespace: shop, deployment: $service }\n${APPROVED_BY_ONE}\ntimeout: 1m`,
          ),
        ),
    }),
  );
  const deployed = (name: string) => on.victims.k8s.state.deployments.find(({ metadata }) => metadata.name === name)!;
  const DOOMS: readonly (readonly [string, readonly RunKillPlan["step"][]])[] = [
    ["before it is begun", ["run.starting"]],
    ["when it is begun", ["run.started"]],
    ["when it was sent", ["run.acted"]],
    ["when it was sent, and again by the one that took over", ["run.acted", "run.acted"]],
  ];

  test.each(DOOMS.map(([title, dooms], i) => [title, dooms, i + 1] as const))(
    "is sent with the intent of its journal, killed %s",
    async (_, dooms, number) => {
      const { victims } = on;
      const deaths = victims.deaths();
      await victims.fires(`restart-${number}`);
      await victims.reaches(number, "waiting-approval");
      victims.dooms(...dooms.map((each) => ({ run: number, step: each, id: "restart" })));
      await victims.approves(number, "alice");
      await victims.writes(number, (journal) => journal.some(({ handle }) => handle !== null));
      expect(victims.deaths()).toBe(deaths + dooms.length);
      const [line] = await victims.journal(number);
      const stamp = deployed(`restart-${number}`).spec.template.metadata?.annotations?.[
        "kubectl.kubernetes.io/restartedAt"
      ];
      expect(Date.parse(stamp!)).toBe(Math.floor(Number(line!.intent["stamp"]) / 1_000) * 1_000);
    },
  );

  test("all of them were restarted once, and verified", async () => {
    for (const [i, name] of services.entries()) {
      await on.victims.reaches(i + 1, "succeeded");
      expect(deployed(name).metadata.generation, name).toBe(2);
      expect(journalStates(await on.victims.journal(i + 1), 0)).toEqual(["finished"]);
    }
  });
});

describeLive("what is put back in the end", ["postgres"], () => {
  const services = numberedNames("scale", 3);
  const on = useRunChaos(() =>
    Promise.resolve({
      alertname: "Scale",
      services,
      runbook: () =>
        aChaosRunbook(
          "Scale",
          stepFence(
            `id: pause\nuses: k8s.scale\nwith: { namespace: shop, deployment: $service, replicas: 0 }\n${APPROVED_BY_ONE}\nundo: { on: [run-ended] }`,
          ),
        ),
    }),
  );

  test.each([
    ["while it verifies", 1],
    ["when the undoing is begun", 2],
    ["when the undoing was sent", 3],
  ] as const)("is put back once, killed %s", async (where, number) => {
    const { victims } = on;
    const deaths = victims.deaths();
    await victims.fires(`scale-${number}`);
    await victims.reaches(number, "waiting-approval");
    if (number === 1) {
      victims.dooms();
      // Asked once before the step is begun, for the value before.
      await victims.approves(number, "alice");
      await victims.reaches(number, "verifying");
      signalOnArrival(victims, `latency{service="scale-${number}"}`, "SIGKILL");
    } else {
      victims.dooms({
        run: number,
        step: where.includes("begun") ? "run.started" : "run.acted",
        id: "pause",
        undo: true,
      });
      await victims.approves(number, "alice");
    }
    await victims.reaches(number, "succeeded");
    expect(victims.deaths()).toBe(deaths + 1);
    const deployment = victims.k8s.state.deployments.find(({ metadata }) => metadata.name === `scale-${number}`)!;
    expect([deployment.spec.replicas, deployment.metadata.generation]).toEqual([2, 3]);
    const journal = await victims.journal(number);
    expect([journalStates(journal, 0), journalStates(journal, -1)]).toEqual([["finished"], ["finished"]]);
  });
});
