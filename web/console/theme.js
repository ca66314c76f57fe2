/* Sets the colours before the page is painted, so that it does not flash. Not a module: those run too late for that. */
(() => {
  const kept = (() => { try { return localStorage.getItem("theme"); } catch { return null; } })();
  if (kept === "light" || kept === "dark") document.documentElement.dataset.theme = kept;
})();
