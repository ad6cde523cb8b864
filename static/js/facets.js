// The counts beside the results: folded where they would stand above the list instead.
(function () {
  "use strict";
  var facets = document.querySelector("[data-facets]");
  if (!facets) return;
  if (window.matchMedia("(max-width: 1100px)").matches) facets.open = false;
  facets.removeAttribute("data-facets");
})();
