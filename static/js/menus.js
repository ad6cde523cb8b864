// Menus are <details>: they work without this file. Here only: close on Escape, on a click outside, and when focus leaves.
(function () {
  "use strict";

  function closeAll(except) {
    document.querySelectorAll("details.menu[open]").forEach(function (menu) {
      if (menu !== except) menu.open = false;
    });
  }

  document.addEventListener("click", function (event) {
    closeAll(event.target.closest("details.menu"));
    var opener = event.target.closest("[data-open-dialog]");
    if (opener) {
      closeAll(null);
      document.getElementById(opener.dataset.openDialog).showModal();
    }
    if (event.target.matches("dialog")) event.target.close();
    if (event.target.closest("[data-print]")) window.print();
  });

  document.addEventListener("keydown", function (event) {
    if (event.key !== "Escape") return;
    var menu = document.querySelector("details.menu[open]");
    if (!menu) return;
    menu.open = false;
    menu.querySelector("summary").focus();
  });

  document.addEventListener("focusin", function (event) {
    closeAll(event.target.closest("details.menu"));
  });

  // Controls that need a script are hidden until the script is here.
  document.querySelectorAll("[data-open-dialog], [data-print]").forEach(function (button) {
    button.hidden = false;
  });

  // On a phone the strip of queues scrolls sideways: bring the current one into view.
  var current = document.querySelector(".queue-strip [aria-current]");
  if (current) {
    var strip = current.closest(".queue-strip");
    strip.scrollLeft = Math.max(0, current.offsetLeft - strip.clientWidth / 3);
  }
})();
