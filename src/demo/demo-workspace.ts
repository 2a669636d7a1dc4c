/** The emulated Slack workspace of the demo, with its people and channels. */
export type DemoWorkspace = {
  readonly url: string;
  readonly token: string;
  readonly botUser: string;
  readonly people: Readonly<Record<DemoPerson, { readonly id: string; readonly name: string }>>;
  readonly channels: Readonly<Record<string, string>>;
  /** Any method of the emulated Web API, past Muster. */
  ask<T>(method: string, body: object): Promise<T>;
  close(): Promise<void>;
};

export type DemoPerson = "alice" | "bob" | "charlie" | "dana";
const PEOPLE: Readonly<Record<DemoPerson, string>> = { alice: "Alice", bob: "Bob", charlie: "Charlie", dana: "Dana" };
const CHANNELS = ["incidents", "payments"];
const TOKEN = "xoxb-demo-token";
const [APP, BOT, BOT_USER] = ["A0MUSTERAPP", "B0MUSTERBOT", "U0MUSTERBOT"] as const;

/** Starts the workspace on `port`. @throws Error with the fix when the emulator is not installed */
export async function startWorkspace(port: number): Promise<DemoWorkspace> {
  const { createEmulator } = await import("emulate").catch((cause: unknown) => {
    throw new Error(
      'The demo needs the Slack emulator, which a production install leaves out. Run "npm ci" and try again.',
      { cause },
    );
  });
  const emulator = await createEmulator({
    service: "slack",
    port,
    seed: {
      slack: {
        team: { name: "Example", domain: "example" },
        users: Object.entries(PEOPLE).map(([name, real_name]) => ({ name, real_name, email: `${name}@example.com` })),
        channels: CHANNELS.map((name) => ({ name, topic: "" })),
        oauth_apps: [
          {
            client_id: "1.2",
            client_secret: "unused",
            name: "Muster",
            redirect_uris: [],
            app_id: APP,
            bot_id: BOT,
            bot_user_id: BOT_USER,
            bot_name: "muster",
          },
        ],
        tokens: [{ token: TOKEN, type: "bot", user_id: BOT_USER, app_id: APP, bot_id: BOT, bot_user_id: BOT_USER }],
      },
    },
  });
  const callWorkspace = async <T>(method: string, body: object): Promise<T> => {
    const response = await fetch(`${emulator.url}/api/${method}`, {
      method: "POST",
      body: JSON.stringify(body),
      headers: { "content-type": "application/json", authorization: `Bearer ${TOKEN}` },
    });
    return (await response.json()) as T;
  };
  const people: Record<string, { id: string; name: string }> = {};
  for (const [name, real] of Object.entries(PEOPLE))
    people[name] = {
      id: (await callWorkspace<{ user: { id: string } }>("users.lookupByEmail", { email: `${name}@example.com` })).user
        .id,
      name: real,
    };
  const { channels } = await callWorkspace<{ channels: { id: string; name: string }[] }>("conversations.list", {
    limit: 200,
  });
  return {
    url: emulator.url,
    token: TOKEN,
    botUser: BOT_USER,
    people: people as DemoWorkspace["people"],
    channels: Object.fromEntries(channels.map(({ name, id }) => [name, id])),
    ask: callWorkspace,
    close: () => emulator.close(),
  };
}

/** The policy of the demo, as someone would write it. `monday`: the day on which Alice's week began. */
export function demoPolicy({ people, channels }: DemoWorkspace, monday: string): string {
  return `# The policy that the demo runs with.
channels: { incidents: ${channels["incidents"]} }
people:
  alice: { name: Alice, slack: ${people.alice.id}, email: alice@example.com, pagerduty: PALICE1 }
  bob: { name: Bob, slack: ${people.bob.id}, email: bob@example.com, pagerduty: PBOB001 }
  charlie: { name: Charlie, slack: ${people.charlie.id}, email: charlie@example.com }
  dana: { name: Dana, slack: ${people.dana.id}, email: dana@example.com }
teams:
  orders:
    channel: ${channels["payments"]}
    members: [bob, charlie]
    schedule: orders
    escalation: [[backup], [dana]]
schedules:
  orders:
    timezone: UTC
    layers: [{ people: [alice, bob, charlie], shift: weekly, handoff: "09:00", from: "${monday}" }]
priorities:
  P2: { escalateAfter: 2m, repeat: 1 }
services:
  order-service:
    team: orders
    tier: 1
    dashboards: [{ title: Order service, url: "https://grafana.example.com/d/orders" }]
    runbook: https://runbooks.example.com/order-service
    revenuePerMinute: 5600
inventory:
  services:
    order-service: { namespace: shop, deployment: order-service, oncall: "@orders" }
`;
}
