// The questions asked in this browser, and nowhere else; the newest first.
const KEY = "ragqa-history";
const KEPT = 30;

export class History {
  #section; #list; #ask; #signs;

  constructor(section, signs, ask) {
    this.#section = section;
    this.#list = section.querySelector("ol");
    this.#ask = ask;
    this.#signs = signs;
    section.querySelector("#forget").addEventListener("click", () => this.#store([]));
    this.#show();
  }

  add(entry) {
    this.#store([entry, ...this.#stored().filter((old) => old.question !== entry.question)].slice(0, KEPT));
  }

  #stored() {
    try {
      const entries = JSON.parse(localStorage.getItem(KEY) ?? "[]");
      return Array.isArray(entries) ? entries : [];
    } catch {
      return [];
    }
  }

  #store(entries) {
    try {
      localStorage.setItem(KEY, JSON.stringify(entries));
    } catch { /* a browser that keeps nothing shows no history */ }
    this.#show();
  }

  #show() {
    const entries = this.#stored();
    this.#section.hidden = entries.length === 0;
    this.#list.replaceChildren(...entries.map((entry) => this.#item(entry)));
  }

  #item(entry) {
    const item = document.createElement("li");
    const button = document.createElement("button");
    button.type = "button";
    const sign = document.createElement("span");
    sign.className = `verdict ${entry.verdict}`;
    sign.textContent = this.#signs[entry.verdict] ?? "";
    button.append(sign, entry.question);
    button.addEventListener("click", () => this.#ask(entry));
    item.append(button);
    return item;
  }
}
