// The player's page: asks without leaving the page and shows the answer as it comes. Without this script the form
// is sent as a form, and the server answers with a page of the same templates.
import { NameCompletion } from "./complete.js";
import { events } from "./events.js";
import { show } from "./fragments.js";
import { History } from "./history.js";
import { keepKey, withKey } from "./key.js";

const form = document.getElementById("ask");
const field = document.getElementById("question");
const answer = document.getElementById("answer");
const status = document.getElementById("status");
const button = form.querySelector("button.primary");
const words = document.getElementById("phrases").dataset;
const signs = { yes: words.verdictYes, no: words.verdictNo, conditional: words.verdictConditional, unknown: words.verdictUnknown };
let running = null;
let lastSent = null;

const names = new NameCompletion(field, document.getElementById("names"), (count) => say(words.names.replace("{count}", count)));
const history = new History(document.getElementById("history"), signs, (entry) => {
  field.value = entry.question;
  form.elements.region.value = entry.region ?? "";
  form.elements.as_of.value = entry.as_of ?? "";
  forgetCorrections();
  form.requestSubmit();
});

form.addEventListener("submit", (event) => {
  event.preventDefault();
  if (running && event.submitter === button) return stop();
  ask(filledIn(event.submitter));
});

field.addEventListener("keydown", (event) => {
  if (event.key !== "Enter" || event.shiftKey || event.isComposing || event.defaultPrevented) return;
  event.preventDefault();
  form.requestSubmit(button);
});

// Another question is about other cards: what was corrected for the last one no longer counts.
field.addEventListener("input", forgetCorrections);

answer.addEventListener("click", (event) => {
  const link = event.target.closest("a.cite");
  if (link) open(link.getAttribute("href").slice(1), event);
});

answer.addEventListener("submit", (event) => {
  if (!event.target.matches("form.key")) return;
  event.preventDefault();
  keepKey(new FormData(event.target).get("key"));
  if (lastSent) ask(lastSent);
});

function filledIn(submitter) {
  // An example brings its own question along.
  if (submitter?.name === "question") field.value = submitter.value;
  const filled = new FormData(form, submitter?.name === "question" ? null : submitter);
  return new URLSearchParams([...filled].map(([name, value]) => [name, String(value)]));
}

async function ask(filled) {
  stop();
  names.close();
  lastSent = filled;
  const mine = (running = new AbortController());
  button.textContent = words.stop;
  answer.setAttribute("aria-busy", "true");
  const draft = new Draft();
  try {
    const response = await fetch("/", {
      method: "POST",
      body: filled,
      headers: withKey({ Accept: "text/event-stream" }),
      signal: mine.signal,
    });
    if (response.headers.get("Content-Type")?.startsWith("text/event-stream")) await follow(response, draft, filled);
    else show(answer, await response.text());
  } catch (error) {
    if (error.name !== "AbortError") draft.fail();
    else if (running === mine) answer.replaceChildren();
  } finally {
    if (running === mine) finish();
  }
}

async function follow(response, draft, filled) {
  let ended = false;
  for await (const { name, data } of events(response)) {
    if (name === "linked") draft.linked(data);
    else if (name === "passage") draft.says(words.reading);
    else if (name === "token") draft.write(JSON.parse(data));
    else {
      ended = true;
      show(answer, data);
      if (name === "answer") answered(filled);
    }
  }
  if (!ended) draft.fail();
}

function answered(filled) {
  const { verdict } = answer.querySelector("article").dataset;
  const sign = answer.querySelector(".sign");
  say(`${sign.querySelector("h2").textContent}: ${sign.querySelector("p").textContent}`);
  sign.scrollIntoView({ block: "nearest", behavior: matchMedia("(prefers-reduced-motion)").matches ? "auto" : "smooth" });
  history.add({ question: field.value.trim(), verdict, region: filled.get("region"), as_of: filled.get("as_of") });
}

function stop() {
  running?.abort();
  if (running) finish();
}

function finish() {
  running = null;
  button.textContent = words.ask;
  answer.removeAttribute("aria-busy");
}

function forgetCorrections() {
  for (const box of answer.querySelectorAll(".corrections input")) box.checked = false;
}

function open(id, event) {
  const passage = document.getElementById(id);
  if (!passage) return;
  event.preventDefault();
  const details = passage.closest("details");
  details.open = true;
  details.querySelector("summary").focus();
  passage.scrollIntoView({ block: "nearest" });
}

function say(text) {
  status.textContent = text;
}

// What is shown until the checked answer is there.
class Draft {
  #cards = document.createElement("div");
  #state = document.createElement("p");
  #text = document.createElement("p");
  #written = "";

  constructor() {
    const box = document.createElement("div");
    box.className = "draft";
    this.#state.className = "state";
    box.append(this.#state, this.#cards, this.#text);
    answer.replaceChildren(box);
    this.says(words.working);
    say(words.working);
  }

  says(text) {
    this.#state.textContent = text;
  }

  linked(html) {
    show(this.#cards, html);
  }

  write(token) {
    this.#written += token;
    this.says(words.writing);
    this.#text.textContent = this.#written.replace(/^\s*verdict:[^\n]*\n?/i, "");
  }

  fail() {
    const box = document.createElement("div");
    box.className = "problem";
    box.setAttribute("role", "alert");
    box.textContent = words.broken;
    answer.replaceChildren(box);
  }
}
