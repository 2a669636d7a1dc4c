import { z } from "zod";
import { actionDone } from "#runbooks/actions/action-job.ts";
import { clusterPlace, kindFields, OBJECT_FAKE, ObjectFields, objectFields } from "#runbooks/actions/cluster-object.ts";
import { KubernetesName, withCluster } from "#runbooks/actions/cluster-target.ts";
import { defineAction } from "#runbooks/actions/define-action.ts";

const NOT_THERE = {
  found: false,
  namespace: "",
  name: "",
  status: "",
  ready: false,
  ageMinutes: 0,
  node: "",
  restarts: 0,
  owner: "",
  labels: {},
  conditions: [],
  spec: {},
  state: {},
};

export const k8sGet = defineAction({
  name: "k8s.get",
  summary: "Reads one object of a cluster: its status, conditions and spec.",
  effect: "read",
  touches: "nothing",
  risk: "low",
  input: z.strictObject({ ...kindFields, name: KubernetesName.describe("its name") }),
  output: ObjectFields.extend({
    found: z.boolean(),
    spec: z.record(z.string(), z.unknown()),
    state: z.record(z.string(), z.unknown()).describe("its `status`, as the cluster has it"),
  }),
  texts: {},
  fixed: ["kind"],
  notes: ["Values of environment variables are left out. Secrets and config maps cannot be read."],
  run: ({ kind, namespace, name }, job) =>
    withCluster(job, async (cluster) => {
      const found = await cluster.object(clusterPlace(kind, namespace), name);
      if (found === null) return actionDone(NOT_THERE);
      return actionDone({ found: true, ...objectFields(found), spec: found.spec, state: found.state });
    }),
  probe: null,
  undo: null,
  fake: OBJECT_FAKE,
});
