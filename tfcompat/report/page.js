"use strict";
// Draws the grid, and lets mouse, keyboard, form and address move in it.
(() => {
  const { data, details, add, cellName, showDetails } = page;
  const grid = document.getElementById("grid");
  const form = document.getElementById("filters");
  const families = []; // of {family, body, lines}: what was drawn of each
  let order = []; // the lines that are shown, from top to bottom
  let sortedBy = ""; // the order in which they were drawn last
  let current = null; // the place that the arrow keys start from

  let total = 0; // entries in all

  function drawGrid() {
    const widths = add(grid, "colgroup");
    add(widths, "col");
    for (const column of data.columns) column.col = add(widths, "col");
    const head = add(add(grid, "thead"), "tr");
    add(head, "th", { text: "example", class: "corner", scope: "col" });
    for (const column of data.columns) {
      const label = add(add(head, "th", { scope: "col", title: cellName(column) }), "div", { class: "release" });
      add(label, "span", { text: column.release });
      add(label, "small", { text: [" ", column.python, column.campaign].join(" ") });
    }
    for (const family of data.families) {
      const body = add(grid, "tbody");
      const title = add(add(body, "tr"), "th", { class: "family", scope: "rowgroup", colspan: data.columns.length + 1 });
      add(title, "span", { text: family.name });
      families.push({ family, body, lines: new Map(family.rows.map((row) => [row, drawRow(body, row)])) });
    }
  }

  function drawRow(body, row) {
    const line = { row, tr: add(body, "tr") };
    line.tr.line = line;
    add(line.tr, "th", { text: row.name, scope: "row", title: row.name });
    line.cells = row.entries.map((entry, index) => {
      const sign = row.inferred[index];
      const what = entry ? entry.verdict : (data.inferred[sign] ?? "not run");
      const label = `${row.name}, ${cellName(data.columns[index])}: ${what}`;
      const kind = entry ? `entry tile ${entry.verdict}${entry.baseline ? " baseline" : ""}` : sign && "tile inferred";
      if (entry) total += 1;
      const cell = add(line.tr, "td", { tabindex: "-1", "aria-label": label, class: kind ?? "", text: entry?.glyph ?? sign });
      cell.place = { line, index };
      return cell;
    });
    return line;
  }

  function drawForm() {
    for (const [name, choices] of Object.entries(filters.options(data))) {
      const select = form.elements[name];
      if (name !== "sort") add(select, "option", { text: "all", value: "" });
      for (const [value, text] of Object.entries(choices)) add(select, "option", { text, value });
      select.parentElement.hidden = Object.keys(choices).length < 2;
    }
  }

  // Show what the form says: nothing is drawn anew, lines and columns only come and go.
  function applyFilters(choices) {
    const chosen = filters.choose(data, choices);
    data.columns.forEach(({ col }, index) => { col.className = chosen.columns[index] ? "" : "gone"; });
    order = [];
    for (const { family, body, lines } of families) {
      if (choices.sort !== sortedBy) {
        body.append(...filters.sorted(family.rows, choices.sort).map((row) => lines.get(row).tr));
      }
      for (const [row, { tr, cells }] of lines) {
        const { shown, hits } = chosen.rows.get(row.path);
        tr.hidden = !shown;
        if (shown && chosen.picky) cells.forEach((cell, index) => cell.classList.toggle("hit", hits[index]));
      }
      const shown = [...body.rows].flatMap(({ line, hidden }) => (line && !hidden ? [line] : []));
      body.hidden = shown.length === 0;
      order.push(...shown);
    }
    sortedBy = choices.sort;
    grid.classList.toggle("picky", chosen.picky);
    document.getElementById("shown").textContent = chosen.count === total ? `${total} entries` : `${chosen.count} of ${total} entries`;
    if (!current) order[0]?.cells[0]?.setAttribute("tabindex", "0");
  }

  function moveTo(cell) {
    grid.querySelector("td[tabindex='0']")?.setAttribute("tabindex", "-1");
    current = cell;
    cell.setAttribute("tabindex", "0");
    cell.focus({ preventScroll: true });
    cell.scrollIntoView({ block: "nearest", inline: "nearest" });
  }

  // The address remembers what is shown and which entry is open, so that it can be sent on.
  function followAddress() {
    const choices = filters.fromAddress(location.hash);
    for (const name of filters.NAMES) {
      if (form.elements[name].value !== choices[name]) form.elements[name].value = choices[name];
    }
    applyFilters(choices);
    const wanted = new URLSearchParams(location.hash.slice(1));
    const index = data.columns.findIndex((column) => column.key === wanted.get("cell"));
    const line = families.flatMap(({ lines }) => [...lines.values()]).find(({ row }) => row.path === wanted.get("example"));
    if (page.open === line?.cells[index] && page.open) return;
    grid.querySelector(".selected")?.classList.remove("selected");
    page.open = null;
    if (!line?.row.entries[index]) {
      details.replaceChildren();
      if (wanted.has("cell")) add(details, "p", { text: "This report has no such entry." });
      return;
    }
    page.open = line.cells[index];
    page.open.classList.add("selected");
    moveTo(page.open);
    showDetails(line.row, index);
    details.querySelector("h2").scrollIntoView({ block: "nearest" });
  }

  const entryAddress = (index, path) => filters.address(location.hash, { cell: data.columns[index].key, example: path });

  function select({ place: { line, index } }) {
    if (line.row.entries[index]) location.hash = entryAddress(index, line.row.path);
  }

  // The next column in a direction that is shown.
  function beside(index, step) {
    let next = index + step;
    while (data.columns[next]?.col.className === "gone") next += step;
    return next;
  }

  // A tooltip for each of many thousand places is made when it is wanted.
  grid.addEventListener("mouseover", ({ target }) => {
    const cell = target.closest("td");
    if (cell && !cell.title) cell.title = cell.getAttribute("aria-label");
  });

  grid.addEventListener("click", (event) => {
    const cell = event.target.closest("td");
    if (cell) select(cell);
  });

  grid.addEventListener("keydown", (event) => {
    const cell = event.target.closest("td");
    if (!cell || event.altKey || event.ctrlKey || event.metaKey) return;
    const { line, index } = cell.place;
    const row = order.indexOf(line);
    const target = {
      ArrowUp: [row - 1, index], ArrowDown: [row + 1, index], ArrowLeft: [row, beside(index, -1)],
      ArrowRight: [row, beside(index, 1)], Home: [row, beside(-1, 1)], End: [row, beside(data.columns.length, -1)],
    }[event.key];
    if (event.key === "Enter" || event.key === " ") select(cell);
    else if (target) { if (order[target[0]]?.cells[target[1]]) moveTo(order[target[0]].cells[target[1]]); }
    else return;
    event.preventDefault();
  });

  form.addEventListener("input", (event) => {
    const changed = filters.address(location.hash, { [event.target.name]: event.target.value });
    // Typing must not fill the history of the browser.
    history.replaceState(null, "", changed);
    applyFilters(filters.fromAddress(changed));
  });
  form.addEventListener("submit", (event) => event.preventDefault());

  page.load().then(() => {
    drawGrid();
    drawForm();
    followAddress();
    window.addEventListener("hashchange", followAddress);
    story.draw(document.getElementById("story"));
  });
})();
