import { afterEach, beforeEach, expect } from "vitest";
import { createKubernetes } from "#integrations/kubernetes/kubernetes-cluster.ts";
import type { Cluster, RolloutPlan } from "#ports/cluster.ts";
import { MINUTE, NOW } from "#test/support/builders/instants.ts";
import { startKubernetes, type KubernetesDouble } from "./kubernetes-double.ts";
import type { FakeDeployment } from "./fake-objects.ts";

export const TARGET_DEPLOYMENT = { namespace: "shop", deployment: "checkout" };
export const RUN_KEY = "run-7/rollback";

/** The adapter for a cluster, which waits for an answer as long as a busy machine may need. */
export function clusterOf(k8s: KubernetesDouble, timeoutMs = 30_000): Cluster {
  return createKubernetes({ kubeconfig: k8s.kubeconfig, clock: () => k8s.state.now, timeoutMs });
}

/** For each test a cluster in which shop/checkout runs version 1, and the adapter for it. */
export type ClusterHarness = { k8s: KubernetesDouble; cluster: Cluster; checkout: FakeDeployment };

/** Sets the rig up before each test, and after it looks for what a real cluster would have refused. */
export function useCluster(): ClusterHarness {
  const rig = {} as ClusterHarness;
  beforeEach(async () => {
    const k8s = await startKubernetes(NOW);
    const cluster = clusterOf(k8s);
    const checkout = k8s.state.deploy("checkout", "shop/checkout:1");
    k8s.state.settle();
    Object.assign(rig, { k8s, cluster, checkout });
  });
  afterEach(async () => {
    expect(rig.k8s.violations).toEqual([]);
    await rig.k8s.close();
  });
  return rig;
}

/** Someone ships another image, after so many ms, and it rolls out. */
export function shipImage({ k8s, checkout }: ClusterHarness, image: string, after: number): void {
  k8s.state.now += after;
  k8s.state.ship(checkout, image);
  k8s.state.settle();
}

export async function rolloutPlanOf({ cluster }: ClusterHarness): Promise<RolloutPlan> {
  const answer = await cluster.rolloutPlan(TARGET_DEPLOYMENT, { healthyForMs: 30 * MINUTE });
  if (!answer.ok) throw new Error(answer.says);
  return answer;
}

/** What was asked of the cluster besides looking. */
export const writeRequests = ({ k8s }: ClusterHarness): string[] =>
  k8s.requests.filter((each) => !each.startsWith("GET"));
