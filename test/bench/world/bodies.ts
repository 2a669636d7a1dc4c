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

/** Stands where each alert's own part stands in a template: of a length that no counter outgrows. */
const MARK = "0123456789ab@";
const DIGITS = MARK.length;

/** Deliveries of which every alert has a fingerprint that there was never before. */
export type DeliveryTemplate = {
  /** A request as bytes; `refresh` makes its alerts others, in place. */
  requestTo(url: URL): { readonly bytes: Buffer; readonly refresh: () => void };
  /** A request of each service as the pieces around the places of its alerts' own part, two places an alert. */
  pieces(url: URL): readonly (readonly string[])[];
  readonly alerts: number;
};

let fresh = 0;

/** Deliveries of so many alerts, which belong to `services` services in turn. */
export function freshDeliveries(options: {
  readonly alerts: number;
  readonly services: number;
  readonly severity: string;
}): DeliveryTemplate {
  const { alerts, services, severity } = options;
  let made = 0;
  const marked = (url: URL, service: number): string => {
    const body = deliveryBody({ alerts, group: `service-${service}`, severity })
      .replaceAll(/"fingerprint":"[^"]*"/g, `"fingerprint":"${MARK}"`)
      .replaceAll(/"instance":"[^"]*"/g, `"instance":"pod-${MARK}.example.com:9090"`);
    return `POST /webhooks/alertmanager HTTP/1.1\r\nhost: ${url.host}\r\ncontent-type: application/json\r\ncontent-length: ${Buffer.byteLength(body)}\r\n\r\n${body}`;
  };
  return {
    alerts,
    pieces: (url) => Array.from({ length: services }, (_, service) => marked(url, service).split(MARK)),
    requestTo(url) {
      const bytes = Buffer.from(marked(url, made++ % services));
      const places: number[] = [];
      for (let at = bytes.indexOf(MARK); at >= 0; at = bytes.indexOf(MARK, at + DIGITS)) places.push(at);
      return {
        bytes,
        // Each alert has two places: the label that separates it from others, and its fingerprint.
        refresh() {
          for (let i = 0; i < places.length; i += 2) {
            const digits = (++fresh).toString(16).padStart(DIGITS, "0");
            bytes.write(digits, places[i]!, "latin1");
            bytes.write(digits, places[i + 1]!, "latin1");
          }
        },
      };
    },
  };
}
