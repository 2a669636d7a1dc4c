import { ALERTMANAGER_DIALECT, defineWebhookSource } from "#domain/deliveries/webhook-source.ts";

/** Prometheus's Alertmanager; docs/alertmanager.md has the contract. */
export const alertmanagerSource = defineWebhookSource({
  name: "alertmanager",
  title: "Alertmanager",
  methods: ["POST"],
  ...ALERTMANAGER_DIALECT,
});
