import { z } from "zod";

const Url = z.url();
/** https://developer.pagerduty.com/docs/events-api-v2/overview/: everything that is not here is refused. */
export const EventBody = z.discriminatedUnion("event_action", [
  z.strictObject({
    routing_key: z.string().length(32),
    event_action: z.literal("trigger"),
    dedup_key: z.string().max(255).optional(),
    client: z.string().optional(),
    client_url: Url.optional(),
    links: z.array(z.strictObject({ href: Url, text: z.string().optional() })).optional(),
    images: z
      .array(z.strictObject({ src: z.url({ protocol: /^https$/ }), href: Url.optional(), alt: z.string().optional() }))
      .optional(),
    payload: z.strictObject({
      summary: z.string().min(1).max(1_024),
      source: z.string().min(1),
      severity: z.enum(["critical", "error", "warning", "info"]),
      timestamp: z.string().optional(),
      component: z.string().optional(),
      group: z.string().optional(),
      class: z.string().optional(),
      custom_details: z.looseObject({}).optional(),
    }),
  }),
  z.strictObject({
    routing_key: z.string().length(32),
    event_action: z.enum(["acknowledge", "resolve"]),
    dedup_key: z.string().max(255),
  }),
]);
export const IncidentChange = z.strictObject({
  incident: z.strictObject({
    type: z.enum(["incident", "incident_reference"]),
    escalation_level: z.number().int().min(1).optional(),
    priority: z.strictObject({ id: z.string(), type: z.literal("priority_reference") }).optional(),
    conference_bridge: z.strictObject({ conference_url: Url }).optional(),
  }),
});
export const ResponderRequest = z.strictObject({
  requester_id: z.string().min(1),
  message: z.string().min(1),
  responder_request_targets: z
    .array(
      z.strictObject({
        responder_request_target: z.strictObject({
          id: z.string().min(1),
          type: z.enum(["user_reference", "escalation_policy_reference"]),
        }),
      }),
    )
    .min(1),
});

export type SentEvent = z.output<typeof EventBody>;
