"use strict";
// Draws the part of the grid that is in view. All rows have one height and all columns one width, so that
// this part can be calculated, and a grid of many thousand entries scrolls as quickly as a small one.
const grid = (() => {
  const { data, add, cellName } = page;
  const SIZE = 24; // of a column and of a row, in pixels, as in page.css
  const STEP = 4; // columns and rows are drawn in groups of so many, one group beyond what is in view
  const PAPER = 1040; // pixels across a printed page, which is landscape in page.css
  const LONGEST = 36; // letters of a release that are shown
  const NAMES = -1; // the place of the names, left of the first column
  const root = document.getElementById("grid");
  const box = root.parentElement;
  const [head, body] = [add(root, "div", { role: "row", class: "head" }), add(root, "div", { role: "rowgroup" })];
  add(head, "div", { role: "columnheader", class: "corner", text: "example", "aria-colindex": 1 });

  let shown = { lines: [], columns: [] };
  let drawn = ""; // which part was drawn last
  let scheduled = false; // whether the next frame draws
  let current = null; // {line, column}: the place in what is shown where the arrow keys are
  let open = null; // {row, index} of the entry whose details are shown; of an example, the index is NAMES
  let printing = false; // on paper everything is drawn

  const labelOf = (column) => [column.release, column.python, column.campaign].filter(Boolean).join(" ");

  function describe(row, index) {
    if (index === NAMES) return `${row.name}: all releases`;
    const entry = row.entries[index];
    const verdict = entry?.verdict ?? data.inferred[row.inferred[index]] ?? "not run";
    const predicted = entry?.breaks ? `; predicted breaks: ${entry.breaks}` : "";
    return `${row.name}, ${cellName(data.columns[index])}: ${verdict}${predicted}`;
  }

  // The first place that has to be drawn, and the one after the last, of so many places.
  function placesInView(scrolled, length, count) {
    if (printing) return [0, count];
    const first = Math.max(0, Math.floor(scrolled / SIZE / STEP) - 1) * STEP;
    const last = (Math.ceil((scrolled + length) / SIZE / STEP) + 1) * STEP;
    return [Math.min(first, count), Math.min(last, count)];
  }

  // Change only what differs: most of a grid stays as it is when it is scrolled.
  function update(element, changes) {
    for (const [name, value] of Object.entries(changes)) if (element[name] !== value) element[name] = value;
  }

  // Give an element a number of children, and return them: the first has one role, the others another.
  function setChildren(parent, count, first, others) {
    while (parent.childElementCount > count) parent.lastChild.remove();
    while (parent.childElementCount < count) add(parent, "div", { role: parent.firstChild ? others : first });
    return parent.children;
  }

  // The names stay at the left; the cells before the first one that is drawn are an empty space.
  function setSpace(cells, from) {
    if (cells[1]) cells[1].style.marginInlineStart = `${from * SIZE + 1}px`;
  }

  function drawColumnName(label, column) {
    if (label.column === column) return;
    label.column = column;
    label.replaceChildren();
    add(label, "span", { text: column.release });
    add(label, "small", { text: [" ", column.python, column.campaign].join(" ") });
  }

  function drawHead(from, to) {
    const labels = setChildren(head, to - from + 1, "columnheader", "columnheader");
    const releases = shown.columns.map((index) => data.columns[index].release);
    const repeated = new Set(releases).size < releases.length;
    for (let place = from; place < to; place += 1) {
      const column = data.columns[shown.columns[place]];
      const label = labels[place - from + 1];
      const className = repeated && column.release !== releases[place + 1] ? "release last" : "release";
      drawColumnName(label, column);
      update(label, { className, title: cellName(column), ariaColIndex: `${place + 2}` });
    }
    setSpace(labels, from);
  }

  // The number of breaks that are predicted stands in place of the sign that it fails.
  function signOf(row, index) {
    const entry = row.entries[index];
    if (entry?.verdict === "failed" && entry.breaks) return `${entry.breaks}`;
    return entry?.glyph ?? row.inferred[index] ?? "";
  }

  function classOf(row, hits, index) {
    const entry = row.entries[index];
    const names = row.inferred[index] ? ["tile", "inferred"] : [];
    if (entry) names.push("tile", "entry", hits[index] ? entry.verdict : "dim");
    if (entry?.is_baseline) names.push("baseline");
    if (row === open?.row && index === open.index) names.push("selected");
    return names.join(" ");
  }

  // In a narrow column the folder is cut before the file, and the file before the test in it.
  function drawName(label, name) {
    if (label.title === name) return;
    const test = name.lastIndexOf("::");
    const cut = test < 0 ? name.lastIndexOf("/") + 1 : test + 2;
    label.replaceChildren();
    label.title = name;
    add(label, "span", { text: name.slice(0, cut), class: "folder" });
    add(label, "span", { text: name.slice(cut) });
  }

  function drawLine(parent, line, from, to) {
    const { family, row, hits } = shown.lines[line];
    const cells = setChildren(parent, row ? to - from + 1 : 1, "rowheader", "gridcell");
    update(parent, { className: row ? "" : "family", ariaRowIndex: `${line + 2}` });
    update(cells[0], { ariaColIndex: "1", className: row && row === open?.row && open.index === NAMES ? "selected" : "" });
    cells[0].place = row ? { line, column: NAMES } : null;
    drawName(cells[0], row ? row.name : family.name);
    for (let place = from; row && place < to; place += 1) {
      const index = shown.columns[place];
      const cell = cells[place - from + 1];
      cell.place = { line, column: place };
      update(cell, {
        className: classOf(row, hits, index), textContent: signOf(row, index),
        title: "", ariaLabel: null, ariaColIndex: `${place + 2}`,
      });
    }
    setSpace(cells, from);
  }

  function draw() {
    scheduled = false;
    const rows = placesInView(box.scrollTop, box.clientHeight - head.offsetHeight, shown.lines.length);
    const columns = placesInView(box.scrollLeft, box.clientWidth - head.firstChild.offsetWidth, shown.columns.length);
    const wanted = [rows, columns].join();
    if (wanted !== drawn) {
      drawn = wanted;
      drawHead(...columns);
      const lines = setChildren(body, rows[1] - rows[0], "row", "row");
      for (let line = rows[0]; line < rows[1]; line += 1) drawLine(lines[line - rows[0]], line, ...columns);
      body.style.paddingTop = `${rows[0] * SIZE}px`;
    }
    const column = current?.column === NAMES ? 0 : current?.column - columns[0] + 1;
    mark(current && body.children[current.line - rows[0]]?.children[column]);
  }

  // Draw once before the next frame is shown, however often this is called until then.
  function drawSoon() {
    if (!scheduled) requestAnimationFrame(draw);
    scheduled = true;
  }

  function redraw() {
    drawn = "";
    drawSoon();
  }

  // Mark the one cell that the keyboard is at, and describe it to screen readers.
  function mark(cell) {
    root.querySelector("#current")?.removeAttribute("id");
    root.toggleAttribute("aria-activedescendant", false);
    if (!cell) return;
    cell.id = "current";
    const { line, column } = cell.place;
    cell.setAttribute("aria-label", describe(shown.lines[line].row, indexAt(column)));
    root.setAttribute("aria-activedescendant", "current");
  }

  // The number of the column at a place.
  const indexAt = (column) => (column === NAMES ? NAMES : shown.columns[column]);

  // Scroll so that a place can be seen beside the names and below the releases.
  function reveal({ line, column }) {
    const names = head.firstChild.offsetWidth;
    const nearest = (start, room, scrolled) => Math.min(start, Math.max(scrolled, start + SIZE - room));
    if (column !== NAMES) box.scrollLeft = nearest(column * SIZE, box.clientWidth - names, box.scrollLeft);
    box.scrollTop = nearest(line * SIZE, box.clientHeight - head.offsetHeight, box.scrollTop);
  }

  function moveTo(place) {
    current = place;
    reveal(place);
    drawSoon();
  }

  const placeOf = (row, index) => {
    const place = { line: shown.lines.findIndex((line) => line.row === row), column: shown.columns.indexOf(index) };
    return place.line >= 0 && (index === NAMES || place.column >= 0) ? place : null;
  };

  // Show what filters.choose returned.
  function show(chosen) {
    const kept = current && { row: shown.lines[current.line].row, index: indexAt(current.column) };
    shown = chosen;
    current = kept && placeOf(kept.row, kept.index);
    root.setAttribute("aria-rowcount", shown.lines.length + 1);
    root.setAttribute("aria-colcount", shown.columns.length + 1);
    root.style.setProperty("--columns", shown.columns.length);
    body.style.height = `${shown.lines.length * SIZE}px`;
    const longest = Math.max(0, ...shown.columns.map((index) => labelOf(data.columns[index]).length));
    root.style.setProperty("--letters", Math.min(longest + 3, LONGEST));
    root.style.setProperty("--name-letters", Math.max(8, ...shown.lines.map(({ row }) => row?.name.length ?? 0)));
    redraw();
  }

  // Mark the entry whose details are shown, and bring it into view where it is not filtered away.
  function select(row, index) {
    open = row && { row, index };
    const place = row && placeOf(row, index);
    if (place) moveTo(place);
    redraw();
  }

  // The next line upwards (-1) or downwards (1) that is an example.
  function nextRow(line, step) {
    let next = line + step;
    while (shown.lines[next] && !shown.lines[next].row) next += step;
    return next;
  }

  const KEYS = {
    ArrowUp: ({ line, column }) => ({ line: nextRow(line, -1), column }),
    ArrowDown: ({ line, column }) => ({ line: nextRow(line, 1), column }),
    ArrowLeft: ({ line, column }) => ({ line, column: column - 1 }),
    ArrowRight: ({ line, column }) => ({ line, column: column + 1 }),
    Home: ({ line }) => ({ line, column: 0 }),
    End: ({ line }) => ({ line, column: shown.columns.length - 1 }),
  };

  // The place that a key leads to; null where there is none.
  function destination(key) {
    const place = current ? KEYS[key](current) : { line: nextRow(-1, 1), column: 0 };
    return shown.lines[place.line] && (place.column === NAMES || place.column in shown.columns) ? place : null;
  }

  // Call a function with the row and the number of the column of each entry that is chosen; with the
  // row alone where its name is.
  function onChoose(call) {
    const choose = ({ line, column }) => {
      const [{ row }, index] = [shown.lines[line], indexAt(column)];
      if (index === NAMES) call(row);
      else if (row.entries[index]) call(row, index);
    };
    root.addEventListener("click", ({ target }) => {
      const place = target.closest("[role]").place;
      if (!place) return;
      moveTo(place);
      choose(place);
    });
    root.addEventListener("keydown", (event) => {
      if (event.altKey || event.ctrlKey || event.metaKey) return;
      if (Object.hasOwn(KEYS, event.key)) {
        const place = destination(event.key);
        if (place) moveTo(place);
      } else if ((event.key === "Enter" || event.key === " ") && current) choose(current);
      else return;
      event.preventDefault();
    });
  }

  // A tooltip is made when the pointer gets there.
  root.addEventListener("mouseover", ({ target }) => {
    const { place } = target;
    if (place && !target.title) target.title = describe(shown.lines[place.line].row, indexAt(place.column));
  });
  box.addEventListener("scroll", drawSoon, { passive: true });
  new ResizeObserver(drawSoon).observe(box);
  // Paper does not scroll: everything is drawn, and made smaller to fit as long as it can be read.
  window.addEventListener("beforeprint", () => {
    printing = true;
    drawn = "";
    draw();
    root.style.zoom = Math.max(0.35, Math.min(1, PAPER / root.offsetWidth));
  });
  window.addEventListener("afterprint", () => {
    printing = false;
    root.style.zoom = "";
    redraw();
  });

  // The entry or the example whose details are shown, as {row, index}; else null.
  const opened = () => open;

  return { show, select, opened, onChoose };
})();
