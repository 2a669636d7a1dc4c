import { createAlertSource } from "#integrations/alertmanager/alertmanager-source.ts";
import type { Integration } from "./integration.ts";

export const alertmanagerIntegration: Integration = {
  name: "alertmanager",
  title: "Alertmanager",
  connect: ({ config: { alertmanagerUrl } }) =>
    alertmanagerUrl === null ? {} : { alertSource: createAlertSource(alertmanagerUrl) },
};
