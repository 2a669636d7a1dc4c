import { ALERTMANAGER_DIALECT, defineWebhookSource } from "#domain/deliveries/webhook-source.ts";

/** Grafana Alerting's webhook contact point: Alertmanager's body with more fields, by POST or PUT. It never retries by itself. */
export const grafanaSource = defineWebhookSource({
  name: "grafana",
  title: "Grafana",
  methods: ["POST", "PUT"],
  ...ALERTMANAGER_DIALECT,
});
