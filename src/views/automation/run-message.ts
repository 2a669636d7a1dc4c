import { runId } from "#domain/automation/run.ts";
import { escapeMrkdwn, sectionBlock } from "#views/values/block-kit.ts";

/** A message that a run posts; `to` names whom it is for, when that is not everybody who reads there. */
export function runMessage(run: { readonly number: number; readonly title: string }, text: string, to: string | null) {
  const words = to === null ? text : `${escapeMrkdwn(to)}: ${text}`;
  const said = `📓 *${runId(run.number)}* ${escapeMrkdwn(run.title)}\n${words}`;
  return { text: words.slice(0, 3_000), blocks: [sectionBlock(said.slice(0, 2_950))] };
}
