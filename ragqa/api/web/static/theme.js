// Light or dark as the system prefers, or as the button says. Loaded before the page is painted, so that it never flashes.
(() => {
  const KEY = "ragqa-theme";
  const root = document.documentElement;
  const stored = () => { try { return localStorage.getItem(KEY); } catch { return null; } };
  const isDark = () => root.dataset.theme ? root.dataset.theme === "dark" : matchMedia("(prefers-color-scheme: dark)").matches;
  if (["light", "dark"].includes(stored())) root.dataset.theme = stored();

  document.addEventListener("DOMContentLoaded", () => {
    const button = document.getElementById("theme");
    const name = () => {
      button.textContent = isDark() ? "☀" : "☾";
      button.ariaLabel = button.title = isDark() ? button.dataset.light : button.dataset.dark;
    };
    button.hidden = false;
    name();
    button.addEventListener("click", () => {
      root.dataset.theme = isDark() ? "light" : "dark";
      try { localStorage.setItem(KEY, root.dataset.theme); } catch { /* it holds for this page then */ }
      name();
    });
  });
})();
