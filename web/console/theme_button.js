/* The button that goes round: as the system has it, light, dark. */
const STATES = ["system", "light", "dark"];
const SIGNS = { system: "◐", light: "☀", dark: "☾" };
const WORDS = { system: "as the system has them", light: "light", dark: "dark" };

function kept() {
  try { return localStorage.getItem("theme") ?? "system"; } catch { return "system"; }
}

export function themeButton(button) {
  let state = STATES.includes(kept()) ? kept() : "system";
  const draw = () => {
    button.textContent = SIGNS[state];
    button.setAttribute("aria-label", `Colours: ${WORDS[state]}`);
    button.title = `Colours: ${WORDS[state]}`;
    if (state === "system") delete document.documentElement.dataset.theme;
    else document.documentElement.dataset.theme = state;
    dispatchEvent(new Event("themechange"));
  };
  button.addEventListener("click", () => {
    state = STATES[(STATES.indexOf(state) + 1) % STATES.length];
    try { localStorage.setItem("theme", state); } catch { /* for this page only, then */ }
    draw();
  });
  draw();
}
