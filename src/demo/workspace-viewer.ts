import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { readBody } from "#handlers/request-body.ts";
import { readMenuChoice } from "#domain/values/chat-message.ts";
import { formatUtcDay, formatUtcTime } from "#domain/values/instant.ts";
import { html, SafeHtml, type HtmlPart } from "#views/values/html.ts";
import { buildClick, sendSigned, type SlackTarget } from "./slack-person.ts";
import type { DemoPerson, DemoWorkspace } from "./demo-workspace.ts";

type Text = { readonly type: string; readonly text: string };
type Element = {
  readonly type: string;
  readonly text?: Text | string;
  readonly action_id?: string;
  readonly value?: string;
  readonly style?: string;
  readonly options?: readonly MenuOption[];
};
type MenuOption = { readonly text: Text; readonly value?: string };
type Block = {
  readonly type: string;
  readonly text?: Text;
  readonly fields?: readonly Text[];
  readonly elements?: readonly Element[];
};
type Message = {
  readonly ts: string;
  readonly text: string;
  readonly user?: string;
  readonly subtype?: string;
  readonly reply_count?: number;
  readonly blocks?: readonly Block[];
  readonly files?: readonly { readonly title: string }[];
};
type Channel = { readonly id: string; readonly name: string; readonly topic: { readonly value: string } };

const STYLE = `body{margin:0;display:grid;grid-template-columns:17rem 1fr;min-height:100vh;font:15px/1.45 system-ui,sans-serif;color:#1d1c1d;background:#fff}
nav{background:#3f0e40;color:#fff;padding:1rem;overflow-wrap:anywhere}nav a{display:block;color:#e6dbe7;text-decoration:none;padding:.15rem .4rem;border-radius:4px}nav a[aria-current]{background:#1164a3;color:#fff}
main{padding:1rem 1.5rem;max-width:54rem}h1{font-size:1.1rem;margin:0}.topic{color:#616061;border-bottom:1px solid #ddd;padding-bottom:.6rem}
article{display:flex;gap:.7rem;padding:.45rem 0}.face{flex:none;width:2.2rem;height:2.2rem;border-radius:5px;background:#1164a3;color:#fff;display:grid;place-items:center;font-weight:700}
.text{white-space:pre-line;overflow-wrap:anywhere;flex:1;min-width:0}.head{font-size:1.15rem;font-weight:700}.fields{display:grid;grid-template-columns:1fr 1fr;gap:.35rem 1rem;margin:.3rem 0}.context,.system{color:#616061;font-size:.87rem}
.thread{margin:0 0 .4rem 2.9rem;padding-left:.7rem;border-left:2px solid #ddd}.thread p{margin:0}
form{display:inline}button{font:inherit;font-weight:600;padding:.3rem .7rem;margin:.3rem .3rem .1rem 0;border:1px solid #bbb;border-radius:4px;background:#fff;cursor:pointer}button.primary{background:#007a5a;border-color:#007a5a;color:#fff}button.danger{color:#c01343;border-color:#c01343}button:disabled{opacity:.6;cursor:default}
details{display:inline-block;vertical-align:top}summary{display:inline-block;font-weight:600;padding:.3rem .7rem;margin:.3rem 0 .1rem;border:1px solid #bbb;border-radius:4px;cursor:pointer}details form{display:block}
@media(max-width:40rem){body{display:block}nav{padding:.5rem;display:flex;flex-wrap:wrap;gap:.2rem;font-size:.85rem}nav br,nav strong{display:none}main{padding:.7rem}}`;

/** Shows the emulated workspace as people would see it in Slack, with buttons that click. For the demo only. */
export async function startViewer(
  workspace: DemoWorkspace,
  target: () => SlackTarget,
): Promise<{ readonly url: string; close(): Promise<void> }> {
  const server = createServer((request, response) => {
    handle(request, response, workspace, target).catch((error: unknown) => {
      if (!response.headersSent)
        response
          .writeHead(500, { "content-type": "text/plain" })
          .end(error instanceof Error ? error.message : String(error));
    });
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", () => resolve()));
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, close: () => closeServer(server) };
}

async function handle(
  request: IncomingMessage,
  response: ServerResponse,
  workspace: DemoWorkspace,
  target: () => SlackTarget,
): Promise<void> {
  const url = new URL(request.url ?? "/", "http://localhost");
  if (request.method === "POST") {
    const form = new URLSearchParams(await readBody(request, 10_000));
    const field = (name: string): string => form.get(name) ?? "";
    const as = workspace.people[field("as") as DemoPerson] ?? workspace.people.alice;
    const to = target();
    await sendSigned(
      to,
      buildClick({
        as,
        actionId: field("action"),
        value: field("value"),
        channelId: field("channel"),
        messageTs: field("ts"),
        trigger: `viewer.${to.wallClock()}`,
      }),
    );
    await new Promise((resolve) => setTimeout(resolve, 800));
    response
      .writeHead(303, {
        location: `/?channel=${encodeURIComponent(field("channel"))}&as=${encodeURIComponent(field("as"))}`,
      })
      .end();
    return;
  }
  const { channels } = await workspace.ask<{ channels: Channel[] }>("conversations.list", { limit: 200 });
  const shown = channels.filter(({ name }) => name !== "general" && name !== "random");
  const current =
    shown.find(({ id }) => id === url.searchParams.get("channel")) ??
    shown.find(({ name }) => name.startsWith("inc-")) ??
    shown[0];
  const as = url.searchParams.get("as") ?? "alice";
  const messages =
    current === undefined
      ? []
      : (
          await workspace.ask<{ messages: Message[] }>("conversations.history", { channel: current.id, limit: 100 })
        ).messages.toReversed();
  const threads = new Map<string, readonly Message[]>();
  for (const { ts } of messages.filter(({ reply_count: replies = 0 }) => replies > 0))
    threads.set(ts, await repliesTo(workspace, current?.id ?? "", ts));
  const names = new Map<string, string>([
    [workspace.botUser, "Muster"],
    ...Object.values(workspace.people).map(({ id, name }): [string, string] => [id, name]),
    ...channels.map(({ id, name }): [string, string] => [id, name]),
  ]);
  response
    .writeHead(200, { "content-type": "text/html; charset=utf-8" })
    .end(page({ shown, current, messages, threads, names, as }));
}

/** What stands in the thread of a message, without the message. */
async function repliesTo(workspace: DemoWorkspace, channel: string, ts: string): Promise<readonly Message[]> {
  const { messages } = await workspace.ask<{ messages: Message[] }>("conversations.replies", {
    channel,
    ts,
    limit: 100,
  });
  return messages.filter((message) => message.ts !== ts);
}

type View = {
  readonly shown: readonly Channel[];
  readonly current: Channel | undefined;
  readonly messages: readonly Message[];
  /** The replies by the message that they are to. */
  readonly threads: ReadonlyMap<string, readonly Message[]>;
  readonly names: ReadonlyMap<string, string>;
  readonly as: string;
};

function page({ shown, current, messages, threads, names, as }: View): string {
  return html`<!doctype html><html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width"><meta http-equiv="refresh" content="3"><title>Slack, emulated</title><style>${new SafeHtml(STYLE)}</style></head><body>
<nav><strong>Example</strong><br><span>you are ${["alice", "bob", "charlie", "dana"].map((name) => html` <a href="/?as=${name}&channel=${current?.id ?? ""}" ${name === as ? new SafeHtml("aria-current") : null}>${name}</a>`)}</span><br>channels${shown.map(({ id, name }) => html`<a href="/?channel=${id}&as=${as}" ${id === current?.id ? new SafeHtml("aria-current") : null}># ${name}</a>`)}</nav>
<main><h1># ${current?.name ?? ""}</h1><p class="topic">${current?.topic.value ?? ""}</p>${messages.map((message) => [
    messageHtml(message, names, current?.id ?? "", as),
    threadHtml((threads.get(message.ts) ?? []).map((reply) => messageHtml(reply, names, current?.id ?? "", as))),
  ])}</main></body></html>`.text;
}

function threadHtml(replies: readonly SafeHtml[]): HtmlPart {
  return replies.length === 0
    ? null
    : html`<section class="thread" aria-label="Thread"><p class="context">${replies.length === 1 ? "1 reply" : `${replies.length} replies`}</p>${replies}</section>`;
}

function messageHtml(message: Message, names: ReadonlyMap<string, string>, channel: string, as: string): SafeHtml {
  if (message.subtype?.startsWith("channel_") === true)
    return html`<article class="system">${markup(message.text, names)}</article>`;
  const body = message.blocks?.map((block) => showBlock(block, message, names, channel, as)) ?? [
    markup(message.text, names),
  ];
  const files = (message.files ?? []).map(({ title }) => html`<div class="context">📄 ${title}</div>`);
  return html`<article><div class="face">M</div><div class="text"><strong>Muster</strong> ${body}${files}</div></article>`;
}

function showBlock(
  block: Block,
  message: Message,
  names: ReadonlyMap<string, string>,
  channel: string,
  as: string,
): SafeHtml {
  const texts = (block.elements ?? []).map(({ text }) => (typeof text === "string" ? text : (text?.text ?? "")));
  switch (block.type) {
    case "header":
      return html`<div class="head">${block.text?.text ?? ""}</div>`;
    case "context":
      return html`<div class="context">${texts.map((text) => markup(text, names))}</div>`;
    case "actions":
      return html`<div>${(block.elements ?? []).map((element, i) => button(element, texts[i] ?? "", message, channel, as))}</div>`;
    default:
      return html`<div>${block.text === undefined ? null : markup(block.text.text, names)}${block.fields === undefined ? null : html`<div class="fields">${block.fields.map(({ text }) => html`<div>${markup(text, names)}</div>`)}</div>`}</div>`;
  }
}

function button(element: Element, text: string, message: Message, channel: string, as: string): HtmlPart {
  if (element.options !== undefined)
    return html`<details><summary aria-label="More">⋯</summary>${element.options.map((option) => menuChoice(option, message, channel, as))}</details>`;
  // A form needs Slack's own window.
  const opensForm = element.action_id === "incident.resolve" || element.action_id === "incident.update";
  const hidden = { action: element.action_id ?? "", value: element.value ?? "", channel, ts: message.ts, as };
  return html`<form method="post">${Object.entries(hidden).map(([name, value]) => html`<input type="hidden" name="${name}" value="${value}">`)}<button class="${element.style ?? ""}" ${opensForm ? new SafeHtml('disabled title="opens a form in Slack"') : null}>${text}</button></form>`;
}

/** A choice of the menu behind a row of buttons, shown as the button that it stands for. */
function menuChoice(option: MenuOption, message: Message, channel: string, as: string): HtmlPart {
  const { action, value } = readMenuChoice(option.value ?? "");
  return button({ type: "button", action_id: action, value: value ?? "" }, option.text.text, message, channel, as);
}

/** Slack's mrkdwn as HTML. The text has its &, < and > escaped already, except where they make markup. */
function markup(text: string, names: ReadonlyMap<string, string>): SafeHtml {
  const tokens = text
    .replaceAll('"', "&quot;")
    .replace(/<([^<>|]*)(?:\|([^<>]*))?>/g, (_, address: string, title?: string) => {
      if (/^[@#]/.test(address))
        return `<b>${address[0]}${names.get(address.slice(1)) ?? title ?? address.slice(1)}</b>`;
      if (address.startsWith("!date^")) return shownDate(address, title ?? "");
      if (address.startsWith("!")) return title ?? "";
      return /^https?:/.test(address) ? `<a href="${address}">${title ?? address}</a>` : (title ?? address);
    });
  return new SafeHtml(tokens.replace(/\*([^*\n]+)\*/g, "<b>$1</b>").replace(/(^|\s)_([^_\n]+)_/g, "$1<i>$2</i>"));
}

/** A time as Slack shows it; this viewer's zone is UTC. */
function shownDate(address: string, otherwise: string): string {
  const [, seconds, format] = /^!date\^(\d+)\^(.*)$/.exec(address) ?? [];
  if (seconds === undefined || format === undefined) return otherwise;
  const at = Number(seconds) * 1_000;
  return format.replace("{date_short_pretty}", formatUtcDay(at)).replace("{time}", formatUtcTime(at));
}

function closeServer(server: Server): Promise<void> {
  return new Promise((resolve) => {
    server.close(() => resolve());
    server.closeAllConnections();
  });
}
