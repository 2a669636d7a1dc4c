/**
 * Names that stand in `job` or `service` of alerts about everything that an exporter looks at. A `*` stands for any text;
 * a Helm release or a namespace in front of a name is common.
 * https://github.com/prometheus-operator/kube-prometheus and https://prometheus.io/docs/guides/ use these names.
 */
export const DEFAULT_EXPORTERS: readonly string[] = [
  "kube-state-metrics",
  "*-kube-state-metrics",
  "node",
  "node-exporter",
  "*-node-exporter",
  "windows-exporter",
  "*-windows-exporter",
  "process-exporter",
  "blackbox",
  "blackbox-exporter",
  "*-blackbox-exporter",
  "cadvisor",
  "*-cadvisor",
  "kubelet",
  "*-kubelet",
  "kubernetes-nodes",
  "kubernetes-pods",
  "kubernetes-services",
  "kubernetes-service-endpoints",
  "node-problem-detector",
  "snmp",
  "snmp-exporter",
  "pushgateway",
  "*-pushgateway",
  "statsd-exporter",
  "otel-collector",
  "*-otel-collector",
];

/** Names as they are compared, and patterns taken apart at their `*`. */
type CompiledExporters = {
  readonly exact: ReadonlySet<string>;
  readonly patterns: readonly { readonly start: string; readonly end: string }[];
};

/** By the list of a policy, which is read once: every alert asks. */
const compiled = new WeakMap<readonly string[], CompiledExporters>();

/**
 * Whether a name is that of an exporter; `-` and `_` count alike, as do letters of either case. Of `namespace/name`, which a
 * PodMonitor makes, the name counts.
 */
export function isExporter(exporters: readonly string[], name: string): boolean {
  const { exact, patterns } = compileExporters(exporters);
  const plain = plainName(name.slice(name.lastIndexOf("/") + 1));
  return (
    exact.has(plain) ||
    patterns.some(
      ({ start, end }) => plain.length >= start.length + end.length && plain.startsWith(start) && plain.endsWith(end),
    )
  );
}

function compileExporters(exporters: readonly string[]): CompiledExporters {
  const known = compiled.get(exporters);
  if (known !== undefined) return known;
  const names = exporters.map(plainName);
  const made = {
    exact: new Set(names.filter((name) => !name.includes("*"))),
    patterns: names.flatMap((name) => {
      const [start = "", end] = name.split("*");
      return end === undefined ? [] : [{ start, end }];
    }),
  };
  compiled.set(exporters, made);
  return made;
}

function plainName(name: string): string {
  return name.trim().toLowerCase().replaceAll("_", "-");
}
