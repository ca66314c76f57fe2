/* Light or dark before the page is painted: as the console keeps it, else as the system has it. */
(() => {
  const kept = (() => { try { return localStorage.getItem("theme"); } catch { return null; } })();
  const dark = kept === "dark" || (kept !== "light" && matchMedia("(prefers-color-scheme: dark)").matches);
  document.documentElement.classList.toggle("dark-mode", dark);
})();
