import { expect } from "vitest";
import { parseDuration } from "#domain/values/duration.ts";
import { formatUtcDay, formatUtcTime } from "#domain/values/instant.ts";
import type { WebhookBody } from "#domain/deliveries/alertmanager-body.ts";
import { MUSTER_ACTOR, type Instant } from "#domain/values/language.ts";
import { alertOf, deliveryOf, type AlertOptions, type LabelSet } from "#test/support/builders/webhooks.ts";
import { SIGNING_SECRET, startApp, type TestApp } from "#test/support/harness/app/test-app.ts";
import { SECOND } from "#test/support/builders/instants.ts";
import { StoryChannel, writtenMessages, type ChannelSurroundings } from "./story-channel.ts";
import { settlePacedEffects, passTime, type LaneWorks } from "#test/support/harness/engine/lanes.ts";
import { isJson, stringOrEmpty, type JsonObject } from "#test/support/builders/json.ts";
import { textsOf } from "#test/support/doubles/slack/block-kit.ts";
import { waitFor } from "#test/support/harness/wait-until.ts";
import { FORM_IDS } from "#views/response/incident-forms.ts";
import {
  startSlack,
  type ApiCall,
  type SlackDelivery,
  type PersonName,
  type SlackDouble,
} from "#test/support/doubles/slack/slack-double.ts";
import { aSubmission } from "#test/support/builders/submissions.ts";

type Fires = Partial<Pick<AlertOptions, "summary" | "annotations" | "startsAt">>;

/** The longest pace of a coalescing effect: so much of the clock may go by while a story settles. */
const PACE_MS = 10 * SECOND;

/**
 * The whole of Muster in this process, with an emulated Slack, a pager and a tracker that remember, and a clock that a
 * story sets. `end` fails for whatever happened that the story did not expect: messages, files, whispers, pages,
 * tickets, lines of the log, and anything that Slack would have refused.
 */
export class StoryHarness {
  readonly app: TestApp;
  readonly emulated: SlackDouble;
  readonly #expected = new Set<string>();
  readonly #reported = new Map<string, AlertOptions>();
  readonly #around: ChannelSurroundings;
  #checkedAlerts = 0;
  #whispered = 0;
  #forms = 0;

  private constructor(app: TestApp, emulated: SlackDouble) {
    this.app = app;
    this.emulated = emulated;
    this.#around = { slack: emulated, url: app.url, expected: this.#expected, settles: () => this.settles() };
  }

  static async open(policy: (people: SlackDouble["people"]) => object = staffed): Promise<StoryHarness> {
    const emulated = await startSlack();
    return new StoryHarness(await startApp({ slack: emulated, policy: policy(emulated.people) }), emulated);
  }

  readonly alertmanager = {
    /** One alert begins to fire, now unless it has another start. */
    fires: (labels: LabelSet, options: Fires = {}): Promise<void> =>
      this.#deliver([alertOf(labels, this.#tell(labels, options))]),
    /** Many, in one request. */
    storms: (alerts: readonly LabelSet[]): Promise<void> =>
      this.#deliver(alerts.map((labels) => alertOf(labels, this.#tell(labels, {})))),
    resolves: (...alerts: readonly LabelSet[]): Promise<void> =>
      this.#deliver(
        alerts.map((labels) =>
          alertOf(labels, { startsAt: this.now, ...this.#reported.get(JSON.stringify(labels)), endsAt: this.now }),
        ),
      ),
  };

  readonly slack = {
    channel: async (name: RegExp | string): Promise<StoryChannel> => {
      const channels = await this.emulated.channels();
      const found = channels.filter((each) => (typeof name === "string" ? each.name === name : name.test(each.name)));
      if (found.length !== 1)
        throw new Error(
          `${found.length} channels are called ${String(name)}; there are: ${channels.map((each) => each.name).join(", ")}`,
        );
      return new StoryChannel(this.#around, found[0]!.id, found[0]!.name);
    },
    /** The form that a click opens: it comes after the click is answered. */
    expectForm: async (): Promise<void> =>
      void (await waitFor(() => this.emulated.callsOf("views.open")[this.#forms]?.answer?.ok && this.#formIsLoaded(), {
        what: "a form",
      }),
      this.#forms++),
    /** Someone submits the form that was opened last. */
    submits: async (
      as: PersonName,
      values: Readonly<Record<string, Readonly<Record<string, string>>>>,
    ): Promise<SlackDelivery> => {
      const delivery = await this.emulated.submitView({
        as: this.emulated.people[as].id,
        callbackId: FORM_IDS.resolve,
        values,
        url: this.app.url,
        signingSecret: SIGNING_SECRET,
      });
      await this.settles();
      return delivery;
    },
    /** Someone types `/incident …`; answers what only they see at once, "" when nothing. */
    types: async (as: PersonName, text: string, where: string = this.emulated.people[as].id): Promise<string> => {
      const delivery = await this.emulated.command({
        as: this.emulated.people[as].id,
        command: "/incident",
        text,
        channelId: where,
        url: this.app.url,
        signingSecret: SIGNING_SECRET,
      });
      expect(delivery.status).toBe(200);
      await this.settles();
      return delivery.body === ""
        ? ""
        : textsOf((JSON.parse(delivery.body) as { blocks: readonly JsonObject[] }).blocks).join("\n");
    },
    /** The next message that only one person saw. */
    expectWhisper: (to: PersonName, text: string | RegExp): void => {
      const call = this.#whispers()[this.#whispered++];
      // An answer to a question goes where the question came from; no one else sees it there.
      if (call?.method === "chat.postEphemeral") expect(call.body["user"]).toBe(this.emulated.people[to].id);
      expect(stringOrEmpty(call?.body["text"])).toMatch(text);
    },
  };

  readonly time = {
    passes: (text: string): Promise<void> => passTime(this.#works, parseDuration(text)!),
    /** Goes on until a UTC clock shows it. */
    at: (clock: string): Promise<void> =>
      passTime(this.#works, Date.parse(`${formatUtcDay(this.now)}T${clock}:00Z`) - this.now),
  };

  readonly pages = {
    /** Everyone who was paged since this was asked last. */
    expect: (wanted: readonly string[]): void =>
      expect(this.app.paging.triggered.splice(0).map(({ to, priority }) => `${priority} ${to}`)).toEqual(wanted),
  };

  readonly tickets = {
    expect: (wanted: readonly string[]): void =>
      expect(this.app.tickets.opened.splice(0).map(({ title }) => title)).toEqual(wanted),
  };

  readonly log = {
    /** The next complaint in the log. */
    expect: (wanted: string | RegExp): void => expect(this.app.log.selfAlerts[this.#checkedAlerts++]).toMatch(wanted),
  };

  get now(): Instant {
    return this.app.time.now;
  }

  settles(): Promise<void> {
    return settlePacedEffects(this.#works, PACE_MS);
  }

  incident(id: string): Promise<Readonly<Record<string, unknown>>> {
    return this.app.json(`/api/incidents/${id}`);
  }

  /** "14:32 INC-1 opened as …": the timeline as people read it. */
  async timeline(id: string): Promise<string[]> {
    const { entries } = await this.app.json<{ entries: { at: string; summary: string }[] }>(
      `/api/incidents/${id}/timeline`,
    );
    return entries.map(({ at, summary }) => `${formatUtcTime(Date.parse(at))} ${summary}`);
  }

  /** Whether the view that Slack shows last is a form, and no longer the one that asks for a moment. */
  #formIsLoaded(): boolean {
    const shown = this.emulated.calls.findLast(({ method, answer }) => method.startsWith("views.") && answer?.ok);
    const view = shown?.answer?.view;
    return isJson(view) && !stringOrEmpty(view["callback_id"]).endsWith(".loading");
  }

  /** The day's digest is due, by the clock of a worker. */
  async digest(day: string): Promise<void> {
    await this.app.submit(
      aSubmission({ type: "digest.due", day }, { key: `digest:${day}`, urgency: 4, actor: MUSTER_ACTOR, at: this.now }),
    );
    await this.settles();
  }

  /** The end of the story. @throws for everything that it did not expect */
  async end(): Promise<void> {
    try {
      await this.settles();
      const surprises = [
        ...this.emulated.violations.map((each) => `Slack would have refused: ${each}`),
        ...this.app.paging.triggered.map(({ to, summary }) => `paged ${to}: ${summary}`),
        ...this.app.tickets.opened.map(({ title }) => `ticket: ${title}`),
        ...this.app.log.selfAlerts.slice(this.#checkedAlerts).map((each) => `log: ${each}`),
        ...this.#whispers()
          .slice(this.#whispered)
          .map(({ body }) => `whispered: ${stringOrEmpty(body["text"])}`),
        ...this.emulated
          .callsOf("views.open")
          .slice(this.#forms)
          .map(() => "a form was opened"),
      ];
      for (const { id, name } of await this.emulated.channels()) {
        for (const { ts, text } of writtenMessages(await this.emulated.messages(id)))
          if (!this.#expected.has(`${id} ${ts}`)) surprises.push(`#${name}: ${text}`);
        for (const file of await this.emulated.files(id))
          if (!this.#expected.has(`file ${file.id}`)) surprises.push(`#${name}: file ${file.name}`);
      }
      expect(surprises, "what nobody expected").toEqual([]);
    } finally {
      await this.app.stop();
      await this.emulated.close();
    }
  }

  #whispers(): readonly ApiCall[] {
    return this.emulated.calls.filter(
      ({ method, body }) =>
        method === "chat.postEphemeral" || (method === "response_url" && body["delete_original"] !== true),
    );
  }

  get #works(): LaneWorks {
    const { engine, workers, time } = this.app;
    return { connection: engine.connection, laneWorkers: workers, time };
  }

  /** The labels of an alert are repeated at its end. */
  #tell(labels: LabelSet, options: Fires): AlertOptions {
    const reported = { startsAt: this.now, ...options };
    this.#reported.set(JSON.stringify(labels), reported);
    return reported;
  }

  async #deliver(alerts: WebhookBody["alerts"]): Promise<void> {
    const response = await this.app.post("/webhooks/alertmanager", deliveryOf(alerts));
    expect([response.status, await response.json()]).toEqual([202, { accepted: alerts.length, refused: 0 }]);
    await this.settles();
  }
}

/** A team of four: Alice is on call, Bob and Dana come after her, Charlie is a member. */
function staffed(people: SlackDouble["people"]): object {
  return {
    channels: { incidents: "incidents", digest: "digest" },
    people: Object.fromEntries(
      Object.values(people).map(({ id, name }) => [
        name,
        { name: `${name.charAt(0).toUpperCase()}${name.slice(1)}`, slack: id },
      ]),
    ),
    teams: {
      orders: { channel: "payments", members: ["bob", "charlie"], oncall: ["alice"], escalation: [["bob"], ["dana"]] },
    },
    defaultTeam: "orders",
    services: {
      "order-service": {
        team: "orders",
        dashboards: [{ title: "Orders", url: "https://grafana.example/d/orders" }],
        runbook: "https://runbooks.example/orders",
      },
    },
  };
}
