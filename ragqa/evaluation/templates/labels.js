"use strict";
// Marks of a person: is what the explanation says supported by its citations? Kept in this browser until downloaded.
window.ragqaLabels = (() => {
  const runId = document.body.dataset.run;
  const key = `ragqa-labels-${runId}`;
  const name = document.getElementById("labeller");
  let labels = {};
  try { labels = JSON.parse(localStorage.getItem(key) || "{}"); } catch { labels = {}; }

  function keep() {
    try { localStorage.setItem(key, JSON.stringify(labels)); } catch { /* a page opened from a file may have no storage */ }
    document.getElementById("labelled").textContent = `${Object.keys(labels).length} labelled`;
  }

  function buttons(queryId) {
    const made = document.createElement("p");
    made.className = "labels";
    for (const label of ["supported", "unsupported"]) {
      const button = document.createElement("button");
      button.type = "button";
      button.textContent = label;
      button.setAttribute("aria-pressed", String(labels[queryId]?.label === label));
      button.addEventListener("click", () => {
        labels[queryId] = { label, at: new Date().toISOString() };
        for (const each of made.children) each.setAttribute("aria-pressed", String(each === button));
        keep();
      });
      made.append(button, " ");
    }
    return made;
  }

  document.getElementById("download").addEventListener("click", () => {
    const labeller = name.value.trim() || "me";
    const lines = Object.entries(labels).map(([queryId, each]) =>
      JSON.stringify({ run_id: runId, query_id: queryId, labeller, label: each.label, at: each.at }));
    const link = document.createElement("a");
    link.href = URL.createObjectURL(new Blob([lines.join("\n") + "\n"], { type: "application/x-ndjson" }));
    link.download = `labels-${labeller}.jsonl`;
    link.click();
    URL.revokeObjectURL(link.href);
  });
  keep();
  return { buttons };
})();
