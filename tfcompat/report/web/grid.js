"use strict";
// Draws the part of the grid that is in view. All rows have one height and all columns one width, so what
// is in view is arithmetic, and a grid of many thousand entries moves as quickly as a small one.
const grid = (() => {
  const { data, add, cellName } = page;
  const SIZE = 24; // of a column and of a row, in pixels, as in page.css
  const STEP = 4; // columns and rows are drawn by so many, and so many more than are in view
  const PAPER = 1040; // pixels that fit on a page, which page.css lays across
  const LONGEST = 36; // letters of a release that are shown
  const root = document.getElementById("grid");
  const box = root.parentElement;
  const [head, body] = [add(root, "div", { role: "row", class: "head" }), add(root, "div", { role: "rowgroup" })];
  add(head, "div", { role: "columnheader", class: "corner", text: "example", "aria-colindex": 1 });

  let shown = { lines: [], columns: [] };
  let drawn = ""; // which part was drawn last
  let awaited = false; // whether the next frame draws
  let current = null; // {line, column}: places in what is shown, where the arrow keys are
  let open = null; // {row, index} of the entry whose details are shown
  let whole = false; // for paper, everything is drawn

  const labelOf = (column) => [column.release, column.python, column.campaign].filter(Boolean).join(" ");

  function describe(row, index) {
    const what = row.entries[index]?.verdict ?? data.inferred[row.inferred[index]] ?? "not run";
    return `${row.name}, ${cellName(data.columns[index])}: ${what}`;
  }

  // From where to where one has to draw what is in view.
  function part(scrolled, length, count) {
    if (whole) return [0, count];
    const first = Math.max(0, Math.floor(scrolled / SIZE / STEP) - 1) * STEP;
    const last = (Math.ceil((scrolled + length) / SIZE / STEP) + 1) * STEP;
    return [Math.min(first, count), Math.min(last, count)];
  }

  // Change what is there rather than making it anew: most of a grid stays as it is when it moves.
  function set(element, changes) {
    for (const [name, value] of Object.entries(changes)) if (element[name] !== value) element[name] = value;
  }

  // Give an element so many children, the first of one role and the others of another.
  function furnish(parent, count, first, others) {
    while (parent.childElementCount > count) parent.lastChild.remove();
    while (parent.childElementCount < count) add(parent, "div", { role: parent.firstChild ? others : first });
    return parent.children;
  }

  // The names stay at the left; what is left out before the first cell is an empty space.
  function space(parts, from) {
    if (parts[1]) parts[1].style.marginInlineStart = `${from * SIZE + 1}px`;
  }

  function drawHead(from, to) {
    const several = new Set(shown.columns.map((index) => data.columns[index].release)).size < shown.columns.length;
    const parts = furnish(head, to - from + 1, "columnheader", "columnheader");
    for (let place = from; place < to; place += 1) {
      const column = data.columns[shown.columns[place]];
      const label = parts[place - from + 1];
      if (label.column !== column) {
        label.column = column;
        label.replaceChildren();
        add(label, "span", { text: column.release });
        add(label, "small", { text: [" ", column.python, column.campaign].join(" ") });
      }
      const next = data.columns[shown.columns[place + 1]];
      const className = several && column.release !== next?.release ? "release last" : "release";
      set(label, { className, title: cellName(column), ariaColIndex: `${place + 2}` });
    }
    space(parts, from);
  }

  function classOf(row, hits, index) {
    const [entry, sign] = [row.entries[index], row.inferred[index]];
    const words = entry ? ["tile", "entry", hits[index] ? entry.verdict : "dim"] : sign ? ["tile", "inferred"] : [];
    if (entry?.baseline) words.push("baseline");
    if (row === open?.row && index === open.index) words.push("selected");
    return words.join(" ");
  }

  // Where room is short, the folder gives way to the file.
  function drawName(part, name) {
    const cut = name.lastIndexOf("/") + 1;
    part.replaceChildren();
    part.title = name;
    add(part, "span", { text: name.slice(0, cut), class: "folder" });
    add(part, "span", { text: name.slice(cut) });
  }

  function drawLine(parent, line, from, to) {
    const { family, row, hits } = shown.lines[line];
    const parts = furnish(parent, row ? to - from + 1 : 1, "rowheader", "gridcell");
    const name = row ? row.name : family.name;
    set(parent, { className: row ? "" : "family", ariaRowIndex: `${line + 2}` });
    set(parts[0], { ariaColIndex: "1" });
    if (parts[0].title !== name) drawName(parts[0], name);
    for (let place = from; row && place < to; place += 1) {
      const index = shown.columns[place];
      const cell = parts[place - from + 1];
      cell.place = { line, column: place };
      set(cell, {
        className: classOf(row, hits, index), textContent: row.entries[index]?.glyph ?? row.inferred[index] ?? "",
        title: "", ariaLabel: null, ariaColIndex: `${place + 2}`,
      });
    }
    space(parts, from);
  }

  function draw() {
    awaited = false;
    const rows = part(box.scrollTop, box.clientHeight - head.offsetHeight, shown.lines.length);
    const columns = part(box.scrollLeft, box.clientWidth - head.firstChild.offsetWidth, shown.columns.length);
    const wanted = [rows, columns].join();
    if (wanted !== drawn) {
      drawn = wanted;
      drawHead(...columns);
      const lines = furnish(body, rows[1] - rows[0], "row", "row");
      for (let line = rows[0]; line < rows[1]; line += 1) drawLine(lines[line - rows[0]], line, ...columns);
      body.style.paddingTop = `${rows[0] * SIZE}px`;
    }
    mark(current && body.children[current.line - rows[0]]?.children[current.column - columns[0] + 1]);
  }

  // Draw before the next frame is shown, however often that is asked for until then.
  function drawSoon() {
    if (!awaited) requestAnimationFrame(draw);
    awaited = true;
  }

  function drawAnew() {
    drawn = "";
    drawSoon();
  }

  // The one cell that the keyboard is at; screen readers are told what it is.
  function mark(cell) {
    root.querySelector("#current")?.removeAttribute("id");
    root.toggleAttribute("aria-activedescendant", false);
    if (!cell) return;
    cell.id = "current";
    const { line, column } = cell.place;
    cell.setAttribute("aria-label", describe(shown.lines[line].row, shown.columns[column]));
    root.setAttribute("aria-activedescendant", "current");
  }

  // Scroll so that a place can be seen beside the names and below the releases.
  function reveal({ line, column }) {
    const name = head.firstChild.offsetWidth;
    const spare = (start, room, scrolled) => Math.min(start, Math.max(scrolled, start + SIZE - room));
    box.scrollLeft = spare(column * SIZE, box.clientWidth - name, box.scrollLeft);
    box.scrollTop = spare(line * SIZE, box.clientHeight - head.offsetHeight, box.scrollTop);
  }

  function moveTo(place) {
    current = place;
    reveal(place);
    drawSoon();
  }

  const placeOf = (row, index) => {
    const place = { line: shown.lines.findIndex((line) => line.row === row), column: shown.columns.indexOf(index) };
    return place.line >= 0 && place.column >= 0 ? place : null;
  };

  // Show what filters.choose chose.
  function show(chosen) {
    const kept = current && { row: shown.lines[current.line].row, index: shown.columns[current.column] };
    shown = chosen;
    current = kept && placeOf(kept.row, kept.index);
    root.setAttribute("aria-rowcount", shown.lines.length + 1);
    root.setAttribute("aria-colcount", shown.columns.length + 1);
    root.style.setProperty("--columns", shown.columns.length);
    body.style.height = `${shown.lines.length * SIZE}px`;
    const longest = Math.max(0, ...shown.columns.map((index) => labelOf(data.columns[index]).length));
    root.style.setProperty("--letters", Math.min(longest + 3, LONGEST));
    root.style.setProperty("--name-letters", Math.max(8, ...shown.lines.map(({ row }) => row?.name.length ?? 0)));
    drawAnew();
  }

  // Mark the entry whose details are shown, and bring it into view where it is not filtered away.
  function select(row, index) {
    open = row && { row, index };
    const place = row && placeOf(row, index);
    if (place) moveTo(place);
    drawAnew();
  }

  // Where a key leads to from the current place; null where it leads nowhere.
  function led(key) {
    if (!current) {
      const line = shown.lines.findIndex(({ row }) => row);
      return line >= 0 && shown.columns.length ? { line, column: 0 } : null;
    }
    const { line, column } = current;
    const row = (step) => {
      let next = line + step;
      while (shown.lines[next] && !shown.lines[next].row) next += step;
      return next;
    };
    const target = {
      ArrowUp: () => [row(-1), column], ArrowDown: () => [row(1), column], ArrowLeft: () => [line, column - 1],
      ArrowRight: () => [line, column + 1], Home: () => [line, 0], End: () => [line, shown.columns.length - 1],
    }[key]();
    return shown.lines[target[0]] && target[1] in shown.columns ? { line: target[0], column: target[1] } : null;
  }

  const KEYS = new Set(["ArrowUp", "ArrowDown", "ArrowLeft", "ArrowRight", "Home", "End"]);

  // Have a function called with the row and the column of each entry that is chosen.
  function whenChosen(call) {
    const choose = ({ line, column }) => {
      const [{ row }, index] = [shown.lines[line], shown.columns[column]];
      if (row.entries[index]) call(row, index);
    };
    root.addEventListener("click", ({ target }) => {
      const { place } = target;
      if (!place) return;
      moveTo(place);
      choose(place);
    });
    root.addEventListener("keydown", (event) => {
      if (event.altKey || event.ctrlKey || event.metaKey) return;
      if (KEYS.has(event.key)) {
        const place = led(event.key);
        if (place) moveTo(place);
      } else if ((event.key === "Enter" || event.key === " ") && current) choose(current);
      else return;
      event.preventDefault();
    });
  }

  // A tooltip is made when it is wanted.
  root.addEventListener("mouseover", ({ target }) => {
    const { place } = target;
    if (place && !target.title) target.title = describe(shown.lines[place.line].row, shown.columns[place.column]);
  });
  box.addEventListener("scroll", drawSoon, { passive: true });
  new ResizeObserver(drawSoon).observe(box);
  // Paper does not scroll: everything is drawn, as small as it must be to fit and can be to be read.
  window.addEventListener("beforeprint", () => {
    whole = true;
    drawn = "";
    draw();
    root.style.zoom = Math.max(0.35, Math.min(1, PAPER / root.offsetWidth));
  });
  window.addEventListener("afterprint", () => {
    whole = false;
    root.style.zoom = "";
    drawAnew();
  });

  return { show, select, whenChosen };
})();
