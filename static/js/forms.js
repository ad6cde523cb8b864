// For every form: dates typed as people type them, one submission per press, focus on the list of errors.
(function () {
  "use strict";

  // 1/3, 1.3.26, 010326, 1-3-2026 -> 01/03/2026. What cannot be read stays as typed; the server says why.
  function tidyDate(text) {
    var now = new Date();
    var parts = text.trim().match(/^(\d{1,2})[\/.\- ](\d{1,2})(?:[\/.\- ](\d{2}|\d{4}))?$/);
    if (!parts) parts = text.trim().match(/^(\d{2})(\d{2})(\d{2}|\d{4})?$/);
    if (!parts) return text;
    var day = Number(parts[1]);
    var month = Number(parts[2]);
    var year = parts[3] ? Number(parts[3]) : now.getFullYear();
    if (year < 100) year += 2000;
    var check = new Date(year, month - 1, day);
    if (check.getDate() !== day || check.getMonth() !== month - 1) return text;
    return String(day).padStart(2, "0") + "/" + String(month).padStart(2, "0") + "/" + String(year);
  }

  document.addEventListener("change", function (event) {
    if (event.target.matches("input[data-date]")) event.target.value = tidyDate(event.target.value);
  });

  // A second press while the first is on its way would only ask the server twice.
  document.addEventListener("submit", function (event) {
    var form = event.target;
    if (form.method !== "post" || event.defaultPrevented) return;
    if (form.dataset.sent) {
      event.preventDefault();
      return;
    }
    form.dataset.sent = "1";
    form.setAttribute("aria-busy", "true");
  });
  window.addEventListener("pageshow", function () {
    document.querySelectorAll("form[data-sent]").forEach(function (form) {
      delete form.dataset.sent;
      form.removeAttribute("aria-busy");
    });
  });

  // "Còn để trống." alone does not say where: the summary names the field, with the words of its label.
  function nameOf(field) {
    var label = field.closest("fieldset") && /^(radio|checkbox)$/.test(field.type) ? field.closest("fieldset").querySelector("legend") : document.querySelector("label[for='" + field.id + "']");
    if (!label) return "";
    var copy = label.cloneNode(true);
    copy.querySelectorAll(".hint, .req, .only-js, kbd").forEach(function (extra) {
      extra.remove();
    });
    copy.querySelectorAll(".only-sealed, .not-sealed").forEach(function (word) {
      if (!label.querySelector("." + word.className.replace(/ /g, ".")).offsetParent) word.remove();
    });
    return copy.textContent.trim().replace(/\s+/g, " ");
  }

  // The browser itself waits with this until it paints; a key pressed before that would go nowhere.
  var first = document.querySelector("[autofocus]");
  if (first && !first.disabled && document.activeElement === document.body) first.focus();

  var summary = document.querySelector("[data-error-summary]");
  if (summary && "nameFields" in summary.dataset) {
    summary.querySelectorAll("a[href^='#']").forEach(function (link) {
      var field = document.getElementById(link.hash.slice(1));
      var name = field && nameOf(field);
      if (name) link.prepend(name + ": ");
    });
  }
  if (summary) {
    summary.focus();
    summary.addEventListener("click", function (event) {
      var link = event.target.closest("a[href^='#']");
      var field = link && document.getElementById(link.hash.slice(1));
      if (!field) return;
      event.preventDefault();
      for (var box = field.closest("details:not([open])"); box; box = box.parentElement.closest("details:not([open])")) {
        box.open = true;
      }
      field.focus();
      field.scrollIntoView({ block: "center" });
    });
    var old = document.title;
    if (summary.dataset.titlePrefix) document.title = summary.dataset.titlePrefix + " " + old;
  }

  // A page about work in progress looks again after the given seconds.
  var waiting = document.querySelector("[data-refresh]");
  if (waiting) {
    window.setTimeout(function () {
      window.location.reload();
    }, Number(waiting.dataset.refresh) * 1000);
  }

  // A list that should be fetched again as soon as a choice is made.
  document.addEventListener("change", function (event) {
    if (event.target.matches("[data-submit-on-change]")) event.target.form.requestSubmit();
  });
})();
