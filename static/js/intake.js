// The intake form: "here before?" while typing, Enter goes on to the next field, an ID card's QR code read by a scanner
// fills three fields. What a denunciation hides is in sealed.js, the draft in draft.js.
(function () {
  "use strict";
  var form = document.getElementById("intake");
  if (!form) return;
  var aside = document.getElementById("here-before");
  var hereSaid = document.getElementById("here-said");
  var emptyAside = aside.innerHTML;

  function sealed() {
    return form.dataset.sealed === "1";
  }

  form.addEventListener("change", function (event) {
    if (event.target.name === "people_count") group();
    if (event.target.name === "kind") look();
  });

  form.addEventListener("sealed:turned", function () {
    clearTimeout(waiting);
    if (running) running.abort();
    asked = "";
    hereSaid.textContent = "";
    aside.innerHTML = emptyAside;
    link("");
    form.dispatchEvent(new Event("draft:now"));
    if (!sealed()) look();
  });

  // Group petitions need representatives.
  function group() {
    var many = Number(form.elements.people_count.value) >= 5;
    form.classList.toggle("many", many);
    if (many) form.querySelector(".part-people details").open = true;
  }

  // Enter goes on, so that a scanner's Enter or a habit never saves half a form. Ctrl+Enter saves (shortcuts.js).
  form.addEventListener("keydown", function (event) {
    if (event.key !== "Enter" || event.ctrlKey || event.metaKey || event.isComposing || event.keyCode === 229 || event.defaultPrevented) return;
    if (!event.target.matches("input, select") || event.target.type === "file") return;
    event.preventDefault();
    var stops = Array.prototype.filter.call(form.querySelectorAll("input, select, textarea, summary, .save-bar button"), function (stop) {
      var sameRadio = stop.type === "radio" && stop.name === event.target.name;
      return !stop.matches(":disabled") && stop.type !== "hidden" && stop.tabIndex >= 0 && stop.offsetParent !== null && !sameRadio;
    });
    var next = stops.find(function (stop) {
      return event.target.compareDocumentPosition(stop) & Node.DOCUMENT_POSITION_FOLLOWING;
    });
    if (next) next.focus();
    if (next && next.select) next.select();
  });

  // The QR code on a citizen's ID card: number|old number|name|birth|sex|address|issued. Kept are number, name, address.
  function readCard(event) {
    var parts = event.target.value.split("|");
    if (parts.length < 6 || !/^\d{12}$/.test(parts[0].trim())) return;
    form.elements.petitioner_id_number.value = parts[0].trim();
    form.elements.petitioner_name.value = parts[2].trim().normalize("NFC");
    form.elements.petitioner_address.value = parts[5].trim().normalize("NFC");
  }

  // Here before?
  var waiting = null;
  var running = null;
  var asked = "";

  function look() {
    if (sealed() || !form.dataset.kind) return;
    var query = new URLSearchParams();
    form.querySelectorAll("[data-here]").forEach(function (input) {
      var text = input.value.trim();
      if (text.length >= (input.dataset.here === "name" ? 4 : 6)) query.set(input.dataset.here, text);
    });
    if (query.toString() === asked) return;
    asked = query.toString();
    if (running) running.abort();
    if (!asked) {
      aside.innerHTML = emptyAside;
      hereSaid.textContent = "";
      return;
    }
    running = new AbortController();
    fetch(form.dataset.hereUrl + "?" + asked, { credentials: "same-origin", signal: running.signal })
      .then(function (answer) {
        return answer.ok && !answer.redirected ? answer.text() : null;
      })
      .then(function (html) {
        if (html === null || sealed()) return;
        aside.innerHTML = html;
        var said = aside.querySelector("[data-said]");
        hereSaid.textContent = said && aside.querySelector(".hit") ? said.dataset.said : "";
        rove(0);
      })
      .catch(function () {
        asked = "";
      });
  }

  form.querySelectorAll("[data-here]").forEach(function (input) {
    input.addEventListener("input", function (event) {
      readCard(event);
      clearTimeout(waiting);
      waiting = setTimeout(look, 300);
    });
  });

  // The hits are one stop for Tab; the arrow keys walk through them.
  function stopsInAside() {
    return Array.prototype.slice.call(aside.querySelectorAll("a, button"));
  }

  function rove(at) {
    stopsInAside().forEach(function (stop, number) {
      stop.tabIndex = number === at ? 0 : -1;
    });
  }

  aside.addEventListener("keydown", function (event) {
    var step = { ArrowDown: 1, ArrowRight: 1, ArrowUp: -1, ArrowLeft: -1 }[event.key];
    if (!step) return;
    event.preventDefault();
    var stops = stopsInAside();
    var at = (stops.indexOf(document.activeElement) + step + stops.length) % stops.length;
    rove(at);
    stops[at].focus();
  });

  function link(number) {
    form.elements.matter_of.value = number;
    var shown = document.getElementById("linked");
    shown.hidden = !number;
    shown.querySelector("[data-linked]").textContent = number;
    var title = shown.querySelector("[data-linked-title]");
    if (title) title.remove();
    form.querySelectorAll("[data-link-matter]").forEach(function (button) {
      button.setAttribute("aria-pressed", String(button.dataset.linkMatter === number));
    });
  }

  // In both lists: earlier petitions of the person, and earlier letters like this one (alike.js).
  form.addEventListener("alike:shown", function () {
    link(form.elements.matter_of.value);
  });
  form.addEventListener("click", function (event) {
    var button = event.target.closest("[data-link-matter]");
    if (!button) return;
    link(button.dataset.linkMatter);
    form.dispatchEvent(new Event("input", { bubbles: true }));
  });
  form.querySelector("[data-unlink]").hidden = false;
  form.querySelector("[data-unlink]").addEventListener("click", function () {
    link("");
    form.elements.petitioner_name.focus();
    form.dispatchEvent(new Event("input", { bubbles: true }));
  });
  form.elements.matter_of.addEventListener("input", function (event) {
    var at = event.target.value;
    link(at.trim());
    event.target.value = at;
  });

  group();
  look();
})();
