/** The data of a platform before any configuration: for dry runs, and for hints about settings. */
export type ChatPlatform = {
  /** What people call it: "Slack". */
  readonly title: string;
  /** The key of a person in muster.yaml under which their id in this chat stands. */
  readonly personKey: string;
  /** Whether an id is how this chat names a person. */
  readonly isMember: (id: string) => boolean;
  /**
   * Words with each mention that people or programs write here in the neutral form (`writeMention` of
   * `src/domain/values/mention.ts`). Text that was stored before there was one is read by it, too. Everything else
   * stays as it is, whatever it is.
   */
  readonly readMentions: (text: string) => string;
  /** What lets people sign in on our pages with their account there: "set X and Y"; null: nothing does. */
  readonly signInSettings: string | null;
};
