import { createHash } from "node:crypto";
import { isInCanvas, isExported } from "#domain/events/review-state.ts";
import { incidentId } from "#domain/values/language.ts";
import { pageRevisions, stampBase } from "#domain/postmortem/section-versions.ts";
import { canvasPage } from "#views/postmortem/postmortem-canvas.ts";
import { oneLine } from "#domain/values/text.ts";
import { requireIncident, withChannel } from "#engine/base/effect-context.ts";
import {
  chatFailure,
  reportNothing,
  type EffectPerformers,
  type PerformEffect,
} from "#engine/base/effect-performer.ts";
import { incidentUrl } from "#engine/base/dashboard-links.ts";
import { deriveEditBase, readPostmortem } from "./postmortem-reader.ts";

/** Posts the postmortem draft as a file. */
const postDraft: PerformEffect<"chat.draft"> = async (_, context) =>
  withChannel(context, async (state, channel) => {
    if (state.resolvedAt === null) return {};
    const page = await readPostmortem(context.engine, context.stored!);
    const id = incidentId(state.number);
    const { url } = await context.engine.chat.upload(
      channel.id,
      {
        name: `${id}-postmortem-${state.episode}.md`,
        title: `${id} postmortem draft`,
        text: stampBase(page.markdown, deriveEditBase(page)),
      },
      context.attempt,
    );
    return { commands: [{ type: "draft.posted", url }] };
  });

type Proposal = { readonly said: string; readonly told: string };

/** The postmortem as a proposal to the place where documents are kept: made once, then kept up to date. */
const proposePostmortem: PerformEffect<"ticket.postmortem"> = async (_, context) => {
  const { engine, stored, attempt } = context;
  const state = requireIncident(context);
  const { github } = engine.policy().postmortem;
  if (github === undefined || !isExported(state, engine.policy())) return {};
  if (engine.documents === null) {
    const reason = `${engine.documentSettings ?? "the place of documents"} is not set`;
    return { commands: [{ type: "postmortem.unpublished", where: "GitHub", reason }] };
  }
  const { markdown } = await readPostmortem(engine, stored!);
  const digest = createHash("sha256").update(markdown).digest("base64");
  const memo = proposalState(context.state);
  if (memo?.said === digest) return {};
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
      body: `The postmortem of [${id}](${incidentUrl(engine, state)}). Muster keeps it up to date until it is merged.`,
    },
    attempt,
  );
  if (proposed === null) return { state: { said: digest, told: memo?.told ?? "" } };
  const { key, url, note } = proposed;
  const published = `${key} ${note ?? ""}`;
  return {
    state: { said: digest, told: published },
    commands: memo?.told === published ? [] : [{ type: "postmortem.published", where: "GitHub", key, url, note }],
  };
};

type Canvas = { readonly channel: string; readonly id: string | null; readonly said: string; readonly file: number };

/** The postmortem in the channel's canvas; where the workspace has none for us, each version that people wrote as a file. */
const updateCanvas: PerformEffect<"chat.canvas"> = (_, context) =>
  withChannel(context, async (state, channel) => {
    const { engine, stored, attempt } = context;
    if (!isInCanvas(state, engine.policy())) return {};
    const { markdown, writings, ...page } = await readPostmortem(engine, stored!);
    const shown = canvasPage(state, markdown, incidentUrl(engine, state));
    const digest = createHash("sha256").update(shown.markdown).digest("base64");
    const memo = canvasState(context.state, channel.id);
    if (memo?.said === digest) return {};
    const kept = await engine.chat.canvas(channel.id, shown, memo?.id ?? null, attempt);
    if ("id" in kept) return { state: { channel: channel.id, id: kept.id, said: digest, file: 0 } };
    const version = pageRevisions(writings).length;
    const id = incidentId(state.number);
    // Without any human text, the posted draft is the same.
    if (version > (memo?.file ?? 0))
      await engine.chat.upload(
        channel.id,
        {
          name: `${id}-postmortem-v${version}.md`,
          title: `${id} postmortem, version ${version}`,
          text: stampBase(markdown, deriveEditBase({ ...page, markdown, writings })),
        },
        { ...attempt, key: `${attempt.key}:${stored!.uid}:v${version}` },
      );
    return { state: { channel: channel.id, id: null, said: digest, file: version } };
  });

function canvasState(memo: unknown, channel: string): Canvas | null {
  return typeof memo === "object" && memo !== null && "channel" in memo && memo.channel === channel
    ? (memo as Canvas)
    : null;
}

function proposalState(memo: unknown): Proposal | null {
  return typeof memo === "object" && memo !== null && "said" in memo ? (memo as Proposal) : null;
}

export const postmortemPerformers = {
  "chat.draft": { perform: postDraft, failed: chatFailure, delayed: reportNothing },
  "chat.canvas": { perform: updateCanvas, failed: chatFailure, delayed: reportNothing },
  "ticket.postmortem": {
    perform: proposePostmortem,
    failed: (_, reason) => [{ type: "postmortem.unpublished", where: "GitHub", reason }],
    delayed: reportNothing,
  },
} satisfies Partial<EffectPerformers>;
