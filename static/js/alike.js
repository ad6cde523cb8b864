// The intake form: "did this letter come before?" while the text, the person or the house is typed. Sent by POST, because
// a citizen's words belong in no address. Nothing is asked before the kind is known; of a denunciation only the summary.
(function () {
  "use strict";
  var form = document.getElementById("intake");
  var place = document.getElementById("alike");
  if (!form || !place) return;
  var said = document.getElementById("alike-said");
  var empty = place.innerHTML;
  var texts = ["title", "body"];
  var people = ["petitioner_name", "petitioner_id_number", "petitioner_phone", "petitioner_address", "petitioner_old_address"];
  var waiting = null;
  var running = null;
  var asked = "";

  function clear() {
    clearTimeout(waiting);
    if (running) running.abort();
    asked = "";
    place.innerHTML = empty;
    said.textContent = "";
  }

  function typed() {
    var query = new URLSearchParams();
    texts.concat(people).forEach(function (name) {
      var field = form.elements[name];
      if (field && !field.matches(":disabled") && field.value.trim()) query.set(name, field.value);
    });
    return query;
  }

  // A few words find half the ward.
  function enough(query) {
    var words = ((query.get("title") || "") + " " + (query.get("body") || "")).trim().split(/\s+/).length;
    return words >= 8 || (query.get("petitioner_address") || "").length >= 6;
  }

  function look() {
    if (!form.dataset.kind) return;
    var query = typed();
    if (!enough(query)) {
      if (asked) clear();
      return;
    }
    query.set("kind", form.dataset.kind);
    form.querySelectorAll("input[name=kind_parts]:checked").forEach(function (box) {
      query.append("kind_parts", box.value);
    });
    if (query.toString() === asked) return;
    asked = query.toString();
    query.set("csrf_token", form.elements.csrf_token.value);
    if (running) running.abort();
    running = new AbortController();
    fetch(form.dataset.alikeUrl, { method: "POST", body: query, credentials: "same-origin", signal: running.signal })
      .then(function (answer) {
        return answer.ok && !answer.redirected ? answer.text() : null;
      })
      .then(function (html) {
        if (html === null || !asked) return;
        place.innerHTML = html;
        var hits = place.querySelector("[data-said]");
        said.textContent = hits ? hits.dataset.said : "";
        form.dispatchEvent(new Event("alike:shown"));
      })
      .catch(function () {
        asked = "";
      });
  }

  form.addEventListener("sealed:turned", function () {
    clear();
    later();
  });

  function later() {
    clearTimeout(waiting);
    waiting = setTimeout(look, 500);
  }

  form.addEventListener("input", function (event) {
    if (texts.indexOf(event.target.name) >= 0 || people.indexOf(event.target.name) >= 0) later();
  });
  form.addEventListener("change", function (event) {
    if (event.target.name === "kind" || event.target.name === "kind_parts") later();
  });

  later();
})();
