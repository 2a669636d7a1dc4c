import { z } from "zod";
import { settingList } from "#domain/values/setting-values.ts";

/** An Alertmanager that may be asked: its address, and the external URLs of deliveries that it is set to answer for. */
export type AlertmanagerAddress = { readonly url: string; readonly externalUrls: readonly string[] };

const EXPECTED =
  "expected a URL that starts with http:// or https://, or several with commas between them; URL=EXTERNAL_URL sets from where one delivers";

/** The settings by their names in the environment. */
export const AlertmanagerEnvironment = z.object({
  /** With commas between several; each its address, and after `=` the external URL of its deliveries when that is set. */
  ALERTMANAGER_URL: settingList.transform((list, ctx): readonly AlertmanagerAddress[] => {
    const addresses = list.map((text): AlertmanagerAddress => {
      const [url = "", ...externalUrls] = text.split(/=(?=https?:\/\/)/).map((each) => each.trim().replace(/\/+$/, ""));
      for (const each of [url, ...externalUrls])
        if (!/^https?:\/\//.test(each) || !URL.canParse(each))
          ctx.addIssue({ code: "custom", message: `"${text}": ${EXPECTED}` });
      return { url, externalUrls };
    });
    return [...new Map(addresses.map((each) => [each.url, each])).values()];
  }),
});
