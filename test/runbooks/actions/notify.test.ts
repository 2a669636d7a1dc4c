import { toRichText } from "#domain/values/rich-text.ts";
import { expect, test } from "vitest";
import type { Incident } from "#domain/incident/incident.ts";
import { findRunner, type ActionJob } from "#runbooks/index.ts";
import { NO_PORTS } from "#ports/action-ports.ts";
import { dryRunChat, dryRunPaging, dryRunTickets } from "#integrations/dry-run/dry-run.ts";
import { anIncident } from "#test/support/builders/incidents.ts";
import { MINUTE, NOW } from "#test/support/builders/instants.ts";

/** What a message of a run comes to about an incident, and what was posted. */
async function notifies(state: Incident): Promise<{ readonly outcome: unknown; readonly posted: readonly string[] }> {
  const posted: string[] = [];
  const log = (): void => {};
  const job: ActionJob = {
    ports: NO_PORTS,
    people: {
      chat: {
        ...dryRunChat(log, () => "id"),
        post: (channel) => {
          posted.push(channel);
          return Promise.resolve({ id: "1", channel, note: "" });
        },
      },
      paging: dryRunPaging(log),
      tickets: dryRunTickets(log),
    },
    mention: (to) => Promise.resolve(toRichText(to)),
    incident: () => Promise.resolve({ state, defaultChannel: "incidents", page: "https://muster.example", alarms: [] }),
    run: { number: 1, title: "Restart" },
    key: "RUN-1/0",
    clock: () => NOW,
    startedAt: NOW,
    deadline: NOW + 2 * MINUTE,
    again: false,
  };
  return { outcome: await findRunner("notify").run({ to: "incident", text: "the leak is closed" }, job), posted };
}

const NO_CHANNEL = { channel: null, channelRequested: false } as const;

test("the people of an incident without a channel read it in their team's", async () => {
  const { posted } = await notifies(anIncident({ ...NO_CHANNEL, private: false }));
  expect(posted).toHaveLength(1);
});

test("a message about a private incident is posted in its own channel or nowhere", async () => {
  expect(await notifies(anIncident({ ...NO_CHANNEL, private: true }))).toEqual({
    outcome: { state: "refused", says: expect.stringContaining("private") as string },
    posted: [],
  });
  const own = { id: "C0OWN", name: "inc-1", url: "" };
  expect((await notifies(anIncident({ private: true, channel: own }))).posted).toEqual(["C0OWN"]);
});
