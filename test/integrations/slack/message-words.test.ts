import { describe, expect, test } from "vitest";
import { filesOfMessage, readMessage, wordsOfMessage } from "#integrations/slack/read-message.ts";
import type { SlackCaller } from "#integrations/slack/client.ts";
import type { SlackPeople } from "#integrations/slack/slack-people.ts";
import { aTicketAttempt } from "#test/support/builders/tickets.ts";

const link = "https://example.slack.com/archives/C1/p1";

describe("the words of a message", () => {
  test.each<[string, object, string]>([
    ["are its text", { text: "the pool is full" }, "the pool is full"],
    [
      "are those of attachments, as Alertmanager sends them",
      { text: "", attachments: [{ title: "[FIRING:1] DiskFull", title_link: "http://am", text: "disk 97 % on db-1" }] },
      "<http://am|[FIRING:1] DiskFull>\ndisk 97 % on db-1",
    ],
    [
      "are the fields and the introduction of an attachment",
      { attachments: [{ pretext: "Deploy", fields: [{ title: "Version", value: "41" }], fallback: "not this" }] },
      "Deploy\nVersion: 41",
    ],
    [
      "are the fallback of an attachment that has nothing else",
      { attachments: [{ fallback: "disk is full" }] },
      "disk is full",
    ],
    [
      "are those of blocks",
      {
        text: "",
        blocks: [
          { type: "header", text: { type: "plain_text", text: "Deploy 41" } },
          {
            type: "section",
            text: { type: "mrkdwn", text: "by *alice*" },
            fields: [{ type: "mrkdwn", text: "at 14:20" }],
          },
          { type: "context", elements: [{ type: "mrkdwn", text: "in eu-1" }] },
          { type: "actions", elements: [{ type: "button", text: { type: "plain_text", text: "Roll back" } }] },
        ],
      },
      "Deploy 41\nby *alice*\nat 14:20\nin eu-1",
    ],
    [
      "are those of rich text where there is no other",
      {
        blocks: [
          {
            type: "rich_text",
            elements: [
              {
                type: "rich_text_section",
                elements: [
                  { type: "user", user_id: "U1" },
                  { type: "text", text: " says a < b, see " },
                  { type: "link", url: "https://e.com", text: "this" },
                ],
              },
              {
                type: "rich_text_list",
                elements: [{ type: "rich_text_section", elements: [{ type: "text", text: "one" }] }],
              },
            ],
          },
        ],
      },
      "<@U1> says a &lt; b, see <https://e.com|this>\n- one",
    ],
    [
      "are not told twice where the blocks repeat the text",
      { text: "Deploy 41", blocks: [{ type: "section", text: { type: "mrkdwn", text: "*Deploy 41*" } }] },
      "Deploy 41",
    ],
    [
      "are those of a forwarded message, with its author and where it stands",
      {
        text: "look",
        attachments: [
          { is_share: true, author_name: "Carol", text: "db-1 is slow", from_url: link, original_url: link },
        ],
      },
      `look\nCarol: db-1 is slow <${link}>`,
    ],
    [
      "are not the preview of a link",
      {
        text: "see https://e.com",
        attachments: [{ original_url: "https://e.com", title: "E", text: "a page about E" }],
      },
      "see https://e.com",
    ],
    ["are none where there are none", { text: "", blocks: [{ type: "divider" }] }, ""],
  ])("%s", (_, message, words) => expect(wordsOfMessage(message)).toBe(words));

  test("are read with care, whatever is sent", () => {
    for (const odd of [null, 7, "x", [], { text: 7, blocks: "x", attachments: [null, { fields: [7], blocks: {} }] }])
      expect(wordsOfMessage(odd)).toBe("");
  });
});

test("files of a forwarded message are files of the message", () => {
  const file = { name: "heap.png", permalink: `${link}/heap` };
  expect(filesOfMessage({ attachments: [{ is_share: true, files: [file] }], files: [{ name: "a" }] })).toEqual([
    { name: "a" },
    file,
  ]);
});

test("a message of a program has its name, its words, its link and the addresses of its files", async () => {
  const found = {
    ts: "1764.1",
    bot_profile: { name: "Alertmanager" },
    text: "",
    attachments: [{ title: "DiskFull", text: "97 % on <@U1>" }],
    files: [{ name: "disk.png", permalink: `${link}/disk` }],
  };
  const call = (async (method: string) =>
    method === "chat.getPermalink" ? { permalink: link } : { messages: [found] }) as unknown as SlackCaller;
  const people = { person: () => Promise.resolve({ name: "Bob", zone: "UTC" }) } as unknown as SlackPeople;
  expect(await readMessage(call, people, "C1", "1764.1", { ...aTicketAttempt(), urgency: 1 })).toEqual({
    id: "1764.1",
    author: { id: "", name: "Alertmanager" },
    text: "DiskFull\n97 % on @Bob",
    at: 1_764_100,
    permalink: link,
    files: [{ name: "disk.png", url: `${link}/disk` }],
  });
});
