// Rows with a tick box: the number on the buttons, tick all, Shift+click for a range.
(function () {
  "use strict";
  var form = document.querySelector("form[data-bulk]");
  if (!form) return;
  var boxes = Array.prototype.slice.call(form.querySelectorAll("[data-row] input[name=row]"));
  var all = form.querySelector("[data-tick-all]");
  var bar = form.querySelector("[data-bulk-bar]");
  var said = form.querySelector("[data-bulk-count]");
  var last = null;

  function refresh() {
    var chosen = boxes.filter(function (box) {
      return box.checked;
    }).length;
    boxes.forEach(function (box) {
      box.closest("[data-row]").classList.toggle("chosen", box.checked);
    });
    if (all) {
      all.checked = chosen > 0 && chosen === boxes.length;
      all.indeterminate = chosen > 0 && chosen < boxes.length;
    }
    if (!bar) return;
    bar.hidden = chosen === 0;
    said.textContent = said.dataset.text.replace("{n}", String(chosen));
    bar.querySelectorAll("[data-count-text]").forEach(function (button) {
      button.textContent = button.dataset.countText.replace("{n}", String(chosen));
      button.disabled = chosen === 0;
    });
  }

  form.addEventListener("click", function (event) {
    var box = event.target;
    if (!box.matches("input[name=row]")) return;
    if (event.shiftKey && last && last !== box) {
      var from = boxes.indexOf(last);
      var to = boxes.indexOf(box);
      boxes.slice(Math.min(from, to), Math.max(from, to) + 1).forEach(function (other) {
        other.checked = box.checked;
      });
    }
    last = box;
    refresh();
  });

  form.addEventListener("change", function (event) {
    if (event.target === all) {
      boxes.forEach(function (box) {
        box.checked = all.checked;
      });
    }
    refresh();
  });

  var none = form.querySelector("[data-tick-none]");
  if (none) {
    none.addEventListener("click", function () {
      boxes.forEach(function (box) {
        box.checked = false;
      });
      refresh();
      if (all) all.focus();
    });
  }

  if (all) all.closest("[hidden]") && (all.closest("[hidden]").hidden = false);
  // The browser may give ticked boxes back when one returns to the page.
  window.addEventListener("pageshow", refresh);
  refresh();
})();
