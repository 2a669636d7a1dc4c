import { listAlerts } from "#db/alerts.ts";
import { listDeadLetters } from "#db/outages/dead-letter-rows.ts";
import type { EffectOfType, EffectType } from "#domain/effects/effect-registry.ts";
import type { Incident, Page } from "#domain/incident/incident.ts";
import { composeAlarmKey } from "#domain/paging/page-key.ts";
import type { DeadLetter } from "#domain/reporting/dead-letter.ts";
import { isOpen } from "#domain/values/language.ts";
import type { EngineHarness } from "#test/support/harness/engine.ts";
import { describeAlert } from "../acts/act.ts";
import { LawBroken } from "../world/story-lines.ts";
import type { SimAlert } from "../world/sim-policy.ts";
import type { StoryWorld } from "./story-world.ts";

// What the services hold against what the database holds, from outside.

type EffectRow = Awaited<ReturnType<EngineHarness["effects"]>>[number];

/** What was read of a story at one moment. */
type StoryView = {
  readonly world: StoryWorld;
  readonly incidents: readonly Incident[];
  readonly effects: readonly EffectRow[];
};

/** What a page is that reached someone. */
const REACHED: ReadonlySet<Page["status"]> = new Set(["sent", "acknowledged", "expired"]);
/** So many dead letters are listed; a story has fewer. */
const LETTERS = 10_000;

/** The services have been well for a while, and people have done nothing: alerts still fire. */
export async function checkPeace(world: StoryWorld): Promise<void> {
  const view = await viewOf(world);
  checkAlways(view);
  await checkTeams(view);
}

/** Every alert has cleared, and the quiet time has passed. Answers what was put aside. */
export async function checkEnd(world: StoryWorld): Promise<readonly DeadLetter[]> {
  const view = await viewOf(world);
  checkAlways(view);
  const open = view.incidents.find(({ status }) => isOpen(status));
  if (open !== undefined) broke("every incident ends", `INC-${open.number} is ${open.status}, and nothing fires`);
  return checkEffects(view);
}

/** What was put aside was tried again, with services that are well: now all of it is done, and nothing twice. */
export async function checkRetries(world: StoryWorld): Promise<void> {
  const view = await viewOf(world);
  checkAlways(view);
  const failed = view.effects.find(({ status }) => status === "failed");
  if (failed !== undefined) broke("what is asked is done or put aside", `${failed.key} fails again: ${failed.error}`);
  const left = [...(world.pager?.alarms ?? [])].find(([, { status }]) => status !== "resolved");
  if (left !== undefined) broke("no alarm outlives its incident", `${left[0]} is ${left[1].status} at the pager`);
  for (const { number, channel, status } of view.incidents)
    if (channel === null && status !== "canceled" && status !== "merged")
      broke("one channel an incident", `INC-${number} has none although the chat is well`);
}

async function viewOf(world: StoryWorld): Promise<StoryView> {
  return { world, incidents: await world.rig.incidents(), effects: await world.rig.effects() };
}

function broke(law: string, message: string): never {
  throw new LawBroken(law, message);
}

function checkAlways(view: StoryView): void {
  checkMadeOnce(view);
  checkChannels(view);
  checkLostAnswers(view);
  for (const incident of view.incidents) for (const page of incident.pages) checkSent(view, incident, page);
  checkAlarms(view);
}

function checkMadeOnce({ world: { chat } }: StoryView): void {
  const [twice] = chat.twice();
  if (twice !== undefined && !twice.startsWith("openChannel")) broke("nothing is posted twice", twice);
  const [problem] = chat.problems;
  if (problem !== undefined) broke("the chat takes every message", problem);
}

function checkChannels({ world: { chat }, incidents, effects }: StoryView): void {
  const [twice] = chat.twice().filter((request) => request.startsWith("openChannel"));
  if (twice !== undefined) broke("one channel an incident", `${twice} opened two`);
  for (const { id, name } of chat.channels.values()) {
    const number = Number(/^inc-(\d+)/.exec(name)?.[1]);
    const incident = incidents.find((each) => each.number === number);
    const doubted = effects.some(
      (effect) =>
        isOf(effect, "chat.channel") && effect.incident === number && effect.status === "failed" && effect.unsure,
    );
    if (incident?.channel?.id !== id && !doubted)
      broke("one channel an incident", `#${name} is there, and INC-${number} has ${incident?.channel?.name ?? "none"}`);
  }
}

/** What no answer came to is not refused: it is asked for again, or put aside with its doubt. */
function checkLostAnswers({ world: { moods }, effects, incidents }: StoryView): void {
  for (const effect of effects) {
    const request = requestOf(effect, incidents);
    const answer = request === null ? undefined : moods.answers.get(request);
    if (effect.status === "failed" && (answer === "lost" || answer === "silent"))
      broke("no doubt is a refusal", `${request} was put aside after an answer that never came`);
  }
}

/** How the services name the request of an effect, where that is one for one. */
function requestOf({ effect, key, incident }: EffectRow, incidents: readonly Incident[]): string | null {
  if (effect.type === "chat.channel") return `openChannel ${key}`;
  if (effect.type === "chat.direct") return `direct ${key}`;
  const uid = incidents.find(({ number }) => number === incident)?.uid;
  return effect.type === "page.trigger" && uid !== undefined ? `trigger ${composeAlarmKey(effect.key, uid)}` : null;
}

function checkSent({ world: { pager, chat }, effects }: StoryView, { uid, number }: Incident, page: Page): void {
  if (page.status !== "sent") return;
  if (page.via === pager?.name) {
    if (!pager.alarms.has(alarmKeyOf(page, uid)))
      broke("sent means reached", `page ${page.key} is sent, and nothing was ever open for it`);
  } else {
    const reached = effects.some(
      (each) =>
        isOf(each, "chat.direct") &&
        each.effect.about.kind === "page" &&
        each.effect.about.key === page.key &&
        chat.made.has(`direct ${each.key}`),
    );
    if (!reached) broke("sent means reached", `page ${page.key} of INC-${number} is sent, and no message arrived`);
  }
}

/** An alarm is open only while its page waits for an answer in an open incident; or the request to end it was put aside. */
function checkAlarms({ world: { pager }, incidents, effects }: StoryView): void {
  for (const [key, { status }] of pager?.alarms ?? []) {
    if (status === "resolved") continue;
    const hasAlarm =
      ({ uid }: Incident) =>
      (page: Page): boolean =>
        page.carriedTo === undefined && alarmKeyOf(page, uid) === key;
    const incident = incidents.find((each) => each.pages.some(hasAlarm(each)));
    const page = incident?.pages.find(hasAlarm(incident));
    if (incident === undefined || page === undefined) broke("no alarm outlives its incident", `${key} is of no page`);
    const putAside = effects.some(
      (each) =>
        each.incident === incident.number &&
        each.status === "failed" &&
        (isOf(each, "page.resolve") ||
          isOf(each, "page.withdraw") ||
          (isOf(each, "page.acknowledge") && status === "open")),
    );
    if (putAside) continue;
    if (!isOpen(incident.status))
      broke("no alarm outlives its incident", `${key} is ${status}, and INC-${incident.number} is ${incident.status}`);
    if (status === "open" && page.status === "acknowledged")
      broke("an answer reaches the pager", `${key} is open, and page ${page.key} is acknowledged`);
    if (page.status === "canceled" || page.status === "resolved")
      broke("no alarm outlives its page", `${key} is ${status}, and page ${page.key} is ${page.status}`);
  }
}

async function checkTeams({ world, incidents }: StoryView): Promise<void> {
  const stored = await listAlerts(world.rig.connection.db, { status: "firing", limit: LETTERS });
  for (const alert of world.firing.keys()) {
    const row = stored.find(({ labels }) => isAlert(labels, alert));
    const incident = incidents.find(({ number }) => number === row?.incident);
    if (incident === undefined) broke("each team is paged", `${describeAlert(alert.id)} fires and is in no incident`);
    if (!isOpen(incident.status)) continue;
    const own = alert.team === incident.route.team;
    const pages = incident.pages.filter(({ team }) => (team ?? incident.route.team) === alert.team);
    const escalation = own ? incident.escalation : incident.teamEscalations[alert.team];
    const next = escalation?.next ?? null;
    const statuses = pages.map(({ status }) => status).join(", ") || "no page";
    const fires = `${describeAlert(alert.id)} fires in INC-${incident.number}; ${alert.team} has ${statuses}`;
    if (pages.length === 0 || pages.some(({ status }) => status === "requested")) broke("each team is paged", fires);
    // Someone may have answered although no page reached them.
    if (escalation?.answered != null) continue;
    // What reached no one is followed by the next step, or, after all of them, by the next round.
    if (!pages.some(({ status }) => REACHED.has(status)) && (next === null || next.at < world.rig.now))
      broke("each team is paged", `${fires}, and nothing is due`);
  }
}

function isAlert(labels: Readonly<Record<string, unknown>>, { labels: own }: SimAlert): boolean {
  return Object.entries(own).every(([name, value]) => labels[name] === value);
}

async function checkEffects({ world: { rig }, effects }: StoryView): Promise<readonly DeadLetter[]> {
  const law = "what is asked is done or put aside";
  const letters = await listDeadLetters(rig.connection.db, LETTERS);
  const command = letters.find(({ kind }) => kind === "command");
  if (command !== undefined) broke(law, `a command was put aside: ${command.reason}`);
  for (const { id, key, status, dueAt } of effects) {
    if (status === "failed" && !letters.some(({ number }) => number === id))
      broke(law, `${key} failed and is not listed`);
    if (status === "dropped" || status === "started" || (status === "pending" && dueAt.getTime() <= rig.now))
      broke(law, `${key} is ${status}`);
  }
  if ((await rig.pending()) > 0) broke(law, "a command waits");
  return letters;
}

/** The pager's name for the alarm of a page, wherever merges have taken the page. */
function alarmKeyOf({ key, origin }: Page, uid: string | undefined): string {
  return composeAlarmKey(key, (origin?.uid ?? uid)!);
}

function isOf<T extends EffectType>(row: EffectRow, type: T): row is EffectRow & { readonly effect: EffectOfType<T> } {
  return row.effect.type === type;
}
