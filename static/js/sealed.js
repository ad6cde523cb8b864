// A denouncer's identity never leaves the page: what could name one is disabled (so neither saved nor kept as a draft)
// as soon as the kind is, or contains, a denunciation. It comes back when another kind is chosen.
// Hiding needs no script (app.css, .sealable:has); the server refuses such data in any case.
(function () {
  "use strict";
  document.querySelectorAll("form.sealable").forEach(function (form) {
    var said = document.getElementById("aside-said");
    var parked = {}; // texts typed in the other mode; they live in this page only
    var sealed = null;
    form.classList.add("js");

    function kind() {
      var chosen = form.querySelector("input[name=kind]:checked");
      return chosen ? chosen.value : "";
    }

    function mustSeal() {
      if (kind() === "denunciation") return true;
      return kind() === "mixed" && Boolean(form.querySelector("input[name=kind_parts][value=denunciation]:checked"));
    }

    // The kind comes before the petitioner; of several in one, which they are.
    function undecided() {
      return !kind() || (kind() === "mixed" && !form.querySelector("input[name=kind_parts]:checked"));
    }

    function swapTexts() {
      var moved = false;
      form.querySelectorAll("[data-set-aside]").forEach(function (field) {
        var before = field.value;
        field.value = parked[field.name] || "";
        parked[field.name] = before;
        moved = moved || (sealed && before !== "");
      });
      said.textContent = moved ? form.dataset.textAside : "";
    }

    function apply() {
      var now = mustSeal();
      var turned = sealed !== null && now !== sealed;
      sealed = now;
      form.dataset.sealed = now ? "1" : "";
      form.dataset.kind = kind();
      form.querySelectorAll("[data-not-sealed]").forEach(function (set) {
        set.disabled = now || (set.hasAttribute("data-after-kind") && undecided());
      });
      form.querySelectorAll("input[name=kind_parts]").forEach(function (box) {
        box.disabled = kind() !== "mixed";
      });
      form.classList.toggle("no-kind", undecided());
      if (!turned) return;
      swapTexts();
      form.dispatchEvent(new Event("sealed:turned"));
    }

    form.addEventListener("change", function (event) {
      if (event.target.name === "kind" || event.target.name === "kind_parts") apply();
    });

    // Digits choose the kind while the cursor stands on it.
    form.querySelector(".kinds").addEventListener("keydown", function (event) {
      if (event.ctrlKey || event.altKey || event.metaKey || !/^[1-9]$/.test(event.key)) return;
      var wanted = form.querySelectorAll("input[name=kind]")[Number(event.key) - 1];
      if (!wanted) return;
      event.preventDefault();
      wanted.focus();
      wanted.click();
    });

    apply();
  });
})();
