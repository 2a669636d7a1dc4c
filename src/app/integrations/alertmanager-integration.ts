import { createAlertSource } from "#integrations/alertmanager/alertmanager-source.ts";
import { checkAlertmanagers } from "./alertmanager-check.ts";
import type { Integration } from "./integration.ts";

export const alertmanagerIntegration: Integration = {
  name: "alertmanager",
  title: "Alertmanager",
  connect: ({ config: { alertmanagers } }) => ({
    alertSources: alertmanagers.map(({ url, externalUrls }) => createAlertSource(url, externalUrls)),
  }),
  check: checkAlertmanagers,
};
