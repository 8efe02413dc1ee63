"use strict";
// The grid as a whole: where each example works, what each release broke, and why.
const overview = (() => {
  const { data, add, addShape, addTooltip, addFolded, addTile, addLink, cellName, runs } = page;
  const LINKS_SHOWN = 200; // at once

  const allRows = () => data.families.flatMap(({ rows }) => rows);

  // Links to entries, which are [index of the column, path of the example].
  function addLinks(parent, entries) {
    const names = new Map(allRows().map((row) => [row.path, row.name]));
    const list = add(parent, "ul");
    for (const [index, path] of entries.slice(0, LINKS_SHOWN)) {
      const text = `${names.get(path)}, ${cellName(data.columns[index])}`;
      addLink(add(list, "li"), text, { cell: data.columns[index].key, example: path });
    }
    const rest = entries.slice(LINKS_SHOWN);
    if (!rest.length) return;
    const text = `${Math.min(rest.length, LINKS_SHOWN)} more of ${rest.length}`;
    const button = add(parent, "button", { type: "button", text });
    button.addEventListener("click", () => {
      button.remove();
      addLinks(parent, rest);
    });
  }

  function stateOf(row, index) {
    const inferred = row.inferred[index] === data.inferred_to_run ? "inferred" : "none";
    return row.entries[index]?.verdict ?? inferred;
  }

  // Neighbours of one state, as {state, from, to}: numbers of columns, both among them.
  function segments(row) {
    const found = [];
    row.entries.forEach((_, index) => {
      const state = stateOf(row, index);
      const last = found.at(-1);
      if (last?.state === state) last.to = index;
      else found.push({ state, from: index, to: index });
    });
    return found;
  }

  // One path for all segments of a state.
  function addBar(parent, row) {
    const count = data.columns.length;
    const bar = addShape(parent, "svg", {
      class: "bar", viewBox: `0 0 ${count} 1`, preserveAspectRatio: "none", "aria-hidden": "true",
    });
    for (const [state, parts] of Map.groupBy(segments(row), (segment) => segment.state)) {
      addShape(bar, "path", { class: state, d: parts.map(({ from, to }) => `M${from} 0H${to + 1}V1H${from}z`).join("") });
    }
    addTooltip(bar, count, (index) => `${cellName(data.columns[index])}: ${stateOf(row, index)}`);
  }

  function addBars(parent) {
    for (const { name, rows } of data.families) {
      const table = add(parent, "table", { class: "bars" });
      add(table, "caption", { text: name });
      for (const row of rows) {
        const line = add(table, "tr");
        addLink(add(line, "th", { scope: "row" }), row.name, { example: row.path });
        addBar(add(line, "td"), row);
        add(line, "td", { text: `runs with ${row.runs_with}` });
      }
    }
  }

  // What changed for an example from one verdict to the next; undefined where nothing of note did.
  function changeBetween(before, after) {
    if (runs(before) && after.verdict === "failed") return "broke";
    if (before?.verdict === "failed" && runs(after)) return "fixed";
    if (before?.verdict === "same" && after.verdict === "different") return "changed";
    return undefined;
  }

  // What changes from each release to the next one of its campaign that was tried, by index of its column:
  // [index, {broke, changed, fixed}], each of which has the entries.
  function changes() {
    const found = new Map();
    for (const row of allRows()) {
      const last = new Map(); // the last entry of each campaign that tells whether the example runs
      row.entries.forEach((entry, index) => {
        if (!runs(entry) && entry?.verdict !== "failed") return;
        const { campaign } = data.columns[index];
        const change = changeBetween(last.get(campaign), entry);
        last.set(campaign, entry);
        if (!change) return;
        if (!found.has(index)) found.set(index, { broke: [], changed: [], fixed: [] });
        found.get(index)[change].push([index, row.path]);
      });
    }
    return [...found].sort(([a], [b]) => a - b);
  }

  function addChanges(parent) {
    for (const [index, { broke, changed, fixed }] of changes()) {
      const kinds = [[broke, "no longer run"], [changed, "print something else"], [fixed, "run now"]]
        .filter(([entries]) => entries.length);
      const counts = kinds.map(([entries, what]) => `${entries.length} ${what}`).join(", ");
      addFolded(parent, [`${cellName(data.columns[index])}: ${counts}`], (fold) => {
        for (const [entries, what] of kinds) {
          add(fold, "h3", { text: what });
          addLinks(fold, entries);
        }
      });
    }
  }

  function addFailures(parent) {
    for (const { verdict, glyph, reason, entries } of data.failures) {
      const tile = addTile(parent, verdict, glyph);
      addFolded(parent, [tile, ` ${entries.length} ${verdict}: ${reason}`], (fold) => addLinks(fold, entries));
    }
  }

  // A part of the page with a title, and with a name by which an address opens it.
  function addView(section, name, title) {
    const view = add(section, "section", { id: `view-${name}` });
    const head = add(view, "h2", { text: `${title} ` });
    const link = addLink(head, "#", { view: name });
    link.className = "anchor";
    link.setAttribute("aria-label", `Link to: ${title}`);
    return view;
  }

  function draw(section) {
    if (data.comparison) {
      const { old, new: newer } = data.comparison;
      comparison.draw(addView(section, "compare", `What changed from ${old} to ${newer}`), addLinks);
    }
    if (data.columns.length > 1) {
      addFolded(addView(section, "bars", "Where each example works"), ["A bar for each example, over the releases"], addBars);
      addChanges(addView(section, "changes", "What each release broke and fixed"));
    }
    if (data.failures.length) addFailures(addView(section, "reasons", "What is not the same, by reason"));
  }

  // Show the part that an address names.
  function open(name) {
    const view = document.getElementById(`view-${name}`);
    const folds = view?.querySelectorAll("details") ?? [];
    if (folds.length === 1) folds[0].open = true;
    view?.scrollIntoView();
  }

  return { segments, changes, draw, open };
})();
