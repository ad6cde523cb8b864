// Repeated people on a form: more petitioners, representatives. Without this file one empty row of each is there.
(function () {
  "use strict";

  function renumber(group) {
    var prefix = group.dataset.people;
    var rows = group.querySelectorAll("[data-person]");
    rows.forEach(function (row, number) {
      row.querySelectorAll("input").forEach(function (input) {
        var name = input.name.slice(prefix.length + 1);
        var id = "f-" + prefix + "-" + number + "-" + name;
        var cell = input.closest(".f");
        input.id = id;
        cell.querySelector("label").htmlFor = id;
        cell.querySelector(".err").id = "e" + id.slice(1);
        input.setAttribute("aria-describedby", "e" + id.slice(1));
      });
      row.querySelector("[data-remove-person]").hidden = rows.length < 2;
    });
  }

  function clear(row) {
    row.querySelectorAll("input").forEach(function (input) {
      input.value = "";
      input.removeAttribute("aria-invalid");
    });
    row.querySelectorAll(".err").forEach(function (message) {
      message.textContent = "";
    });
  }

  document.querySelectorAll("[data-people]").forEach(function (group) {
    var add = group.querySelector("[data-add-person]");
    add.hidden = false;
    renumber(group);

    add.addEventListener("click", function () {
      var rows = group.querySelectorAll("[data-person]");
      var fresh = rows[rows.length - 1].cloneNode(true);
      clear(fresh);
      rows[rows.length - 1].after(fresh);
      renumber(group);
      fresh.querySelector("input").focus();
    });

    group.addEventListener("click", function (event) {
      var button = event.target.closest("[data-remove-person]");
      if (!button) return;
      var row = button.closest("[data-person]");
      var neighbour = row.previousElementSibling;
      var form = row.closest("form");
      row.remove();
      renumber(group);
      (neighbour && neighbour.matches("[data-person]") ? neighbour.querySelector("input") : add).focus();
      form.dispatchEvent(new Event("input", { bubbles: true }));
    });
  });
})();
