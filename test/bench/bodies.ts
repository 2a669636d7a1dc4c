/** One delivery as Alertmanager sends it; `group` and `first` make its alerts others than those of the next. */
export function deliveryBody(options: {
  readonly alerts: number;
  readonly group: string;
  readonly severity: string;
  readonly service?: string;
  readonly first?: number;
  readonly status?: "firing" | "resolved";
}): string {
  const { alerts, group, severity, service = group, first = 0, status = "firing" } = options;
  return JSON.stringify({
    receiver: "muster",
    status,
    alerts: Array.from({ length: alerts }, (_, i) => ({
      status,
      labels: {
        alertname: "HighLatency",
        service,
        severity,
        instance: `pod-${first + i}.example.com:9090`,
        namespace: "production",
        cluster: "eu-1",
      },
      annotations: {
        summary: `Latency of ${service} is above 5 s`,
        description: "p95 is 8.5 s, normal is 200 ms",
        runbook_url: "https://runbooks.example.com/high-latency",
      },
      startsAt: "2026-11-21T14:32:00.123456789Z",
      endsAt: "0001-01-01T00:00:00Z",
      generatorURL: "http://prometheus.example.com:9090/graph?g0.expr=latency&g0.tab=1",
      fingerprint: `${group}-${(first + i).toString(16)}`,
    })),
    groupLabels: { alertname: "HighLatency" },
    commonLabels: { alertname: "HighLatency", service },
    commonAnnotations: {},
    externalURL: "http://alertmanager.example.com:9093",
    version: "4",
    groupKey: `{}:{alertname="HighLatency", service="${service}"}`,
    truncatedAlerts: 0,
  });
}
