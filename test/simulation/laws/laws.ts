import type { SimWorld } from "../world/sim-world.ts";
import { alarmsAreEnded, lateNewsChangesNothing } from "./alarms-are-ended.ts";
import { auditorIsIdle } from "./auditor-is-idle.ts";
import { factsAreDatedRight, heldBackReturns, watchdogIsWatched } from "./clock-laws.ts";
import { deadlinesAreKept } from "./deadlines-kept.ts";
import type { Law } from "./law.ts";
import { noSecondPageForTheSameNews, sentMeansReached } from "./pages-arrive.ts";
import { onlyTheRightPeople, silencedIsSilent } from "./pages-are-right.ts";
import { peopleAreAddressed, whatFiresIsVisible } from "./people-can-see.ts";
import { oneIncidentForOneKey, timelineIsWhole } from "./records-are-whole.ts";
import { goodAlertsAreAccepted, refusalsAreReported } from "./refusals-are-reported.ts";
import { someoneHasIt } from "./someone-has-it.ts";
import { stepsAreKept } from "./steps-kept.ts";
import { answersAreTrue, cardIsTrue, nextIsTrue } from "./words-are-true.ts";

/** All laws, each with the world that it watches. */
export function lawsOf(world: SimWorld): readonly Law[] {
  return [
    someoneHasIt(world),
    auditorIsIdle(world),
    stepsAreKept(world),
    sentMeansReached(world),
    peopleAreAddressed(world),
    whatFiresIsVisible(world),
    answersAreTrue(world),
    cardIsTrue(world),
    nextIsTrue(world),
    onlyTheRightPeople(world),
    silencedIsSilent(world),
    oneIncidentForOneKey(world),
    timelineIsWhole(world),
    deadlinesAreKept(world),
    noSecondPageForTheSameNews(world),
    lateNewsChangesNothing(world),
    refusalsAreReported(world),
    goodAlertsAreAccepted(world),
    alarmsAreEnded(world),
    factsAreDatedRight(world),
    heldBackReturns(world),
    watchdogIsWatched(world),
  ];
}
