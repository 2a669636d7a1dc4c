import type { AlertLabels } from "#domain/values/alert-labels.ts";
import type { Delivery, SalvagedBody } from "./delivery.ts";
import { checkWebhook, salvageWebhook, toDelivery, type WebhookBody } from "./alertmanager-body.ts";

/** What the door looks at before it stores a body: how many alerts there are and how urgent, and where people can read on. */
export type DeliveryOutline = {
  readonly alerts: readonly { readonly labels: AlertLabels }[];
  /** Addresses in the sender's own words, the best first; "" where it gives none. */
  readonly links: readonly string[];
};

/**
 * A sender of alerts: where its requests come in, and how their bodies are read. The door checks by it what comes in,
 * looks at its outline and stores the body as it came; the loop translates by it what was stored. Pure, for that reason.
 */
export type WebhookSource = {
  /** Its requests come in at /webhooks/NAME; alerts are known by (name, fingerprint). Stored, so it never changes. */
  readonly name: string;
  /** What people read. */
  readonly title: string;
  readonly methods: readonly ("POST" | "PUT")[];
  /** What is wrong with a body, beginning with the name of the field; null when it is good. Unknown fields are good. */
  readonly check: (body: unknown) => string | null;
  /**
   * The good part of a body that `check` refuses, as a body that it accepts, and what was refused of it; null when
   * nothing of it is usable.
   */
  readonly salvage: (body: unknown) => SalvagedBody | null;
  /**
   * The translation of a body that `check` lets through. A fingerprint stays the same for one alert and differs between
   * alerts; the same body gives the same translation each time.
   */
  readonly toDelivery: (body: unknown) => Delivery;
  /** The same alerts and links without the translation, which the loop makes when it applies the body. */
  readonly outline: (body: unknown) => DeliveryOutline;
};

/** What is particular of a source; its bodies are as its `check` leaves them: whatever is read must have been checked. */
type WebhookDialect<Body> = {
  readonly toDelivery: (body: Body) => Delivery;
  /** For a sender of many alerts. Without it the outline is that of the translation. */
  readonly outline?: (body: Body) => DeliveryOutline;
  /** For a sender of several alerts in one request. Without it a body is accepted or refused as a whole. */
  readonly salvage?: (body: unknown) => SalvagedBody | null;
};

/** Defines a source. */
export function defineWebhookSource<Body>(
  source: Omit<WebhookSource, keyof WebhookDialect<Body>> & WebhookDialect<Body>,
): WebhookSource {
  const translate = (body: unknown): Delivery => source.toDelivery(body as Body);
  const { outline, salvage = () => null } = source;
  return {
    ...source,
    salvage,
    toDelivery: translate,
    outline: outline === undefined ? (body) => outlineDelivery(translate(body)) : (body) => outline(body as Body),
  };
}

/** The outline of a delivery that was translated. */
export function outlineDelivery({ alerts, externalUrl }: Delivery): DeliveryOutline {
  return { alerts, links: [alerts[0]?.generatorUrl ?? "", externalUrl] };
}

/** Alertmanager's dialect: what most senders speak, and Muster's own alerts. */
export const ALERTMANAGER_DIALECT = {
  check: checkWebhook,
  salvage: salvageWebhook,
  toDelivery: (body: WebhookBody) => toDelivery(body),
  outline: ({ alerts, externalURL }: WebhookBody): DeliveryOutline => ({
    alerts,
    links: [alerts[0]?.generatorURL ?? "", externalURL ?? ""],
  }),
} as const;

const FALLBACK = defineWebhookSource({ name: "", title: "", methods: [], ...ALERTMANAGER_DIALECT });

/**
 * Translates a stored body by the source that sent it; a source that is not in the list uses Alertmanager's format.
 * @throws when the body does not have its source's format: damaged, or of a source that only a newer version has
 */
export function readStoredDelivery(sources: readonly WebhookSource[], name: string, raw: string): Delivery {
  const source = sources.find((each) => each.name === name) ?? FALLBACK;
  const body: unknown = JSON.parse(raw);
  const wrong = source.check(body);
  if (wrong !== null) throw new Error(`stored delivery: ${wrong}`);
  return source.toDelivery(body);
}
