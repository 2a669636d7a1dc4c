import { createAlertSource } from "#integrations/alertmanager/alertmanager-source.ts";
import type { Integration } from "./integration.ts";

export const alertmanagerIntegration: Integration = {
  name: "alertmanager",
  title: "Alertmanager",
  connect: ({ config: { alertmanagers } }) => ({
    alertSources: alertmanagers.map(({ url, externalUrls }) => createAlertSource(url, externalUrls)),
  }),
  check: async (config, clock) => (await import("./alertmanager-check.ts")).checkAlertmanagers(config, clock),
};
