import { MINUTE_MS } from "#domain/values/duration.ts";
import type { z } from "zod";
import type { Instant } from "#domain/values/language.ts";
import {
  type ClusterEvent,
  type ClusterKind,
  type ClusterObject,
  type ClusterPlace,
  type ClusterReader,
} from "#ports/cluster-objects.ts";
import { PortError } from "#ports/port-error.ts";
import type { ApiCaller } from "./client.ts";
import { EventObjects, parseObject, SomeObject, SomeObjects } from "./kubernetes-objects.ts";
import { describeObject } from "./object-status.ts";

type KindPath = { readonly api: readonly string[]; readonly plural: string; readonly inNamespace: boolean };

const CORE = ["api", "v1"];
const at = (api: readonly string[], plural: string, inNamespace = true): KindPath => ({ api, plural, inNamespace });

/** Where each kind is, https://kubernetes.io/docs/reference/kubernetes-api/. */
export const KIND_PATHS: Readonly<Record<ClusterKind, KindPath>> = {
  pod: at(CORE, "pods"),
  node: at(CORE, "nodes", false),
  job: at(["apis", "batch", "v1"], "jobs"),
  cronjob: at(["apis", "batch", "v1"], "cronjobs"),
  deployment: at(["apis", "apps", "v1"], "deployments"),
  statefulset: at(["apis", "apps", "v1"], "statefulsets"),
  daemonset: at(["apis", "apps", "v1"], "daemonsets"),
  replicaset: at(["apis", "apps", "v1"], "replicasets"),
  hpa: at(["apis", "autoscaling", "v2"], "horizontalpodautoscalers"),
  pvc: at(CORE, "persistentvolumeclaims"),
  service: at(CORE, "services"),
  ingress: at(["apis", "networking.k8s.io", "v1"], "ingresses"),
  rollout: at(["apis", "argoproj.io", "v1alpha1"], "rollouts"),
  certificate: at(["apis", "cert-manager.io", "v1"], "certificates"),
};

/** How many objects a page of a list has, and how many pages are looked through for what is asked for. */
const PAGE_SIZE = 500;
const MOST_PAGES = 6;

/** The path of a kind, of all namespaces when it names none, and of one object with `name`. */
export function objectPath({ kind, namespace }: ClusterPlace, name?: string): readonly string[] {
  const { api, plural, inNamespace } = KIND_PATHS[kind];
  if (inNamespace && namespace === null && name !== undefined)
    throw new PortError("invalid", `a ${kind} is in a namespace: write which`, { retryable: false });
  const place = inNamespace && namespace !== null ? ["namespaces", namespace] : [];
  return [...api, ...place, plural, ...(name === undefined ? [] : [name])];
}

/** Reads objects of any kind that runbooks look at, and events. */
export function createObjectReads(api: ApiCaller, clock: () => Instant): ClusterReader {
  return {
    async object(place, name) {
      const what = `show the ${place.kind} ${place.namespace === null ? "" : `${place.namespace}/`}${name}`;
      const answer = await api({ method: "GET", path: objectPath(place, name), what }, 404);
      return answer.ok ? describeObject(place.kind, parseObject(SomeObject, answer.text, what), clock()) : null;
    },
    async objects(place, { selector, limit }) {
      const what = `list the ${KIND_PATHS[place.kind].plural} ${place.namespace === null ? "of all namespaces" : `in ${place.namespace}`}`;
      const query = selector === undefined ? {} : { labelSelector: selector };
      const { items, cut } = await listPages(api, objectPath(place), query, SomeObjects, what);
      const now = clock();
      const found = items
        .map((item) => describeObject(place.kind, item, now))
        .toSorted((a, b) => Number(a.ready) - Number(b.ready) || compareNames(a, b));
      return { items: found.slice(0, limit), cut: cut || found.length > limit };
    },
    async events(namespace, wanted) {
      const what = `list the events ${namespace === null ? "of all namespaces" : `in ${namespace}`}`;
      const [kind, name] = wanted.about?.split("/") ?? [];
      const fields = [
        ...(kind === undefined ? [] : [`involvedObject.kind=${kind}`]),
        ...(name === undefined ? [] : [`involvedObject.name=${name}`]),
        ...(wanted.warningsOnly ? ["type=Warning"] : []),
      ];
      const path = [...CORE, ...(namespace === null ? [] : ["namespaces", namespace]), "events"];
      const query = fields.length === 0 ? {} : { fieldSelector: fields.join(",") };
      const { items } = await listPages(api, path, query, EventObjects, what);
      const now = clock();
      return items
        .map((event) => toEvent(event, now))
        .filter(({ minutesAgo }) => minutesAgo * MINUTE_MS <= wanted.sinceMs)
        .toSorted((a, b) => a.minutesAgo - b.minutesAgo)
        .slice(0, wanted.limit);
    },
  };
}

type ListSchema<T> = z.ZodType<{
  readonly metadata?: { readonly continue?: string | undefined } | undefined;
  readonly items: readonly T[];
}>;

/** The pages of a list, which a cluster keeps in the order of names: what is newest may be on the last. `cut`: there are more. */
export async function listPages<T>(
  api: ApiCaller,
  path: readonly string[],
  query: Readonly<Record<string, string>>,
  schema: ListSchema<T>,
  what: string,
): Promise<{ readonly items: readonly T[]; readonly cut: boolean }> {
  const items: T[] = [];
  let next = "";
  for (let page = 0; page < MOST_PAGES; page++) {
    const from = next === "" ? {} : { continue: next };
    const answer = await api({ method: "GET", path, query: { limit: String(PAGE_SIZE), ...query, ...from }, what });
    const listed = parseObject(schema, answer.ok ? answer.text : "", what);
    items.push(...listed.items);
    next = listed.metadata?.continue ?? "";
    if (next === "") return { items, cut: false };
  }
  return { items, cut: true };
}

function compareNames(a: ClusterObject, b: ClusterObject): number {
  const [left, right] = [`${a.namespace}/${a.name}`, `${b.namespace}/${b.name}`];
  return left < right ? -1 : left > right ? 1 : 0;
}

function toEvent(event: (typeof EventObjects)["_output"]["items"][number], now: Instant): ClusterEvent {
  const { type, reason, message, count, involvedObject, lastTimestamp, eventTime, metadata } = event;
  const when: Instant = lastTimestamp ?? eventTime ?? metadata.creationTimestamp;
  return {
    minutesAgo: Math.max(0, now - when) / MINUTE_MS,
    type,
    reason,
    message,
    count,
    object: `${involvedObject.kind}/${involvedObject.name}`,
  };
}
