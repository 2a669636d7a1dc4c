import { describe, expect, test, vi } from "vitest";
import { createSlackPeople } from "#integrations/slack/slack-people.ts";
import type { SlackCaller } from "#integrations/slack/client.ts";
import { PortError } from "#ports/port-error.ts";

const OURS = { team_id: "T1", enterprise_id: null as string | null };

/** People as Slack describes them; an error is what it answers instead. */
function peopleOf(
  users: Readonly<Record<string, object | Error>>,
  ours: object | Error | (() => object | Error) = OURS,
  team: string | null = null,
) {
  const asked: string[] = [];
  const call = ((method: string, body: { user?: string }, _: unknown, shape: { parse(value: unknown): unknown }) => {
    asked.push(method);
    const found = method === "auth.test" ? (typeof ours === "function" ? ours() : ours) : users[body.user!];
    if (found instanceof Error) return Promise.reject(found);
    if (found instanceof Promise) return found;
    return Promise.resolve(shape.parse(method === "auth.test" ? found : { user: found }));
  }) as unknown as SlackCaller;
  const time = { now: 0 };
  return { people: createSlackPeople(call, () => time.now, team), asked, time };
}
const down = new PortError("unreachable", "Slack is away", { retryable: true });

describe("someone", () => {
  test.each([
    ["of our workspace", { team_id: "T1" }, "T1", { kind: "member" }],
    ["of whom a request says no workspace", { team_id: "T1" }, null, { kind: "member" }],
    ["of another workspace, by the request", {}, "T2", { kind: "outsider", team: "T2" }],
    ["of another workspace, by Slack", { team_id: "T2" }, null, { kind: "outsider", team: "T2" }],
    ["whom Slack calls a stranger", { is_stranger: true }, null, { kind: "outsider", team: null }],
    ["who is a guest of many channels", { team_id: "T1", is_restricted: true }, null, { kind: "guest" }],
    ["who is a guest of one channel", { team_id: "T1", is_ultra_restricted: true }, null, { kind: "guest" }],
    ["who is a program", { team_id: "T1", is_bot: true }, null, { kind: "bot" }],
    ["who is a program of another workspace", { team_id: "T2", is_bot: true }, null, { kind: "outsider", team: "T2" }],
  ])("%s", async (_, user, team, standing) => {
    expect(await peopleOf({ U1: user }).people.standing("U1", team)).toEqual(standing);
  });

  test("of another workspace of our organization is a member", async () => {
    const grid = { team_id: "T1", enterprise_id: "E1" };
    const user = { team_id: "T2", enterprise_user: { enterprise_id: "E1" } };
    expect(await peopleOf({ U1: user }, grid).people.standing("U1", "T2")).toEqual({ kind: "member" });
    expect(await peopleOf({ U1: { ...user, is_restricted: true } }, grid).people.standing("U1", "T2")).toEqual({
      kind: "guest",
    });
  });

  test("may be a guest while Slack does not answer who they are", async () => {
    const { people } = peopleOf({ U1: down });
    expect(await people.standing("U1", "T2")).toEqual({ kind: "outsider", team: "T2" });
    expect(await people.standing("U1", "T1")).toEqual({ kind: "insider" });
    expect(await people.standing("U1", null)).toEqual({ kind: "unknown" });
  });

  test("is unknown while it is not known which workspace is ours, whatever the request names", async () => {
    for (const user of [down, { team_id: "T1" }])
      for (const team of ["T1", "T2", null])
        expect(await peopleOf({ U1: user }, down).people.standing("U1", team)).toEqual({ kind: "unknown" });
  });

  test("is judged by the workspace of the settings until Slack answers which one is ours", async () => {
    const { people } = peopleOf({ U1: { team_id: "T1" } }, down, "T1");
    expect(await people.standing("U1", "T1")).toEqual({ kind: "member" });
    expect(await people.standing("U1", "T2")).toEqual({ kind: "outsider", team: "T2" });
  });

  test("is judged by the workspace that Slack named at the start, also after it stops answering", async () => {
    let answer: object | Error = OURS;
    const { people } = peopleOf({ U1: { team_id: "T1" } }, () => answer);
    await people.learnTeam();
    answer = down;
    await expect(people.learnTeam()).rejects.toThrow("away");
    expect(await people.standing("U1", "T1")).toEqual({ kind: "member" });
  });

  test("stays a guest after Slack stops answering", async () => {
    const users: Record<string, object | Error> = { U1: { is_restricted: true } };
    const { people, time } = peopleOf(users);
    expect(await people.standing("U1", null)).toEqual({ kind: "guest" });
    users["U1"] = down;
    time.now += 3_600_000;
    expect(await people.standing("U1", null)).toEqual({ kind: "guest" });
  });

  test("is waited for within the time in which Slack shows a reply, and not longer", async () => {
    vi.useFakeTimers();
    try {
      let answer: (user: object) => void = () => {};
      const late = new Promise<object>((resolve) => (answer = resolve));
      const { people } = peopleOf({ U1: late });
      const soon = people.standing("U1", "T1");
      await vi.advanceTimersByTimeAsync(1_500);
      answer({ user: { team_id: "T1" } });
      expect(await soon).toEqual({ kind: "member" });
      const { people: others } = peopleOf({ U1: new Promise<never>(() => {}) });
      const unanswered = others.standing("U1", "T1");
      await vi.advanceTimersByTimeAsync(2_500);
      expect(await unanswered).toEqual({ kind: "insider" });
    } finally {
      vi.useRealTimers();
    }
  });

  test("is looked up once for their name and their standing", async () => {
    const { people, asked } = peopleOf({ U1: { real_name: "Sam", team_id: "T1" } });
    expect((await people.person("U1")).name).toBe("Sam");
    await people.standing("U1", null);
    await people.standing("U1", null);
    expect(asked).toEqual(["users.info", "auth.test"]);
  });
});
