// Card names to choose from while a question is typed: a listbox below the field, by keyboard, mouse or touch.
import { withKey } from "./key.js";

const PAUSE = 80;
const SHOWN = 6;
const SENT = 100;

export class NameCompletion {
  #field; #list; #tell; #timer; #asking; #found = []; #active = -1; #upTo = 0;

  constructor(field, list, tell) {
    this.#field = field;
    this.#list = list;
    this.#tell = tell;
    field.setAttribute("aria-autocomplete", "list");
    field.setAttribute("aria-controls", list.id);
    field.addEventListener("input", () => this.#soon());
    field.addEventListener("keydown", (event) => this.#key(event));
    field.addEventListener("blur", () => this.close());
    // Before the field loses the focus, so that a click chooses instead of closing the list.
    list.addEventListener("pointerdown", (event) => {
      event.preventDefault();
      const item = event.target.closest("li");
      if (item) this.#choose([...list.children].indexOf(item));
    });
  }

  close() {
    clearTimeout(this.#timer);
    this.#asking?.abort();
    this.#found = [];
    this.#show();
  }

  #soon() {
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => this.#ask(), PAUSE);
  }

  async #ask() {
    this.#asking?.abort();
    this.#asking = new AbortController();
    this.#upTo = this.#field.selectionEnd;
    // A name is at the end of what is typed: no need to send a long text.
    const from = Math.max(0, this.#upTo - SENT);
    const typed = this.#field.value.slice(from, this.#upTo);
    if (!typed.trim()) return this.close();
    const query = new URLSearchParams({ q: typed, limit: SHOWN });
    try {
      const response = await fetch(`/v1/complete?${query}`, { signal: this.#asking.signal, headers: withKey() });
      // The server counts characters, a string here counts UTF-16 units.
      const begins = (start) => [...typed].slice(0, start).join("").length;
      const { completions } = response.ok ? await response.json() : { completions: [] };
      this.#found = completions
        .map((each) => ({ ...each, start: from + begins(each.start) }))
        .filter((each) => this.#field.value.slice(each.start, this.#upTo) !== each.name);
      this.#show();
    } catch (error) {
      if (error.name !== "AbortError") this.close();
    }
  }

  #show() {
    this.#active = -1;
    this.#list.replaceChildren(...this.#found.map(item));
    this.#list.hidden = this.#found.length === 0;
    this.#field.removeAttribute("aria-activedescendant");
    if (this.#found.length) this.#tell(this.#found.length);
  }

  #key(event) {
    // While an input method composes, its keys are its own.
    if (event.isComposing || this.#list.hidden) return;
    const moves = { ArrowDown: 1, ArrowUp: -1 };
    if (event.key in moves) this.#activate(moves[event.key]);
    else if (event.key === "Escape") this.close();
    else if ((event.key === "Enter" || event.key === "Tab") && this.#active >= 0) this.#choose(this.#active);
    else return;
    event.preventDefault();
    event.stopImmediatePropagation();
  }

  #activate(step) {
    const items = [...this.#list.children];
    items[this.#active]?.removeAttribute("aria-selected");
    const from = this.#active < 0 && step < 0 ? 0 : this.#active;
    this.#active = (from + step + items.length) % items.length;
    items[this.#active].setAttribute("aria-selected", "true");
    items[this.#active].scrollIntoView({ block: "nearest" });
    this.#field.setAttribute("aria-activedescendant", items[this.#active].id);
  }

  #choose(number) {
    const { name, start } = this.#found[number];
    this.#field.setRangeText(name, start, this.#upTo, "end");
    this.#field.focus();
    this.close();
  }
}

function item({ name, matched, via }, number) {
  const made = document.createElement("li");
  made.id = `name-${number}`;
  made.role = "option";
  made.append(text("b", name));
  if (matched !== name) made.append(text("span", matched));
  made.dataset.via = via;
  return made;
}

function text(tag, content) {
  const made = document.createElement(tag);
  made.textContent = content;
  return made;
}
