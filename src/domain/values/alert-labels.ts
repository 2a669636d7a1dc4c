/**
 * Label names are anyone's text (`__proto__`, `constructor`), so never read one with a dot or a bracket:
 * use `labelValue`, which sees only what the sender sent.
 */
export type AlertLabels = Readonly<Record<string, string>>;

/** The value of a label; "" when it is absent, as Alertmanager's matchers see it. */
export function labelValue(labels: AlertLabels, name: string): string {
  return Object.hasOwn(labels, name) ? labels[name]! : "";
}
