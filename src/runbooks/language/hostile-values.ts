/** What a label may contain when someone means harm. A pattern that lets one of them through is no pattern. */
export const HOSTILE_VALUES: readonly string[] = [
  'x"} or vector(1) #',
  "$(rm -rf /)",
  "`id`",
  "'; DROP TABLE orders; --",
  "a b",
  "a\nb",
  "{{ params }}",
  "{% include 'x' %}",
  "../../etc/passwd",
  "a/b?c=d#e",
  "<!channel>",
  "a|b&c",
  "",
];
