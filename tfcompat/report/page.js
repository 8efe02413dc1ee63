"use strict";
// Draws the grid and the details of one entry. What scripts printed is hostile: it is written with
// textContent only, and never becomes markup, a style or an address.
(() => {
  const data = JSON.parse(document.getElementById("data").textContent);
  const grid = document.getElementById("grid");
  const details = document.getElementById("details");
  const rows = []; // of {row, cells}: an example, and its place in each column
  let current = null; // the place that the arrow keys start from

  function add(parent, tag, { text, ...attributes } = {}) {
    const child = document.createElement(tag);
    for (const [name, value] of Object.entries(attributes)) child.setAttribute(name, value);
    if (text !== undefined) child.textContent = text;
    parent.append(child);
    return child;
  }

  const cellName = (column) => [column.release, column.python && `Python ${column.python}`, column.campaign]
    .filter(Boolean).join(", ");
  const addressOf = (column, path) => `#${new URLSearchParams({ cell: column.key, example: path })}`;

  function drawGrid() {
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
      for (const row of family.rows) drawRow(body, row);
    }
    grid.querySelector("td")?.setAttribute("tabindex", "0");
  }

  function drawRow(body, row) {
    const line = add(body, "tr");
    add(line, "th", { text: row.name, scope: "row", title: row.name });
    const cells = row.entries.map((entry, index) => {
      const sign = row.inferred[index];
      const what = entry ? entry.verdict : (data.inferred[sign] ?? "not run");
      const label = `${row.name}, ${cellName(data.columns[index])}: ${what}`;
      const cell = add(line, "td", { tabindex: "-1", "aria-label": label, title: label });
      if (entry) {
        cell.className = "entry";
        add(cell, "span", { text: entry.glyph, class: `tile ${entry.verdict}${entry.baseline ? " baseline" : ""}` });
      } else if (sign) {
        add(cell, "span", { text: sign, class: "tile inferred" });
      }
      cell.place = [rows.length, index];
      return cell;
    });
    rows.push({ row, cells });
  }

  // A text is one string, or the head and the tail of a long one.
  function write(parent, number, line) {
    const box = add(parent, "pre", { tabindex: "0" });
    const text = number === undefined ? "" : data.texts[number];
    const head = (text.head ?? text).split("\n");
    if (line === undefined || line > head.length) {
      box.textContent = head.join("\n");
    } else {
      if (line > 1) box.append(`${head.slice(0, line - 1).join("\n")}\n`);
      add(box, "mark", { text: head[line - 1] || " " });
      box.append(`\n${head.slice(line).join("\n")}`);
    }
    if (text === "") add(box, "em", { text: "(nothing)" });
    if (text.head !== undefined) {
      add(box, "em", { text: `\n[${text.left_out} characters are left out here]\n` });
      box.append(text.tail);
    }
    const mark = box.querySelector("mark");
    if (mark) box.scrollTop = mark.offsetTop - box.offsetTop - box.clientHeight / 3;
  }

  function stream(parent, title, number, line) {
    const side = add(parent, "div");
    add(side, "h3", { text: title });
    write(side, number, line);
  }

  function facts(parent, pairs) {
    const list = add(parent, "dl");
    for (const [label, value] of pairs) {
      add(list, "dt", { text: label });
      add(list, "dd", { text: value });
    }
  }

  function folded(parent, title, number) {
    if (number === undefined || number === null) return;
    const fold = add(parent, "details");
    add(fold, "summary", { text: title });
    write(fold, number);
  }

  function showDetails({ row }, index) {
    const entry = row.entries[index];
    const column = data.columns[index];
    const [here, there] = [entry.lines?.[1], entry.lines?.[0]];
    details.replaceChildren();
    const title = add(details, "h2");
    add(title, "span", { text: entry.glyph, class: `tile ${entry.verdict}`, "aria-hidden": "true" });
    title.append(` ${entry.verdict}: ${row.name} with ${cellName(column)}`);
    add(details, "p", { text: entry.sentence, class: "sentence" });
    facts(details, entry.facts);
    if (entry.facts.some(([label]) => label === "Ended")) {
      const sides = add(details, "div", { class: "sides" });
      if (entry.held && entry.against === entry.output) {
        stream(sides, "Output (its baseline’s is the same to the letter)", entry.output);
      } else {
        if (entry.held) stream(sides, "Output of its baseline", entry.against, there);
        stream(sides, "Output here", entry.output, here);
      }
      stream(details, "Standard error", entry.error);
    }
    add(details, "h3", { text: "Environment" });
    facts(details, column.facts);
    folded(details, "Installed packages (freeze)", column.freeze);
    folded(details, "What building the environment said", column.build);
  }

  function moveTo(cell) {
    current?.setAttribute("tabindex", "-1");
    current = cell;
    cell.setAttribute("tabindex", "0");
    cell.focus({ preventScroll: true });
    cell.scrollIntoView({ block: "nearest", inline: "nearest" });
  }

  // The address remembers the entry, so that it can be sent to a colleague.
  function followAddress() {
    const wanted = new URLSearchParams(location.hash.slice(1));
    const index = data.columns.findIndex((column) => column.key === wanted.get("cell"));
    const place = rows.find(({ row }) => row.path === wanted.get("example"));
    grid.querySelector(".selected")?.classList.remove("selected");
    if (!place?.row.entries[index]) {
      details.replaceChildren();
      if (wanted.has("cell")) add(details, "p", { text: "This report has no such entry." });
      return;
    }
    place.cells[index].classList.add("selected");
    moveTo(place.cells[index]);
    showDetails(place, index);
    details.querySelector("h2").scrollIntoView({ block: "nearest" });
  }

  function select(cell) {
    const [line, index] = cell.place;
    const { row } = rows[line];
    if (row.entries[index]) location.hash = addressOf(data.columns[index], row.path);
  }

  grid.addEventListener("click", (event) => {
    const cell = event.target.closest("td");
    if (cell) select(cell);
  });

  grid.addEventListener("keydown", (event) => {
    const cell = event.target.closest("td");
    if (!cell || event.altKey || event.ctrlKey || event.metaKey) return;
    const [line, index] = cell.place;
    const last = data.columns.length - 1;
    const target = {
      ArrowUp: [line - 1, index], ArrowDown: [line + 1, index], ArrowLeft: [line, index - 1],
      ArrowRight: [line, index + 1], Home: [line, 0], End: [line, last],
    }[event.key];
    if (event.key === "Enter" || event.key === " ") select(cell);
    else if (target) { if (rows[target[0]]?.cells[target[1]]) moveTo(rows[target[0]].cells[target[1]]); }
    else return;
    event.preventDefault();
  });

  function drawFailures() {
    const section = document.getElementById("failures");
    if (data.failures.length) add(section, "h2", { text: "What is not the same, by reason" });
    for (const failure of data.failures) {
      const fold = add(section, "details");
      const summary = add(fold, "summary");
      add(summary, "span", { text: failure.glyph, class: `tile ${failure.verdict}`, "aria-hidden": "true" });
      summary.append(` ${failure.entries.length} ${failure.verdict}: ${failure.reason}`);
      fold.addEventListener("toggle", () => {
        if (fold.querySelector("ul")) return;
        const list = add(fold, "ul");
        for (const [index, path] of failure.entries) {
          const column = data.columns[index];
          const name = rows.find(({ row }) => row.path === path).row.name;
          add(add(list, "li"), "a", { text: `${name}, ${cellName(column)}`, href: addressOf(column, path) });
        }
      });
    }
  }

  drawGrid();
  drawFailures();
  followAddress();
  window.addEventListener("hashchange", followAddress);
})();
