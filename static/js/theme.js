// Loaded before the first paint, so that a dark screen never flashes white.
// The server writes the choice ("auto", "light", "dark") from the cookie; only "auto" needs the browser's answer.
(function () {
  "use strict";
  var page = document.documentElement;
  var dark = window.matchMedia("(prefers-color-scheme: dark)");

  function apply() {
    var choice = page.dataset.themeChoice;
    page.dataset.bsTheme = choice === "dark" || (choice === "auto" && dark.matches) ? "dark" : "light";
  }

  apply();
  dark.addEventListener("change", apply);

  document.addEventListener("click", function (event) {
    var button = event.target.closest("[data-theme-form] button[name=theme]");
    if (!button) return;
    event.preventDefault();
    page.dataset.themeChoice = button.value;
    // The server keeps the choice in a cookie that scripts cannot touch.
    var data = new FormData(button.form);
    data.set("theme", button.value);
    fetch(button.form.action, {
      method: "POST",
      credentials: "same-origin",
      headers: { "X-Requested-With": "fetch" },
      body: new URLSearchParams(data),
    }).catch(function () {
      // The choice holds on this page; the next one shows the old colours.
    });
    button.form.querySelectorAll("button[name=theme]").forEach(function (other) {
      other.setAttribute("aria-pressed", String(other === button));
    });
    apply();
    button.closest("details").open = false;
    button.closest("details").querySelector("summary").focus();
  });
})();
