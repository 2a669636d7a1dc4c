import { ALERT_ACTS } from "./alert-acts.ts";
import { OPERATION_ACTS } from "./operation-acts.ts";
import { OUTSIDE_ACTS } from "./outside-acts.ts";
import { PEOPLE_ACTS } from "./people-acts.ts";

/** All that can happen in a story. */
export const ACTS = { ...ALERT_ACTS, ...PEOPLE_ACTS, ...OUTSIDE_ACTS, ...OPERATION_ACTS };

export type ActName = keyof typeof ACTS;
