import { z } from "zod";
import type { Chat } from "#ports/chat.ts";
import { ignoreCodes, slackCode, type SlackCaller } from "./client.ts";
import { renderForm } from "./render-form.ts";
import { renderHome } from "./render-message.ts";

const Opened = z.object({ view: z.object({ id: z.string() }) });

/** What is shown to one person outside of channels: forms and their home. */
export function slackForms(call: SlackCaller): Pick<Chat, "openForm" | "updateForm" | "home"> {
  return {
    async openForm(trigger, form) {
      try {
        return (await call("views.open", { trigger_id: trigger, view: renderForm(form) }, { urgency: 0 }, Opened)).view
          .id;
      } catch (error) {
        if (slackCode(error) !== "exchanged_trigger_id") throw error;
        return null;
      }
    },

    async updateForm(id, form) {
      // A closed form is not replaced.
      await ignoreCodes(["not_found"], call("views.update", { view_id: id, view: renderForm(form) }, { urgency: 0 }));
    },

    async home(user, view) {
      await call("views.publish", { user_id: user, view: renderHome(view) }, { urgency: 0 });
    },
  };
}
