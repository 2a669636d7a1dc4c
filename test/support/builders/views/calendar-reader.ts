/** One line of an iCalendar file: its name, its parameters as they stand, and its value with its escapes read. */
export type CalendarLine = { readonly name: string; readonly parameters: string; readonly value: string };

/**
 * Reads an iCalendar file as RFC 5545 has it, and nothing that merely looks like one.
 * @throws Error that names the rule and the line which breaks it
 */
export function readCalendar(text: string): readonly CalendarLine[] {
  const wrong = (rule: string, line = ""): never => {
    throw new Error(`RFC 5545 ${rule}: ${JSON.stringify(line)}`);
  };
  if (!text.endsWith("\r\n")) wrong("3.1: the last line has no line break");
  if (/[^\r]\n|\r(?!\n)/.test(text)) wrong("3.1: a line break is not CRLF");
  if (!text.isWellFormed()) wrong("3.1.4: it is no UTF-8");
  const physical = text.slice(0, -2).split("\r\n");
  for (const line of physical) {
    if (Buffer.byteLength(line) > 75) wrong("3.1: a line is longer than 75 octets", line);
    // oxlint-disable-next-line no-control-regex
    if (/[\0-\x08\x0B-\x1F\x7F]/.test(line)) wrong("3.1: a control character", line);
    if (line === "") wrong("3.1: an empty line", line);
  }
  const lines = physical.reduce<string[]>((all, line) => {
    if (/^[ \t]/.test(line) && all.length > 0) all[all.length - 1] += line.slice(1);
    else all.push(line);
    return all;
  }, []);
  const open: string[] = [];
  const read = lines.map((line): CalendarLine => {
    const [, name, parameters = "", value] =
      /^([A-Za-z0-9-]+)((?:;[A-Za-z0-9-]+=(?:"[^"]*"|[^";:,]*)(?:,(?:"[^"]*"|[^";:,]*))*)*):(.*)$/s.exec(line) ?? [];
    if (name === undefined || value === undefined) return wrong("3.1: no content line", line);
    if (name === "BEGIN") open.push(value);
    if (name === "END" && open.pop() !== value) wrong("3.6: an END without its BEGIN", line);
    return {
      name,
      parameters,
      value: value.replace(/\\([\\;,nN])/g, (_, each: string) => (/n/i.test(each) ? "\n" : each)),
    };
  });
  if (open.length > 0) wrong("3.6: a BEGIN without its END", open.join());
  const first = read[0];
  if (first?.name !== "BEGIN" || first.value !== "VCALENDAR") wrong("3.4: it does not begin with VCALENDAR");
  for (const name of ["VERSION", "PRODID"])
    if (read.filter((each) => each.name === name).length !== 1) wrong(`3.6: not one ${name}`);
  const events = read.filter(({ name, value }) => name === "BEGIN" && value === "VEVENT").length;
  for (const name of ["UID", "DTSTAMP", "DTSTART"])
    if (read.filter((each) => each.name === name).length !== events) wrong(`3.6.1: not one ${name} for each event`);
  return read;
}
