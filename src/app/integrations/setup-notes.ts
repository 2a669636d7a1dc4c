import type { AppConfig } from "#config/app-config.ts";
import type { ChatPlatform } from "#ports/chat-platform.ts";
import type { Integration } from "./integration.ts";

const DRY_RUNS = { chat: "The chat", paging: "Paging" } as const;

/** All that is not set up, for people who run Muster: of vendors first, then what the settings themselves lack. */
export function setupNotes(list: readonly Integration[], config: AppConfig): readonly string[] {
  const ofVendors = (["chat", "paging"] as const).flatMap((offers) => {
    const setups = list.flatMap(({ setup }) => (setup?.offers === offers ? [setup] : []));
    const chosen = setups.find((each) => each.isSetUp(config));
    return chosen === undefined
      ? [`${DRY_RUNS[offers]} is a dry run in this log. ${setups.map(({ hint }) => `${hint}.`).join(" Or: ")}`]
      : (chosen.warnings?.(config) ?? []);
  });
  return [...ofVendors, ...config.missing];
}

/** The chat platform that is chosen, else the first there is: a dry run stands in for it. */
export function choosePlatform(
  list: readonly Integration[],
  isChosen: (integration: Integration) => boolean,
): ChatPlatform {
  const platforms = list.filter(({ platform }) => platform !== undefined);
  const platform = (platforms.find(isChosen) ?? platforms[0])?.platform;
  if (platform === undefined) throw new Error("bug: no integration is a chat platform");
  return platform;
}
