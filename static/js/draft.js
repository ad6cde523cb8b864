// Keeps the unfinished entry on the server every few seconds, and says when. Files are not part of it.
// Disabled fields (a denouncer's identity) never leave the page.
(function () {
  "use strict";
  var form = document.querySelector("form[data-draft-url]");
  if (!form) return;
  var said = form.querySelector("[data-draft-state]");
  var EVERY = 4000;
  var dirty = false;
  var sending = null;
  var timer = null;

  function say(text, bad) {
    if (said.textContent !== text) said.textContent = text;
    said.classList.toggle("bad", Boolean(bad));
  }

  function sayLogin() {
    var link = document.createElement("a");
    link.href = form.dataset.loginUrl;
    link.target = "_blank";
    link.rel = "noopener";
    link.textContent = form.dataset.textLoginLink;
    said.replaceChildren(document.createTextNode(form.dataset.textLogin + " "), link);
    said.classList.add("bad");
  }

  function token() {
    return form.elements.csrf_token.value;
  }

  // After logging in again in another window the old token is void; the new one comes from here.
  function renew() {
    return fetch(form.dataset.sessionUrl, { credentials: "same-origin", headers: { Accept: "application/json" } })
      .then(function (answer) {
        return answer.ok && !answer.redirected ? answer.json() : null;
      })
      .then(function (data) {
        if (!data || !data.csrf_token) return false;
        document.querySelectorAll("input[name=csrf_token]").forEach(function (input) {
          input.value = data.csrf_token;
        });
        return true;
      });
  }

  function content() {
    var data = new FormData(form);
    data.delete("attachments");
    data.delete("csrf_token");
    return new URLSearchParams(data);
  }

  function send(again, leaving) {
    dirty = false;
    var body = content();
    sending = fetch(form.dataset.draftUrl, {
      method: "POST",
      credentials: "same-origin",
      keepalive: Boolean(leaving) && body.toString().length < 60000,
      headers: { "X-CSRFToken": token(), Accept: "application/json" },
      body: body,
    })
      .then(function (answer) {
        if (answer.ok && !answer.redirected) {
          return answer.json().then(function (data) {
            say(form.dataset.textSaved.replace("{at}", data.at.slice(0, 5)));
          });
        }
        dirty = true;
        if (answer.status === 400 || answer.status === 401 || answer.status === 403 || answer.redirected) {
          if (again) return sayLogin();
          return renew().then(function (fresh) {
            return fresh ? send(true) : sayLogin();
          });
        }
        say(form.dataset.textOffline, true);
      })
      .catch(function () {
        dirty = true;
        say(form.dataset.textOffline, true);
      })
      .finally(function () {
        sending = null;
      });
    return sending;
  }

  function tick() {
    timer = null;
    if (dirty && !sending && !form.dataset.sent) send();
    plan();
  }

  function plan() {
    if (!timer) timer = window.setTimeout(tick, EVERY);
  }

  function changed() {
    if (!dirty && !said.classList.contains("bad") && !said.textContent) say(form.dataset.textUnsaved);
    dirty = true;
    plan();
  }

  // A form that is sent without a session would be answered with the log-in page, and be gone. So ask first.
  var known = false;
  var asking = false;
  form.addEventListener("submit", function (event) {
    if (known) {
      known = false;
      return;
    }
    event.preventDefault();
    if (asking || form.dataset.sent) return;
    asking = true;
    var button = event.submitter;
    renew()
      .then(
        function (fresh) {
          if (!fresh) return sayLogin();
          known = true;
          form.requestSubmit(button);
        },
        function () {
          say(form.dataset.textOffline, true);
        }
      )
      .finally(function () {
        asking = false;
      });
  });

  form.addEventListener("input", changed);
  form.addEventListener("change", changed);
  // The kind changed to or from a denunciation: what the server keeps must be replaced at once.
  form.addEventListener("draft:now", function () {
    (sending || Promise.resolve()).then(function () {
      return send();
    });
  });
  document.addEventListener("visibilitychange", function () {
    if (document.visibilityState === "hidden" && dirty && !form.dataset.sent) send(false, true);
    if (document.visibilityState === "visible" && said.classList.contains("bad")) send();
  });
})();
