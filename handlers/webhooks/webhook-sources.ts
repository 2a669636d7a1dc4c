// Every sender of alerts that Muster understands, one a line.
export { alertmanagerSource } from "./alertmanager-webhook.ts";
export { grafanaSource } from "./grafana-webhook.ts";
