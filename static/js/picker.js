// Ward picker: an accessible combobox over a list fetched once (and then kept by the browser).
// Typed without marks it finds too: "nghia do ha noi". Without this script the field is plain text and the server resolves it.
(function () {
  "use strict";
  var SHOWN = 12;
  var loading = {};

  function fold(text) {
    return text.normalize("NFD").replace(/[\u0300-\u036f]/g, "").replace(/[đĐ]/g, "d").toLowerCase();
  }

  // One record per ward: folded words, and the words with marks for exact matches first.
  function load(url) {
    if (!loading[url]) {
      loading[url] = fetch(url, { credentials: "same-origin" })
        .then(function (answer) {
          if (!answer.ok) throw new Error(String(answer.status));
          return answer.json();
        })
        .then(function (data) {
          return data.wards.map(function (ward) {
            var text = ward[1] + ", " + ward[2];
            return {
              code: ward[0],
              text: text,
              near: ward[3] === data.near ? 0 : 1,
              name: fold(ward[1].replace(/^(Phường|Xã|Thị trấn|Đặc khu)\s+/i, "")),
              exact: text.normalize("NFC").toLowerCase(),
              words: fold(text).split(/[^a-z0-9]+/),
            };
          });
        });
      loading[url].catch(function () {
        delete loading[url];
      });
    }
    return loading[url];
  }

  function search(wards, typed) {
    var wanted = fold(typed).split(/[^a-z0-9]+/).filter(Boolean);
    if (!wanted.length) return [];
    var phrase = wanted.join(" ");
    var marked = typed.normalize("NFC").toLowerCase().trim();
    var found = wards.filter(function (ward) {
      return wanted.every(function (word) {
        return ward.words.some(function (part) {
          return part.startsWith(word);
        });
      });
    });
    function rank(ward) {
      var name = ward.name.startsWith(phrase) ? 0 : phrase.startsWith(ward.name) ? 1 : 2;
      return (ward.exact.includes(marked) ? 0 : 1) + name * 2 + ward.near * 8;
    }
    return found
      .map(function (ward) {
        return { ward: ward, rank: rank(ward) };
      })
      .sort(function (a, b) {
        return a.rank - b.rank;
      })
      .map(function (pair) {
        return pair.ward;
      });
  }

  document.querySelectorAll("[data-picker]").forEach(function (box, index) {
    var input = box.querySelector("input:not([type=hidden])");
    var code = box.querySelector("input[type=hidden]");
    var list = document.createElement("ul");
    var said = document.createElement("p");
    var shown = [];
    var active = -1;
    var asked = 0;

    list.className = "options";
    list.id = "picker-list-" + index;
    list.setAttribute("role", "listbox");
    list.setAttribute("aria-label", box.querySelector("label").textContent.trim());
    list.hidden = true;
    said.className = "visually-hidden";
    said.setAttribute("role", "status");
    input.setAttribute("role", "combobox");
    input.setAttribute("aria-autocomplete", "list");
    input.setAttribute("aria-expanded", "false");
    input.setAttribute("aria-controls", list.id);
    input.autocomplete = "off";
    input.after(list, said);

    function close() {
      list.hidden = true;
      active = -1;
      input.setAttribute("aria-expanded", "false");
      input.removeAttribute("aria-activedescendant");
    }

    function mark(number) {
      active = number;
      Array.prototype.forEach.call(list.children, function (option, at) {
        option.setAttribute("aria-selected", String(at === active));
        if (at === active) {
          input.setAttribute("aria-activedescendant", option.id);
          option.scrollIntoView({ block: "nearest" });
        }
      });
    }

    function choose(ward) {
      input.value = ward.text;
      code.value = ward.code;
      close();
      code.dispatchEvent(new Event("change", { bubbles: true }));
    }

    function show() {
      var turn = ++asked;
      load(box.dataset.src).then(
        function (wards) {
          if (turn !== asked || document.activeElement !== input || code.value) return;
          var found = search(wards, input.value);
          shown = found.slice(0, SHOWN);
          list.replaceChildren();
          shown.forEach(function (ward, at) {
            var option = document.createElement("li");
            option.id = list.id + "-" + at;
            option.setAttribute("role", "option");
            option.textContent = ward.text;
            list.append(option);
          });
          var typed = input.value.trim() !== "";
          said.textContent = !typed ? "" : found.length ? box.dataset.textCount.replace("{n}", String(found.length)) : box.dataset.textNone;
          list.hidden = !shown.length;
          input.setAttribute("aria-expanded", String(shown.length > 0));
          if (shown.length) mark(0);
          else close();
        },
        function () {
          said.textContent = box.dataset.textFailed;
        }
      );
    }

    input.addEventListener("focus", function () {
      load(box.dataset.src).catch(function () {
        // The field stays plain text; the server resolves or refuses the name.
      });
    });
    input.addEventListener("input", function () {
      code.value = "";
      show();
    });
    input.addEventListener("keydown", function (event) {
      if (event.isComposing || event.keyCode === 229) return;
      if (event.key === "ArrowDown" || event.key === "ArrowUp") {
        event.preventDefault();
        if (list.hidden) show();
        else mark((active + (event.key === "ArrowDown" ? 1 : -1) + shown.length) % shown.length);
      } else if (event.key === "Enter" && !event.ctrlKey && !list.hidden && active >= 0) {
        event.preventDefault();
        choose(shown[active]);
      } else if (event.key === "Tab" && !list.hidden && active >= 0) {
        choose(shown[active]);
      } else if (event.key === "Escape" && !list.hidden) {
        event.preventDefault();
        event.stopPropagation();
        close();
      }
    });
    input.addEventListener("blur", function () {
      asked++;
      close();
    });
    list.addEventListener("pointerdown", function (event) {
      event.preventDefault(); // keep the focus in the field
      var option = event.target.closest("[role=option]");
      if (option) choose(shown[Array.prototype.indexOf.call(list.children, option)]);
    });
  });
})();
