import { checkWebhook, toDelivery, type Delivery, type WebhookBody } from "./delivery.ts";

/**
 * A sender of alerts: where its requests come in, and how their bodies are read. The door checks by it what comes in and
 * stores the body as it came; the loop translates by it what was stored. Pure, for that reason.
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
   * The translation of a body that `check` lets through. A fingerprint stays the same for one alert and differs between
   * alerts; what the sender says twice is translated the same twice.
   */
  readonly toDelivery: (body: unknown) => Delivery;
};

/** Defines a source. `toDelivery` takes the body as its `check` leaves it: whatever it reads must have been checked. */
export function defineWebhookSource<Body>(
  source: Omit<WebhookSource, "toDelivery"> & { readonly toDelivery: (body: Body) => Delivery },
): WebhookSource {
  return { ...source, toDelivery: (body) => source.toDelivery(body as Body) };
}

/** Alertmanager's dialect: what most senders speak, and Muster's own alerts. */
export const ALERTMANAGER_DIALECT = {
  check: checkWebhook,
  toDelivery: (body: WebhookBody) => toDelivery(body),
} as const;

const FALLBACK = defineWebhookSource({ name: "", title: "", methods: [], ...ALERTMANAGER_DIALECT });

/**
 * Translates a stored body by the source that sent it; a source that is not in the list speaks as Alertmanager does.
 * @throws when the body is not what its source sends: damaged, or of a source that only a newer version knows
 */
export function readStoredDelivery(sources: readonly WebhookSource[], name: string, raw: string): Delivery {
  const source = sources.find((each) => each.name === name) ?? FALLBACK;
  const body: unknown = JSON.parse(raw);
  const wrong = source.check(body);
  if (wrong !== null) throw new Error(`stored delivery: ${wrong}`);
  return source.toDelivery(body);
}
