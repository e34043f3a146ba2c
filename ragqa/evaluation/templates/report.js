"use strict";
// Rows are JSON in the page; every text goes in by textContent, so nothing in a question can become markup.
const rows = JSON.parse(document.getElementById("rows").textContent);
const golds = JSON.parse(document.getElementById("golds").textContent);
const list = document.getElementById("list");
const count = document.getElementById("count");
const more = document.getElementById("more");
const search = document.getElementById("search");
const selects = [...document.querySelectorAll(".filters select")];
const PAGE = 50;
let found = rows;
let shown = 0;

function element(tag, text, className) {
  const made = document.createElement(tag);
  if (text !== undefined) made.textContent = text;
  if (className) made.className = className;
  return made;
}

function values(row, name) {
  const value = row[name];
  return Array.isArray(value) ? value : [value];
}

for (const select of selects) {
  const names = [...new Set(rows.flatMap((row) => values(row, select.name)))].filter((name) => name !== "").sort();
  for (const name of names) select.append(new Option(name, name));
  select.addEventListener("change", filter);
}

for (const row of rows) row.all = JSON.stringify(row).toLowerCase();

function citations(answer) {
  const made = element("ol");
  for (const cited of answer.citations) {
    const item = element("li");
    item.value = cited.number;
    item.append(element("span", `“${cited.quote}” `));
    const name = cited.official ? `${cited.source}, official Q&A ${cited.official}` : cited.source;
    if (/^https?:/.test(cited.url)) {
      const link = element("a", name);
      link.href = cited.url;
      item.append(link);
    } else item.append(element("span", name, "soft"));
    if (cited.gold) item.append(element("span", " gold", "gold"));
    if (cited.withdrawn) item.append(element("span", ` withdrawn ${cited.withdrawn}`, "soft"));
    if (cited.invalid) item.append(element("strong", " invalid citation"));
    made.append(item);
  }
  return made;
}

function answerPart(answer) {
  const made = element("div", undefined, answer.outcome);
  const confidence = answer.confidence === null ? "" : `, confidence ${answer.confidence}`;
  const title = answer.run ? `${answer.run}: ` : "";
  made.append(element("p", `${title}${answer.outcome}: answered ${answer.verdict} (${answer.basis}${confidence})`, "outcome"));
  if (answer.error) made.append(element("p", answer.error, "warning"));
  if (answer.explanation) made.append(element("p", answer.explanation));
  if (answer.citations.length) made.append(citations(answer));
  const rank = answer.rank ? `gold ruling at rank ${answer.rank}` : "gold ruling not retrieved";
  const facts = [answer.linked.length ? `linked: ${answer.linked.join(", ")}` : "no card linked"];
  if (answer.wrongLinks.length) facts.push(`wrongly linked: ${answer.wrongLinks.join(", ")}`);
  if (answer.hasGold) facts.push(rank);
  facts.push(`${answer.milliseconds} ms`);
  made.append(element("p", facts.join(" · "), "soft"));
  return made;
}

function article(row) {
  const made = element("article", undefined, row.outcome);
  const title = element("h3", row.question);
  title.lang = row.lang;
  made.append(title);
  for (const answer of row.answers) made.append(answerPart(answer));
  const gold = element("p", `gold: ${row.gold}`, "gold");
  made.append(gold);
  for (const id of row.goldRulings) {
    const asked = golds[`${id} ${row.lang}`];
    made.append(element("p", asked ? `${id}: ${asked}` : id, "soft"));
  }
  if (row.note) made.append(element("p", row.note, "soft"));
  made.append(element("p", [row.id, row.lang, ...row.style].join(" · "), "soft"));
  if (window.ragqaLabels && row.answers[0].explanation) made.append(window.ragqaLabels.buttons(row.id));
  return made;
}

function showMore() {
  const next = found.slice(shown, shown + PAGE);
  list.append(...next.map(article));
  shown += next.length;
  more.hidden = shown >= found.length;
  count.textContent = `${found.length} of ${rows.length} questions`;
}

function filter() {
  const words = search.value.toLowerCase().split(/\s+/).filter(Boolean);
  found = rows.filter(
    (row) =>
      words.every((word) => row.all.includes(word)) &&
      selects.every((select) => !select.value || values(row, select.name).includes(select.value)),
  );
  list.replaceChildren();
  shown = 0;
  showMore();
}

search.addEventListener("input", filter);
more.addEventListener("click", showMore);
