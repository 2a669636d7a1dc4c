import { userInfo } from "node:os";
import { fail, print, Usage, type Command } from "./command.ts";
import { post } from "./client.ts";

export const incident: Command = {
  name: "incident",
  usage: "incident [INC-n] VERB … [--as NAME] [--url URL]",
  summary: "Say what you would say in the chat: declare, ack, severity, note, resolve …; `incident help` lists the verbs.",
  details:
    '\nExamples:\n  muster incident declare P1 checkout is down\n  muster incident INC-3 note "failed over to the replica at 14:05"\n  muster incident INC-3 resolve -- rolled back\n',
  options: { as: { type: "string" }, url: { type: "string" } },
  async run({ values, positionals }) {
    if (positionals.length === 0) throw new Usage("which verb? `muster incident help` lists them");
    const { status, text } = await post("/api/verbs", { text: positionals.join(" "), as: values["as"] ?? userInfo().username }, values["url"]);
    if (status >= 300) return fail(text, 1);
    print(text);
    return 0;
  },
};
