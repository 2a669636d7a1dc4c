// Pages work without this: it only brings what changed to a page that is being looked at.
const address = document.body.dataset.live;
const news = document.getElementById("news");
const root = document.documentElement;

/** Puts the regions of the page as it is now into the page as it was shown, and leaves focus and open parts alone. */
async function refresh() {
  const response = await fetch(location.href, {
    headers: { accept: "text/html" },
    redirect: "error",
    signal: AbortSignal.timeout(30_000),
  });
  if (response.status === 401) return stop("You are signed out. Load the page again to sign in: what it shows is old.");
  if (response.status === 404) return stop("This is not here any more: what the page shows is old.");
  if (!response.ok) throw new Error(`answered ${response.status}`);
  const fresh = new DOMParser().parseFromString(await response.text(), "text/html");
  for (const region of document.querySelectorAll("[data-region]")) {
    const now = fresh.getElementById(region.id);
    if (now === null || plain(now) === plain(region)) continue;
    const focused = region.contains(document.activeElement) ? place(document.activeElement) : null;
    const open = [...region.querySelectorAll("details[open]")].map((each) => each.id);
    region.replaceChildren(...now.childNodes);
    for (const id of open) document.getElementById(id)?.setAttribute("open", "");
    if (focused !== null) (find(region, focused) ?? itself(region)).focus({ preventScroll: true });
    region.classList.remove("fresh");
    void region.offsetWidth;
    region.classList.add("fresh");
  }
  root.dataset.line = "open";
  say(`Updated at ${new Date().toLocaleTimeString()}`);
}

/** Keys of buttons differ in every answer and mean no change. */
function plain(node) {
  return node.innerHTML.replace(/name="key" value="[^"]*"/g, "");
}

function place(element) {
  return { name: element.getAttribute("href") ?? element.textContent };
}

function find(region, { name }) {
  return [...region.querySelectorAll("a, button, summary")].find(
    (each) => (each.getAttribute("href") ?? each.textContent) === name,
  );
}

/** What was focused is gone: a keyboard user goes on from here, and not from the top of the page. */
function itself(region) {
  region.tabIndex = -1;
  return region;
}

function say(text) {
  if (news !== null && news.textContent !== text) news.textContent = text;
}

let stopped = false;
let source = null;
function stop(why) {
  stopped = true;
  source?.close();
  root.dataset.line = "down";
  say(why);
}

if (address !== undefined) {
  const RETRY = 10_000;
  const SHORTEST = 1_000;
  const LONGEST = 60_000;
  const here = new URL(address, location.href);
  let running = false;
  let again = false;
  const changed = () => {
    again = true;
    if (running || stopped) return;
    running = true;
    again = false;
    const began = performance.now();
    let pause = SHORTEST;
    refresh()
      .catch(() => {
        again = true;
        pause = RETRY;
        if (root.dataset.line !== "down")
          say(`No line to Muster since ${new Date().toLocaleTimeString()}: what the page shows may be old.`);
        root.dataset.line = "down";
      })
      .finally(() =>
        // A page that takes long is asked for less often: many who look on must not cost more than the incident does.
        setTimeout(
          () => {
            running = false;
            if (again && !document.hidden) changed();
          },
          Math.max(pause, Math.min(LONGEST, 10 * (performance.now() - began))),
        ),
      );
  };
  const listen = () => {
    if (stopped || document.hidden || (source !== null && source.readyState !== EventSource.CLOSED)) return;
    source = new EventSource(here);
    source.addEventListener("changed", ({ data }) => {
      // The address holds the state that the page shows: a new connection gets at once what it missed.
      here.searchParams.set("mark", data);
      changed();
    });
    source.addEventListener("open", () => {
      if (root.dataset.line === "down") say("The line is back");
      root.dataset.line = "open";
    });
    source.addEventListener("error", () => {
      if (stopped) return;
      // A line breaks without a reason, and proxies cut lines for nothing: only loading the page shows whether it is old.
      changed();
      // One that was refused is not tried again by the browser.
      if (source?.readyState === EventSource.CLOSED) setTimeout(listen, RETRY);
    });
  };
  const leave = () => {
    source?.close();
    source = null;
  };
  // Browsers open at most six lines to one place: hidden pages keep none.
  document.addEventListener("visibilitychange", () => {
    if (document.hidden) return leave();
    listen();
    if (again) changed();
  });
  addEventListener("pagehide", leave);
  addEventListener("pageshow", listen);
  listen();
}

/** Times are in UTC, so that everyone talks of the same; pointing at one shows the local time. */
document.addEventListener("pointerover", ({ target }) => {
  const time = target instanceof Element ? target.closest("time[datetime]") : null;
  if (time !== null && time.title === "")
    time.title = `${new Date(time.dateTime).toLocaleString(undefined, { dateStyle: "medium", timeStyle: "long" })} here`;
});
