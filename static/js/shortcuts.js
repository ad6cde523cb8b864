// Single-key shortcuts. Off while typing, while an input method composes (Vietnamese keyboards!), with Ctrl/Alt/Meta,
// in a dialog, and when the person switched them off (WCAG 2.1.4).
(function () {
  "use strict";
  var STORE = "donthu.shortcuts";

  function stored() {
    try {
      return window.localStorage.getItem(STORE) !== "off";
    } catch (refused) {
      return true;
    }
  }

  var on = stored();
  var switchBox = document.querySelector("[data-shortcut-switch]");
  if (switchBox) {
    switchBox.checked = on;
    switchBox.addEventListener("change", function () {
      on = switchBox.checked;
      try {
        window.localStorage.setItem(STORE, on ? "on" : "off");
      } catch (refused) {
        // A locked-down browser forgets the choice at the next page; nothing else is lost.
      }
    });
  }

  function typing(target) {
    if (target.isContentEditable) return true;
    if (target.matches("select, textarea")) return true;
    return target.matches("input") && !/^(checkbox|radio|button|submit|reset|file)$/.test(target.type);
  }

  function rows() {
    return Array.prototype.slice.call(document.querySelectorAll("[data-rows] [data-row]"));
  }

  function move(step) {
    var all = rows();
    if (!all.length) return;
    var at = all.findIndex(function (row) {
      return row.contains(document.activeElement);
    });
    var next = at < 0 ? (step > 0 ? 0 : all.length - 1) : Math.min(all.length - 1, Math.max(0, at + step));
    var link = all[next].querySelector("[data-row-link]");
    link.focus();
    all[next].scrollIntoView({ block: "nearest" });
  }

  function current() {
    return document.activeElement ? document.activeElement.closest("[data-row]") : null;
  }

  // The form that follows a saved petition is empty. A second press of Ctrl+Enter that comes too late for the first form
  // lands on it and would exchange the number just given for a list of errors: it counts only once something is typed.
  var fresh = document.querySelector(".saved") && document.querySelector("form[data-save]");
  ["input", "change"].forEach(function (kind) {
    document.addEventListener(kind, function (event) {
      if (fresh && fresh.contains(event.target)) fresh = null;
    });
  });

  // Ctrl+Enter saves the form in which the cursor stands, also while typing.
  document.addEventListener("keydown", function (event) {
    if (event.key !== "Enter" || !(event.ctrlKey || event.metaKey) || event.isComposing || event.keyCode === 229) return;
    var form = event.target.closest("form");
    form = form && form.method === "post" ? form : document.querySelector("form[data-save]");
    if (!form || document.querySelector("dialog[open]")) return;
    event.preventDefault();
    var button = form.querySelector("[data-save-button]") || form.querySelector("button:not([type=button])");
    if (button && !button.disabled && form !== fresh) form.requestSubmit(button);
  });

  document.addEventListener("keydown", function (event) {
    if (event.isComposing || event.keyCode === 229 || event.defaultPrevented) return;
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    if (typing(event.target) || document.querySelector("dialog[open]")) return;
    // The help itself opens by its button as well, so that the switch can turn off every single key.
    if (!on) return;
    if (event.key === "?") {
      var help = document.getElementById("shortcut-help");
      if (help) {
        event.preventDefault();
        help.showModal();
      }
      return;
    }
    if (event.key === "/") {
      var box = document.getElementById("q");
      if (!box) return;
      event.preventDefault();
      box.focus();
      box.select();
    } else if (event.key === "n") {
      var fresh = document.querySelector("[data-shortcut=n]");
      if (fresh) fresh.click();
    } else if (event.key === "j" || event.key === "k") {
      event.preventDefault();
      move(event.key === "j" ? 1 : -1);
    } else if (event.key === "x") {
      var row = current();
      var box2 = row && row.querySelector("input[type=checkbox]");
      if (box2) box2.click();
    } else if (event.key === "b") {
      // From a row to what can be done with the selected ones: by Tab it would be a hundred presses.
      var bar = document.querySelector("[data-bulk-bar]:not([hidden])");
      var first = bar && bar.querySelector("summary");
      if (first) {
        event.preventDefault();
        first.focus();
      }
    } else if (event.key === "Enter") {
      // On a link or button Enter already does its work; on a ticked box it opens the row.
      var row2 = event.target.matches("input[type=checkbox]") ? current() : null;
      if (row2) {
        event.preventDefault();
        row2.querySelector("[data-row-link]").click();
      }
    }
  });
})();
