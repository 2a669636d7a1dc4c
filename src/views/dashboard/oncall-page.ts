import { DAY_MS } from "#domain/values/duration.ts";
import { formatUtc, formatUtcDay } from "#domain/values/instant.ts";
import type { Instant } from "#domain/values/language.ts";
import { scheduleGaps, onCallForTeam, scheduleShifts, type OnCallRoster } from "#domain/oncall/oncall.ts";
import { routedPerson } from "#domain/policy/people.ts";
import { html, timeElement, type SafeHtml } from "#views/values/html.ts";
import { renderPage, type PageFrame } from "./page-frame.ts";

/** How far ahead the picture goes. */
const DAYS = 28;
/** Shifts that the table of one schedule lists. */
const MAX_LISTED = 40;

const WIDTH = 1_000;
const ROW = 38;
const LEFT_MARGIN = 130;
const HEAD = 24;
const COLOURS = 6;

type Row = {
  readonly name: string;
  readonly shifts: ReturnType<typeof scheduleShifts>;
  readonly gaps: ReturnType<typeof scheduleGaps>;
};

/** Who is on call now, and the next four weeks as a picture and as tables. */
export function oncallPage(frame: PageFrame, rota: OnCallRoster, now: Instant): string {
  const { teams, schedules } = rota.policy;
  const until = now + DAYS * DAY_MS;
  const rows: readonly Row[] = Object.keys(schedules).map((name) => ({
    name,
    shifts: scheduleShifts(rota, name, now, until),
    gaps: scheduleGaps(rota, name, now, until),
  }));
  const nameOf = (id: string): string => routedPerson(rota.policy, id).name;
  const people = [...new Set(rows.flatMap(({ shifts }) => shifts.map(({ person }) => person)))];
  const colour = (id: string): string => `c${people.indexOf(id) % COLOURS}`;
  return renderPage(
    frame,
    { title: "On call", place: "/oncall" },
    html`<h1>Who is on call</h1>
${Object.keys(teams).length === 0 ? html`<p class="panel calm">There are no teams in muster.yaml.</p>` : null}
<ul class="cards">${Object.keys(teams).map((team) => teamCard(rota, team, now, nameOf))}</ul>
${
  rows.length === 0
    ? html`<p class="dim">There are no schedules in muster.yaml: the people above are always on call.</p>`
    : html`<h2 id="weeks">The next four weeks</h2><figure class="panel"><div class="scroll" tabindex="0" role="group" aria-label="The next four weeks as a picture">${picture(rows, now, colour, nameOf)}</div></figure>
${rows.map((row) => shiftTable(row, now, nameOf))}`
}`,
  );
}

function teamCard(rota: OnCallRoster, team: string, now: Instant, nameOf: (id: string) => string): SafeHtml {
  const { primary, backup, until } = onCallForTeam(rota, team, now);
  const schedule = rota.policy.teams[team]!.schedule;
  const [current] = schedule === undefined ? [] : scheduleShifts(rota, schedule, now, now + DAYS * DAY_MS);
  const end = until ?? (current !== undefined && current.from <= now ? current.to : null);
  return html`<li class="panel"><h3>${team}</h3><ul class="facts"><li>On call: ${primary.length === 0 ? html`<b class="hot">no one</b>` : html`<b>${primary.map(nameOf).join(", ")}</b>`}</li>${backup.length === 0 ? null : html`<li>Backup: <b>${backup.map(nameOf).join(", ")}</b></li>`}<li>${schedule === undefined ? "always" : end === null ? schedule : html`${schedule}, until ${timeElement(end)}`}</li></ul></li>`;
}

/** One row for each schedule, one block for each shift; holes are drawn as holes. */
function picture(
  rows: readonly Row[],
  now: Instant,
  colour: (id: string) => string,
  nameOf: (id: string) => string,
): SafeHtml {
  const height = HEAD + rows.length * ROW + 4;
  const x = (at: Instant): number => LEFT_MARGIN + ((at - now) / (DAYS * DAY_MS)) * (WIDTH - LEFT_MARGIN);
  const midnight = Math.ceil(now / DAY_MS) * DAY_MS;
  const days = Array.from({ length: DAYS }, (_, i) => midnight + i * DAY_MS).filter((_, i) => i % 2 === 0);
  const block = (from: Instant, to: Instant, y: number, name: string, classes: string): SafeHtml => {
    const [left, width] = [x(from), Math.max(1, x(to) - x(from) - 1)];
    const isMatch = width > name.length * 7 + 8;
    return html`<g><title>${name}: ${formatUtc(from)} to ${formatUtc(to)}</title><rect class="${classes}" x="${left.toFixed(1)}" y="${y + 5}" width="${width.toFixed(1)}" height="${ROW - 10}" rx="4"></rect>${isMatch ? html`<text class="${classes === "hole" ? "" : "on"}" x="${(left + 6).toFixed(1)}" y="${y + ROW / 2 + 4}">${name}</text>` : null}</g>`;
  };
  return html`<svg viewBox="0 0 ${WIDTH} ${height}" role="img" aria-labelledby="weeks-title" class="wide"><title id="weeks-title">Shifts of ${rows.length} ${rows.length === 1 ? "schedule" : "schedules"} from ${formatUtcDay(now)} for four weeks; the tables below say the same</title>
${days.map((day) => html`<line class="grid" x1="${x(day).toFixed(1)}" x2="${x(day).toFixed(1)}" y1="${HEAD - 6}" y2="${height}"></line><text x="${(x(day) + 3).toFixed(1)}" y="12">${formatUtcDay(day).slice(5)}</text>`)}
${rows.map((row, i) => {
  const y = HEAD + i * ROW;
  return html`<text class="value" x="0" y="${y + ROW / 2 + 4}">${row.name.slice(0, 18)}</text>${row.shifts.map(({ from, to, person }) => block(from, to, y, nameOf(person).slice(0, 40), colour(person)))}${row.gaps.map(({ from, to }) => block(from, to, y, "no one", "hole"))}`;
})}</svg>`;
}

function shiftTable({ name, shifts, gaps }: Row, now: Instant, nameOf: (id: string) => string): SafeHtml {
  return html`<details id="s-${name}"><summary>${name} as a table: ${shifts.length} shifts${gaps.length === 0 ? "" : `, ${gaps.length} holes`}</summary><div class="scroll"><table><thead><tr><th scope="col">From (UTC)</th><th scope="col">To (UTC)</th><th scope="col">On call</th><th scope="col">Backup</th><th scope="col">By</th></tr></thead><tbody>${shifts
    .slice(0, MAX_LISTED)
    .map(
      ({ from, to, person, backup, by }) =>
        html`<tr><td>${from <= now ? "now" : timeElement(from, formatUtc(from).slice(0, 16))}</td><td>${timeElement(to, formatUtc(to).slice(0, 16))}</td><td>${nameOf(person)}</td><td>${backup === null ? "–" : nameOf(backup)}</td><td class="dim">${by}</td></tr>`,
    )}${gaps.map(({ from, to }) => html`<tr><td>${formatUtc(from).slice(0, 16)}</td><td>${formatUtc(to).slice(0, 16)}</td><td class="hot" colspan="3">no one</td></tr>`)}</tbody></table></div></details>`;
}
