"use strict";
// The grid as a whole: where each example works, what each release broke, and why.
const overview = (() => {
  const { data, add, addShape, addTooltip, addFolded, cellName, runs } = page;
  const LINKS_SHOWN = 200; // at once

  const allRows = () => data.families.flatMap(({ rows }) => rows);
  // Without the choices of now, which could hide the entry.
  const address = (index, path) => filters.address("", { cell: data.columns[index].key, example: path });

  // Links to entries, which are [index of the column, path of the example].
  function addLinks(parent, entries) {
    const names = new Map(allRows().map((row) => [row.path, row.name]));
    const list = add(parent, "ul");
    for (const [index, path] of entries.slice(0, LINKS_SHOWN)) {
      const text = `${names.get(path)}, ${cellName(data.columns[index])}`;
      add(add(list, "li"), "a", { text, href: address(index, path) });
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
        add(line, "th", { text: row.name, scope: "row" });
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
      const tile = document.createElement("span");
      tile.className = `tile ${verdict}`;
      tile.setAttribute("aria-hidden", "true");
      tile.textContent = glyph;
      addFolded(parent, [tile, ` ${entries.length} ${verdict}: ${reason}`], (fold) => addLinks(fold, entries));
    }
  }

  function addPackages(parent, packages) {
    const table = add(parent, "table", { class: "packages" });
    for (const [name, versions, cells] of packages) {
      const line = add(table, "tr");
      add(line, "th", { text: name, scope: "row" });
      add(line, "td", { text: versions });
      add(line, "td", { text: cells });
    }
  }

  // Which verdicts differ in the newer one of two campaigns, and which packages changed between them.
  function addComparison(parent) {
    const { old, new: newer, summary, groups, packages } = data.comparison;
    add(parent, "h2", { text: `What changed from ${old} to ${newer}`, id: "changes" });
    add(parent, "p", { text: summary });
    for (const group of groups) {
      addFolded(parent, [`${group.entries.length} ${group.old} → ${group.new}: ${group.title}`], (fold) => {
        if (group.why.length) add(fold, "p", { text: `likely why: ${group.why.join("; ")}` });
        addLinks(fold, group.entries);
      });
    }
    if (packages.length) {
      addFolded(parent, [`Packages that moved (${packages.length})`], (fold) => addPackages(fold, packages));
    }
  }

  function draw(section) {
    if (data.comparison) addComparison(section);
    if (data.columns.length > 1) {
      add(section, "h2", { text: "Where each example works" });
      addFolded(section, ["A bar for each example, over the releases"], addBars);
      add(section, "h2", { text: "What each release broke and fixed" });
      addChanges(section);
    }
    if (data.failures.length) add(section, "h2", { text: "What is not the same, by reason" });
    addFailures(section);
  }

  return { segments, changes, draw };
})();
