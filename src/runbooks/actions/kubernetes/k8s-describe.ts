import { z } from "zod";
import { HOUR_MS } from "#domain/values/duration.ts";
import type { ClusterEvent, ClusterObject } from "#ports/cluster-objects.ts";
import { actionDone } from "#runbooks/actions/action-job.ts";
import { clusterPlace, kindFields, OBJECT_FAKE } from "#runbooks/actions/cluster-object.ts";
import { KubernetesName, withCluster } from "#runbooks/actions/cluster-target.ts";
import { defineAction } from "#runbooks/actions/define-action.ts";

/** How far back events are shown, in ms: clusters keep them for an hour. */
const EVENTS_SINCE_MS = HOUR_MS;

/** The name that events give to a kind. */
const EVENT_KINDS: Readonly<Record<string, string>> = {
  pod: "Pod",
  node: "Node",
  job: "Job",
  cronjob: "CronJob",
  deployment: "Deployment",
  statefulset: "StatefulSet",
  daemonset: "DaemonSet",
  replicaset: "ReplicaSet",
  hpa: "HorizontalPodAutoscaler",
  pvc: "PersistentVolumeClaim",
  service: "Service",
  ingress: "Ingress",
  rollout: "Rollout",
  certificate: "Certificate",
};

export const k8sDescribe = defineAction({
  name: "k8s.describe",
  summary: "Shows an object with its conditions and its events of the last hour, as text.",
  effect: "read",
  touches: "nothing",
  risk: "low",
  input: z.strictObject({ ...kindFields, name: KubernetesName.describe("its name") }),
  output: z.object({ found: z.boolean(), status: z.string(), ready: z.boolean(), lines: z.array(z.string()) }),
  texts: {},
  fixed: ["kind"],
  run: ({ kind, namespace, name }, job) =>
    withCluster(job, async (cluster) => {
      const place = clusterPlace(kind, namespace);
      const object = await cluster.object(place, name);
      if (object === null) return actionDone({ found: false, status: "", ready: false, lines: [] });
      // Events about a node are in the namespace `default`.
      const events = await cluster.events(place.namespace ?? "default", {
        about: `${EVENT_KINDS[kind]}/${name}`,
        warningsOnly: false,
        sinceMs: EVENTS_SINCE_MS,
        limit: 10,
      });
      const { status, ready } = object;
      return actionDone({ found: true, status, ready, lines: [...objectLines(object), ...events.map(eventLine)] });
    }),
  probe: null,
  undo: null,
  fake: OBJECT_FAKE,
});

function objectLines({ kind, name, status, node, restarts, owner, conditions }: ClusterObject): readonly string[] {
  const facts = [
    `${kind} ${name}: ${status}`,
    ...(node === "" ? [] : [`on ${node}`]),
    ...(restarts === 0 ? [] : [`${restarts} restart${restarts === 1 ? "" : "s"}`]),
    ...(owner === "" ? [] : [`of ${owner}`]),
  ];
  return [
    facts.join(", "),
    ...conditions.map(
      ({ type, status: is, reason, message }) =>
        `${type} ${is}${reason === "" ? "" : ` (${reason})`}${message === "" ? "" : `: ${message}`}`,
    ),
  ];
}

function eventLine({ type, reason, message, count }: ClusterEvent): string {
  return `${type} ${reason}${count > 1 ? ` ×${count}` : ""}: ${message}`;
}
