// The maintainer's and the evaluator's pages: follows links and sends forms with the key, and shows what comes in place.
// Without this script, and where no key is needed, links are links and forms are forms.
import { events } from "./events.js";
import { show } from "./fragments.js";
import { keepKey, storedKey, withKey } from "./key.js";

const main = document.getElementById("main");
const status = document.getElementById("status");
const words = document.getElementById("phrases").dataset;
const kept = document.getElementById("key-kept");
let repeat = () => visit(location.href, false);
let watching = null;

document.addEventListener("click", (event) => {
  const link = event.target.closest("main a");
  if (!link || event.defaultPrevented || event.button || event.ctrlKey || event.metaKey || event.shiftKey) return;
  if (link.dataset.report !== undefined) return storedKey() ? take(event, link) : undefined;
  if (link.target || link.origin !== location.origin || link.hash) return;
  event.preventDefault();
  visit(link.href, true);
});

document.addEventListener("submit", (event) => {
  const form = event.target;
  if (!main.contains(form)) return;
  event.preventDefault();
  if (form.matches(".key")) {
    keepKey(new FormData(form).get("key"));
    return repeat();
  }
  if (form.dataset.upload !== undefined) return upload(form);
  const filled = new URLSearchParams([...new FormData(form, event.submitter)].map(([name, value]) => [name, String(value)]));
  if (form.method === "get") return visit(`${form.action}?${filled}`, true);
  return send(form.action, { method: "POST", body: filled }, form.dataset.into, event.submitter);
});

document.getElementById("forget-key").addEventListener("click", () => {
  keepKey("");
  location.reload();
});
addEventListener("popstate", () => visit(location.href, false));

// A page that was refused comes again with the key that this tab keeps.
if (document.querySelector("form.key") && storedKey()) repeat();
else arrive();

async function visit(address, isNew) {
  repeat = () => visit(address, isNew);
  const response = await asked(address, {});
  if (!response) return;
  if (isNew) history.pushState(null, "", response.url);
  show(main, await response.text());
  turnTo();
}

async function send(address, request, into, button) {
  repeat = () => send(address, request, into, button);
  if (button) button.disabled = true;
  const response = await asked(address, request);
  if (button) button.disabled = false;
  if (!response) return;
  if (response.redirected) {
    history.pushState(null, "", response.url);
    show(main, await response.text());
    return turnTo();
  }
  const place = document.getElementById(into) ?? main;
  show(place, await response.text());
  place.scrollIntoView({ block: "nearest" });
  if (place !== main) place.focus();
  arrive();
}

async function upload(form) {
  repeat = () => upload(form);
  const filled = new FormData(form);
  const file = filled.get("file");
  filled.delete("file");
  const request = { method: "POST", body: file, headers: { "Content-Type": "application/jsonl" } };
  const response = await asked(`${form.action}?${new URLSearchParams(filled)}`, request);
  if (response) await follow(response, document.getElementById(form.dataset.into));
}

async function asked(address, request) {
  watching?.abort();
  status.textContent = words.working;
  main.setAttribute("aria-busy", "true");
  try {
    return await fetch(address, { ...request, headers: withKey({ ...request.headers, "X-Requested-With": "fetch" }) });
  } catch {
    return void broken(main);
  } finally {
    status.textContent = "";
    main.removeAttribute("aria-busy");
  }
}

// Shows what a stream of events says: each piece in its place, and at the end the page anew where it asks for that.
async function follow(response, place) {
  if (!response.headers.get("Content-Type")?.startsWith("text/event-stream")) return show(place, await response.text());
  let last = "";
  for await (const { name, data } of events(response)) {
    last = name;
    if (name === "over") return visit(location.href, false);
    show(place, data);
  }
  if (!last) broken(place);
}

// What a page that has just been shown asks for: to be kept up to date.
async function arrive() {
  kept.hidden = !storedKey();
  document.title = `${main.querySelector("h1")?.textContent.trim() ?? ""} · ragqa`;
  const watched = main.querySelector("[data-watch]");
  if (!watched) return;
  watching = new AbortController();
  try {
    const headers = withKey({ "X-Requested-With": "fetch" });
    await follow(await fetch(watched.dataset.watch, { headers, signal: watching.signal }), watched);
  } catch (error) {
    if (error.name !== "AbortError") broken(watched);
  }
}

function turnTo() {
  scrollTo(0, 0);
  main.focus({ preventScroll: true });
  arrive();
}

// A report that takes a key cannot be opened by a link; it is downloaded instead.
async function take(event, link) {
  event.preventDefault();
  const response = await asked(link.href, {});
  if (!response?.ok) return response && show(main, await response.text());
  const saved = document.createElement("a");
  saved.href = URL.createObjectURL(await response.blob());
  saved.download = link.dataset.report;
  saved.click();
  URL.revokeObjectURL(saved.href);
}

function broken(place) {
  const box = document.createElement("p");
  box.className = "problem";
  box.setAttribute("role", "alert");
  box.textContent = words.broken;
  place.prepend(box);
}
