import { z } from "zod";
import { refuseDecision, type Decision } from "#domain/events/decision.ts";
import { beforeStartRefusal, isLongBeforeStart, notOpenRefusal } from "#domain/events/occurrence.ts";
import { MessageSchema, PersonSchema } from "#domain/incident/schemas.ts";
import type { Incident } from "#domain/incident/incident.ts";
import {
  addNote,
  addTask,
  finishTask,
  importMessage,
  markMessage,
  postUpdate,
  snoozeNudges,
  trackMessageChange,
  unmarkMessage,
} from "#domain/response/notes.ts";
import {
  grantAccess,
  joinIncident,
  makePrivate,
  requestAccess,
  subscribeTo,
  unsubscribeFrom,
} from "#domain/response/access.ts";
import { acceptHandoff, assignRole, claimRoleUnder, declineHandoff, offerHandoff } from "#domain/response/roles.ts";
import { AUDIENCES, isOpen, ROLES, TASK_KINDS } from "#domain/values/language.ts";
import { cleanParagraphs } from "#domain/values/text.ts";
import { defineCommand } from "./command-definition.ts";
import { isSamePerson } from "#domain/policy/people.ts";

// Roles, notes, updates, tasks, and the messages that people keep.

function whileOpen(incident: Incident, decide: () => Decision): Decision {
  return isOpen(incident.status) ? decide() : refuseDecision(notOpenRefusal(incident));
}

const RECORDS_REFUSAL = { recordsRefusal: true } as const;
const TAKES_ROLE = { recordsRefusal: true, answersPages: true } as const;

/** `page`: the key of the page under which someone does it; absent: they do it in words, or elsewhere. */
export const claimCommand = defineCommand(
  "role.claim",
  { role: z.enum(ROLES), page: z.string().exactOptional() },
  (incident, { role, page }, ctx) => whileOpen(incident, () => claimRoleUnder(incident, page, role, ctx)),
  TAKES_ROLE,
);

/** `person` null: no one holds it afterwards. */
export const assignCommand = defineCommand(
  "role.assign",
  { role: z.enum(ROLES), person: PersonSchema.nullable() },
  (incident, { role, person }, ctx) => whileOpen(incident, () => assignRole(incident, role, person, ctx)),
  { recordsRefusal: true, answersPages: ({ person }, { actor, policy }) => isSamePerson(policy, person, actor) },
);

export const offerCommand = defineCommand(
  "handoff.offer",
  { to: PersonSchema },
  (incident, { to }, ctx) => whileOpen(incident, () => offerHandoff(incident, to, ctx)),
  RECORDS_REFUSAL,
);

export const acceptCommand = defineCommand(
  "handoff.accept",
  {},
  (incident, _, ctx) => acceptHandoff(incident, ctx),
  TAKES_ROLE,
);

export const declineCommand = defineCommand(
  "handoff.decline",
  {},
  (incident, _, ctx) => declineHandoff(incident, ctx),
  RECORDS_REFUSAL,
);

export const noteCommand = defineCommand("note.add", { text: z.string() }, (incident, { text }, ctx) =>
  isLongBeforeStart(incident, ctx) ? refuseDecision(beforeStartRefusal(incident, ctx)) : addNote(text),
);

export const updateCommand = defineCommand(
  "update.post",
  { text: z.string(), audience: z.enum(AUDIENCES) },
  (incident, command) =>
    incident.status === "merged" ? refuseDecision(notOpenRefusal(incident)) : postUpdate(command),
  { answersPages: true },
);

export const taskCommand = defineCommand(
  "task.add",
  { kind: z.enum(TASK_KINDS), text: z.string(), owner: PersonSchema.nullable(), due: z.string().nullable() },
  (incident, command) =>
    incident.status === "merged" ? refuseDecision(notOpenRefusal(incident)) : addTask(incident, command),
);

/** `dropped`: the tracker closed its ticket, and not as done. */
export const finishCommand = defineCommand(
  "task.done",
  { id: z.number(), dropped: z.string().exactOptional() },
  (incident, { id, dropped }) => finishTask(incident, id, dropped),
);

export const makePrivateCommand = defineCommand("incident.make_private", {}, makePrivate);

export const requestAccessCommand = defineCommand("access.request", {}, (incident, _, ctx) =>
  requestAccess(incident, ctx),
);

export const grantAccessCommand = defineCommand("access.grant", { person: PersonSchema }, (incident, { person }, ctx) =>
  grantAccess(incident, person, ctx),
);

export const joinCommand = defineCommand("incident.join", {}, (incident, _, ctx) => joinIncident(incident, ctx));

export const subscribeCommand = defineCommand("incident.subscribe", {}, (incident, _, ctx) =>
  subscribeTo(incident, ctx),
);

export const unsubscribeCommand = defineCommand("incident.unsubscribe", {}, (incident, _, ctx) =>
  unsubscribeFrom(incident, ctx),
);

/** Reminders are put off for `ms`. */
export const snoozeCommand = defineCommand("nudge.snooze", { ms: z.number() }, (incident, { ms }, ctx) =>
  whileOpen(incident, () => snoozeNudges(incident, ms, ctx)),
);

/** Someone marks a message for the timeline, or takes their mark away. `id` is the message's in its channel. */
export const markCommand = defineCommand(
  "message.mark",
  { channel: z.string(), id: z.string(), thread: z.string().nullable() },
  markMessage,
);

export const unmarkCommand = defineCommand("message.unmark", { channel: z.string(), id: z.string() }, unmarkMessage);

export const captureCommand = defineCommand(
  "message.captured",
  { channel: z.string(), message: MessageSchema },
  (incident, { channel, message }) => importMessage(incident, channel, message),
);

export const editCommand = defineCommand(
  "message.edited",
  { channel: z.string(), id: z.string(), text: z.string() },
  (incident, { channel, id, text }) =>
    trackMessageChange(incident, { type: "message.edited", data: { channel, id, text: cleanParagraphs(text, 3_000) } }),
);

export const eraseCommand = defineCommand(
  "message.deleted",
  { channel: z.string(), id: z.string() },
  (incident, { channel, id }) => trackMessageChange(incident, { type: "message.deleted", data: { channel, id } }),
);
