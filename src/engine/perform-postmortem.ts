import { createHash } from "node:crypto";
import { isExported } from "#domain/review.ts";
import { incidentId } from "#domain/language.ts";
import { oneLine } from "#domain/text.ts";
import type { Performer } from "./job.ts";
import { pageUrl } from "./links.ts";
import { incidentOf } from "./perform-chat.ts";
import { postmortemOf } from "./read.ts";

type Memo = { readonly said: string; readonly told: string };

/** The postmortem as a proposal to the place where documents are kept: made once, then kept up to date. */
export const publish: Performer<"ticket.postmortem"> = async (_, job) => {
  const { engine, stored, ask } = job;
  const state = incidentOf(job);
  const { github } = engine.policy().postmortem;
  if (github === undefined || !isExported(state, engine.policy())) return {};
  if (engine.documents === null) return { commands: [{ type: "postmortem.unpublished", where: "GitHub", reason: "GITHUB_TOKEN is not set" }] };
  const { markdown } = await postmortemOf(engine, stored!);
  const said = createHash("sha256").update(markdown).digest("base64");
  const memo = memoOf(job.memo);
  if (memo?.said === said) return {};
  const id = incidentId(state.number);
  const proposed = await engine.documents.propose(
    {
      key: stored!.uid,
      repo: github.repo,
      base: github.base ?? null,
      branch: `muster/${id.toLowerCase()}-${createHash("sha256").update(stored!.uid).digest("hex").slice(0, 8)}`,
      path: `${github.folder}/${id}.md`,
      text: markdown,
      title: oneLine(`${id} postmortem${state.private ? "" : `: ${state.title}`}`, 200),
      body: `The postmortem of [${id}](${pageUrl(engine, state.number)}), ${state.postmortem.state}. Muster keeps it up to date until it is merged.`,
    },
    ask,
  );
  if (proposed === null) return { memo: { said, told: memo?.told ?? "" } };
  const { key, url, note } = proposed;
  const told = `${key} ${note ?? ""}`;
  return { memo: { said, told }, commands: memo?.told === told ? [] : [{ type: "postmortem.published", where: "GitHub", key, url, note }] };
};

function memoOf(memo: unknown): Memo | null {
  return typeof memo === "object" && memo !== null && "said" in memo ? (memo as Memo) : null;
}
