import { alertOf, deliveryOf, type LabelSet } from "#test/support/builders/webhooks.ts";
import { SECOND } from "#test/support/builders/instants.ts";
import { SIGNING_SECRET, startApp, type TestApp } from "./test-app.ts";
import { isJson, jsonList, stringOrEmpty, type JsonObject } from "#test/support/builders/json.ts";
import { textsOf } from "#test/support/doubles/slack/block-kit.ts";
import type { SlackDelivery, PersonName, SlackDouble } from "#test/support/doubles/slack/slack-double.ts";
import { waitFor } from "#test/support/harness/wait-until.ts";

/**
 * What someone got where only they see it: in the answer of Slack's own request, by its address, or as an ephemeral
 * message.
 */
type SlackReplies = {
  readonly status: number;
  readonly text: string;
  readonly blocks: readonly JsonObject[];
  readonly delivery: SlackDelivery;
};

/** People in an emulated Slack in front of a whole Muster: what they may type and click, and what is stored of it. */
export class SlackPeople {
  readonly app: TestApp;
  readonly emulated: SlackDouble;

  private constructor(app: TestApp, emulated: SlackDouble) {
    this.app = app;
    this.emulated = emulated;
  }

  /** Alice is on call for the team `orders`, Bob and Charlie are in it; Dana is in no team. */
  static async open(policy: (people: SlackDouble["people"]) => object = () => ({})): Promise<SlackPeople> {
    // loaded here, because the many tests of the app that need no emulated Slack would wait for it
    const { startSlack } = await import("#test/support/doubles/slack/slack-double.ts");
    const slack = await startSlack();
    const people = Object.fromEntries(
      Object.values(slack.people).map(({ id, name }) => [
        name,
        { name: name.charAt(0).toUpperCase() + name.slice(1), slack: id },
      ]),
    );
    const staff = {
      channels: { incidents: "incidents" },
      people,
      teams: { orders: { channel: "payments", members: ["bob", "charlie"], oncall: ["alice"] } },
      defaultTeam: "orders",
      ...policy(slack.people),
    };
    return new SlackPeople(await startApp({ slack, policy: staff }), slack);
  }

  async close(): Promise<void> {
    await this.app.stop();
    await this.emulated.close();
  }

  /** Does everything that is paced: invitations, edits, messages that wait for others. */
  async settlesPaced(): Promise<void> {
    for (let i = 0; i < 4; i++) {
      await this.app.settles();
      this.app.time.now += 10 * SECOND;
    }
    await this.app.settles();
  }

  id(name: PersonName): string {
    return this.emulated.people[name].id;
  }

  get product(): { readonly url: string; readonly signingSecret: string } {
    return { url: this.app.url, signingSecret: SIGNING_SECRET };
  }

  /** An alert opens an incident, and its channel is there; answers the channel's id. */
  async incident(labels: LabelSet): Promise<string> {
    await this.app.post(
      "/webhooks/alertmanager",
      deliveryOf([alertOf({ severity: "P2", ...labels }, { startsAt: this.app.time.now })]),
    );
    await this.app.settles();
    const { incidents } = await this.app.json<{ incidents: { channel: { id: string } | null }[] }>(
      "/api/incidents?limit=1",
    );
    return incidents[0]!.channel!.id;
  }

  /** The same, and everyone has joined the channel. */
  async crowdedIncident(labels: LabelSet): Promise<string> {
    const channel = await this.incident(labels);
    for (const name of ["alice", "bob", "charlie", "dana"] as const)
      await this.emulated.behind("conversations.join", { channel }, this.id(name));
    return channel;
  }

  /** A channel that is no incident's. */
  async elsewhere(): Promise<string> {
    return (await this.emulated.channel("payments"))!.id;
  }

  async types(as: PersonName, text: string, channelId: string, command = "/incident"): Promise<SlackReplies> {
    return this.#replies(await this.emulated.command({ ...this.product, as: this.id(as), command, text, channelId }));
  }

  async says(
    as: PersonName,
    text: string,
    channelId: string,
    threadTs?: string,
  ): Promise<{ readonly ts: string; readonly delivery: SlackDelivery }> {
    return this.emulated.says({
      ...this.product,
      as: this.id(as),
      text,
      channelId,
      ...(threadTs !== undefined && { threadTs }),
    });
  }

  /** A button of something that only one person sees, such as the picker. */
  async presses(as: PersonName, actionId: string, value: string, channelId: string): Promise<SlackReplies> {
    return this.#replies(
      await this.emulated.click({ ...this.product, as: this.id(as), actionId, value, channelId, messageTs: "1.1" }),
    );
  }

  /**
   * Everything sent to one person alone since then: by the address of their question, as an ephemeral message, or in
   * their own conversation.
   */
  whispers(since = 0): string[] {
    return this.emulated.calls
      .slice(since)
      .filter(({ method }) => method === "response_url" || method === "chat.postEphemeral")
      .map(({ body }) => [stringOrEmpty(body["text"]), ...textsOf(body["blocks"])].join("\n"));
  }

  async whispered(since: number): Promise<string> {
    return waitFor(() => this.whispers(since)[0], { what: "something said to one person" });
  }

  /** The form that is open now, once it is no longer loading. */
  async form(since = 0): Promise<JsonObject> {
    const calls = await waitFor(
      () => {
        const found = this.emulated.calls.slice(since).filter(({ method }) => method === "views.update");
        return found.length > 0 && found.every(({ answer }) => answer !== null) ? found : null;
      },
      { what: "a form" },
    );
    const view = calls.at(-1)!.answer!["view"];
    if (!isJson(view)) throw new Error(`no form: ${JSON.stringify(calls.at(-1)!.answer)}`);
    return view;
  }

  /** What is stored of what people ask for and of what happens in Slack, the last ones first. */
  async commands(last = 1): Promise<unknown[]> {
    const { rows } = await this.app.engine.connection.pool.query<{ body: string }>(
      "select body from commands where key like 'person:%' or key like 'slack:%' order by id desc limit $1",
      [last],
    );
    return rows.map(({ body }) => {
      const stored = JSON.parse(body) as { type: string; command?: unknown };
      return stored.type === "incident" ? stored.command : stored;
    });
  }

  async stored(): Promise<number> {
    return (
      await this.app.engine.connection.pool.query<{ n: string }>(
        "select count(*) n from commands where key like 'person:%' or key like 'slack:%'",
      )
    ).rows.map(({ n }) => Number(n))[0]!;
  }

  async timeline(id: string): Promise<string[]> {
    return (await this.app.json<{ entries: { summary: string }[] }>(`/api/incidents/${id}/timeline`)).entries.map(
      ({ summary }) => summary,
    );
  }

  #replies(delivery: SlackDelivery): SlackReplies {
    const body: unknown = delivery.body.startsWith("{") ? JSON.parse(delivery.body) : {};
    const blocks = isJson(body) ? jsonList(body["blocks"]) : [];
    return { status: delivery.status, text: textsOf(blocks).join("\n"), blocks, delivery };
  }
}
