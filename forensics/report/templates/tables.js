"use strict";
// Sorting for tables of five rows and more, a filter from twelve on. Without this script the page says the same, in its own order.
(() => {
  const units = { B: 1, KiB: 1024, MiB: 1048576, GiB: 1073741824, TiB: 1099511627776,
    "µs": 1, ms: 1e3, s: 1e6, min: 6e7, h: 3.6e9, d: 8.64e10, "%": 1 };
  const amount = (text) => {
    const match = /^([<>]?)(-?[\d,]+(?:\.\d+)?)\s?(\S*)/.exec(text);
    if (!match) return -Infinity;
    const nudge = match[1] === "<" ? -1e-9 : match[1] === ">" ? 1e-9 : 0;
    return Number(match[2].replaceAll(",", "")) * (units[match[3]] ?? 1) + nudge;
  };
  const shown = (row, at) => row.cells[at] ? row.cells[at].textContent.trim() : "";
  const order = (at, numeric) => (a, b) => numeric
    ? amount(shown(a, at)) - amount(shown(b, at))
    : shown(a, at).localeCompare(shown(b, at), "en", { numeric: true });

  const sortable = (table, body, said) => {
    const heads = [...table.tHead.rows[0].cells];
    const first = [...body.rows];
    heads.forEach((head, at) => {
      const button = document.createElement("button");
      button.type = "button";
      button.className = "sort";
      button.append(...head.childNodes);
      head.append(button);
      button.addEventListener("click", () => {
        const now = head.getAttribute("aria-sort");
        heads.forEach((other) => other.removeAttribute("aria-sort"));
        const rows = [...first];
        if (now !== "descending") {
          rows.sort(order(at, head.classList.contains("numeric")));
          if (now === "ascending") rows.reverse();
          head.setAttribute("aria-sort", now === "ascending" ? "descending" : "ascending");
        }
        body.append(...rows);
        said.textContent = now === "descending" ? "In the order of the report." : "Sorted by " + button.textContent + ".";
      });
    });
  };

  const filterable = (table, body, said) => {
    const label = document.createElement("label");
    const input = document.createElement("input");
    input.type = "search";
    input.autocomplete = "off";
    label.className = "filter";
    label.append("Filter rows ", input);
    table.closest(".scroll").before(label);
    label.append(said);
    input.addEventListener("input", () => {
      const wanted = input.value.trim().toLowerCase();
      let count = 0;
      for (const row of body.rows) {
        row.hidden = wanted !== "" && !row.textContent.toLowerCase().includes(wanted);
        count += row.hidden ? 0 : 1;
      }
      said.textContent = wanted === "" ? "" : count + " of " + body.rows.length + " rows";
    });
  };

  for (const table of document.querySelectorAll("main .scroll > table")) {
    const body = table.tBodies[0];
    if (!table.tHead || body.rows.length < 5) continue;
    const said = document.createElement("span");
    said.setAttribute("role", "status");
    said.className = "said";
    sortable(table, body, said);
    if (body.rows.length >= 12) filterable(table, body, said);
    else table.closest(".scroll").before(said);
  }
})();
