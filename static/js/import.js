// The page of an import that is running: asks every second how far it is, and loads the page anew when it is over.
(function () {
  "use strict";
  const box = document.querySelector("[data-import-state]");
  if (!box) return;
  const text = box.querySelector("[data-import-text]");
  const bar = box.querySelector("progress");

  function look() {
    fetch(box.dataset.importState, { headers: { "X-Requested-With": "fetch" } })
      .then(function (answer) {
        if (!answer.ok) throw new Error(String(answer.status));
        return answer.json();
      })
      .then(function (state) {
        if (state.over) {
          location.reload();
          return;
        }
        if (text.textContent !== state.text) text.textContent = state.text;
        if (state.total) {
          bar.max = state.total;
          bar.value = state.done;
        }
        setTimeout(look, 1000);
      })
      .catch(function () {
        setTimeout(look, 5000);
      });
  }

  setTimeout(look, 1000);
})();
