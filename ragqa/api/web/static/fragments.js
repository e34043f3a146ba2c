// HTML from this server's own templates, which escape whatever is put into them. The only place that takes HTML.
const policy = window.trustedTypes
  ? window.trustedTypes.createPolicy("ragqa", { createHTML: (html) => html })
  : { createHTML: (html) => html };

export function show(element, html) {
  element.innerHTML = policy.createHTML(html);
}
