import { z } from "zod";
import { defineEffect, typeAndIncident } from "#domain/effects/effect-definition.ts";
import { PRIORITIES } from "#domain/values/language.ts";

// What the pager is asked for.

export const triggerPage = defineEffect(
  "page.trigger",
  {
    key: z.string(),
    to: z.string(),
    people: z.array(z.string()).readonly(),
    priority: z.enum(PRIORITIES),
    episode: z.number(),
  },
  { lane: "page", interval: null, shared: false, key: ({ key }) => `page.trigger:${key}` },
);

/**
 * Whether the pager, which took a page, has opened something for it: only then was anyone reached. It waits in a lane of its
 * own: looking there, however slow the pager answers, must delay no page.
 */
export const confirmPage = defineEffect(
  "page.confirm",
  { key: z.string() },
  { lane: "pager", interval: null, shared: false, key: ({ key }) => `page.confirm:${key}` },
);

/**
 * Reads the event `raw` that the pager sent to our door: some events need a question to the pager. `id` is the pager's
 * own.
 */
export const readPagerEvent = defineEffect(
  "pager.read",
  { id: z.string(), raw: z.string() },
  { lane: "pager", interval: null, shared: true, key: ({ id }, of) => `${of}:${id}` },
);

/**
 * The pager learns that a page was answered. `page`: which; absent in what an earlier version asked for, which means every
 * page of the episode. `except`: the alarm that the event came from.
 */
export const acknowledgeAlarms = defineEffect(
  "page.acknowledge",
  { episode: z.number(), except: z.string().exactOptional(), page: z.string().exactOptional() },
  {
    lane: "page",
    interval: null,
    shared: false,
    key: ({ episode, page }, of) => (page === undefined ? `${of}:${episode}` : `page.acknowledge:${page}`),
  },
);

export const resolveAlarms = defineEffect(
  "page.resolve",
  { episode: z.number(), except: z.string().exactOptional() },
  { lane: "page", interval: null, shared: false, key: ({ episode }, of) => `${of}:${episode}` },
);

/** An undone page: its alarm ends, independently of others. */
export const withdrawPage = defineEffect(
  "page.withdraw",
  { key: z.string() },
  { lane: "page", interval: null, shared: false, key: ({ key }) => `page.withdraw:${key}` },
);

/** Event `seq` as a note on the pager's alarm. */
export const annotateAlarms = defineEffect(
  "page.annotate",
  { seq: z.number() },
  { lane: "page", interval: null, shared: false, key: ({ seq }, of) => `${of}:${seq}` },
);

/** The pager's page of the alarm shows where people meet and how bad it is. */
export const describeAlarms = defineEffect(
  "page.describe",
  {},
  { lane: "page", interval: 2_000, shared: false, key: typeAndIncident },
);
