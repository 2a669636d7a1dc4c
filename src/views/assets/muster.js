// Pages work without this: it only brings what changed to a page that is being looked at.
const address = document.body.dataset.live;
const news = document.getElementById("news");

/** Puts the regions of the page as it is now into the page as it was shown, and leaves focus and open parts alone. */
async function refresh() {
  const response = await fetch(location.href, { headers: { accept: "text/html" }, redirect: "error" });
  if (!response.ok) return;
  const fresh = new DOMParser().parseFromString(await response.text(), "text/html");
  for (const region of document.querySelectorAll("[data-region]")) {
    const now = fresh.getElementById(region.id);
    if (now === null || plain(now) === plain(region)) continue;
    const focused = region.contains(document.activeElement) ? place(document.activeElement) : null;
    const open = [...region.querySelectorAll("details[open]")].map((each) => each.id);
    region.replaceChildren(...now.childNodes);
    for (const id of open) document.getElementById(id)?.setAttribute("open", "");
    if (focused !== null) find(region, focused)?.focus();
    region.classList.remove("fresh");
    void region.offsetWidth;
    region.classList.add("fresh");
  }
  if (news !== null) news.textContent = `Updated at ${new Date().toLocaleTimeString()}`;
}

/** Keys of buttons differ in every answer and mean no change. */
function plain(node) {
  return node.innerHTML.replace(/name="key" value="[^"]*"/g, "");
}

function place(element) {
  return { name: element.getAttribute("href") ?? element.textContent };
}

function find(region, { name }) {
  return [...region.querySelectorAll("a, button, summary")].find((each) => (each.getAttribute("href") ?? each.textContent) === name);
}

if (address !== undefined) {
  let running = null;
  let again = false;
  const changed = () => {
    if (running !== null) {
      again = true;
      return;
    }
    running = refresh()
      .catch(() => {})
      .finally(() => {
        running = null;
        if (again) {
          again = false;
          changed();
        }
      });
  };
  const source = new EventSource(address);
  source.addEventListener("changed", changed);
  // The address says what the page showed first: whoever comes back after the line was down is told at once.
  source.addEventListener("open", () => (document.documentElement.dataset.line = "open"));
  addEventListener("pagehide", () => source.close());
}
