import type { App } from "@slack/bolt";
import { readFormValues } from "#integrations/slack/render-form.ts";
import { renderPart } from "#integrations/slack/render-message.ts";
import { FORM_IDS } from "#views/response/incident-forms.ts";
import { textMessage } from "#views/values/message-parts.ts";
import type { FormName } from "#verbs/verb.ts";
import type { CommandDoor } from "#handlers/command-reply.ts";
import { submitForm } from "#handlers/form-filling.ts";
import { slackRequester } from "./requester.ts";

/** Submitted forms. A wrong field is reported on the field, before anything is stored. */
export function registerFormSubmissions(app: App, door: CommandDoor): void {
  for (const name of Object.keys(FORM_IDS) as FormName[])
    app.view(FORM_IDS[name], async ({ ack, body, view }) => {
      const person = slackRequester(body.user.id, body.user.name);
      const values = readFormValues(view.state.values);
      const done = await submitForm(door, {
        name,
        meta: view.private_metadata,
        values,
        who: person,
        key: `${view.id}:${view.hash}`,
      });
      if (!done.ok) {
        await ack({ response_action: "errors", errors: done.errors as Record<string, string> });
        return;
      }
      if (done.answer.kind === "problem") {
        const blocks = textMessage(done.answer.text).parts.map(renderPart);
        await ack({
          response_action: "update",
          view: { type: "modal", title: view.title, ...(view.close !== null && { close: view.close }), blocks },
        });
        return;
      }
      await ack();
    });
}
