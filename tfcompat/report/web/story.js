"use strict";
// What the grid says as a whole: where each example works, what each release broke, and why.
const story = (() => {
  const { data, add, shape, explain, cellName } = page;
  const RUNS = new Set(["same", "different"]);
  const allRows = () => data.families.flatMap(({ rows }) => rows);
  // Of the entry alone: what is chosen now could hide it.
  const address = (index, path) => filters.address("", { cell: data.columns[index].key, example: path });

  const MANY = 200; // links that are written at once

  function links(parent, entries) {
    const names = new Map(allRows().map((row) => [row.path, row.name]));
    const list = add(parent, "ul");
    for (const [index, path] of entries.slice(0, MANY)) {
      const text = `${names.get(path)}, ${cellName(data.columns[index])}`;
      add(add(list, "li"), "a", { text, href: address(index, path) });
    }
    const rest = entries.slice(MANY);
    if (!rest.length) return;
    const more = add(parent, "button", { type: "button", text: `${Math.min(rest.length, MANY)} more of ${rest.length}` });
    more.addEventListener("click", () => {
      more.remove();
      links(parent, rest);
    });
  }

  // A part of the page that is filled when it is first opened.
  function folded(parent, title, fill) {
    const fold = add(parent, "details");
    const summary = add(fold, "summary");
    summary.append(...title);
    fold.addEventListener("toggle", () => { if (fold.childElementCount === 1) fill(fold); });
    return fold;
  }

  const stateOf = (row, index) => row.entries[index]?.verdict ?? (row.inferred[index] === "." ? "inferred" : "none");

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
  function drawBar(parent, row) {
    const count = data.columns.length;
    const bar = shape(parent, "svg", {
      class: "bar", viewBox: `0 0 ${count} 1`, preserveAspectRatio: "none", "aria-hidden": "true",
    });
    for (const [state, parts] of Map.groupBy(segments(row), (segment) => segment.state)) {
      shape(bar, "path", { class: state, d: parts.map(({ from, to }) => `M${from} 0H${to + 1}V1H${from}z`).join("") });
    }
    explain(bar, count, (index) => `${cellName(data.columns[index])}: ${stateOf(row, index)}`);
  }

  function drawBars(parent) {
    for (const { name, rows } of data.families) {
      const table = add(parent, "table", { class: "bars" });
      add(table, "caption", { text: name });
      for (const row of rows) {
        const line = add(table, "tr");
        add(line, "th", { text: row.name, scope: "row" });
        const runs = row.entries.flatMap((entry, index) => (RUNS.has(entry?.verdict) ? [index] : []));
        const ends = [runs.at(0), runs.at(-1)].map((index) => data.columns[index]?.release);
        const said = runs.length ? `runs with ${[...new Set(ends)].join(" … ")}` : "runs with none";
        drawBar(add(line, "td"), row);
        add(line, "td", { text: said });
      }
    }
  }

  // What changes from each release to the next one of its campaign that was tried.
  function changes() {
    const found = new Map();
    const note = (index, kind, path) => {
      if (!found.has(index)) found.set(index, { broke: [], changed: [], fixed: [] });
      found.get(index)[kind].push([index, path]);
    };
    for (const row of allRows()) {
      const before = new Map();
      row.entries.forEach((entry, index) => {
        const { campaign } = data.columns[index];
        if (!entry || !(RUNS.has(entry.verdict) || entry.verdict === "failed")) return;
        const old = before.get(campaign);
        if (old && RUNS.has(old) && entry.verdict === "failed") note(index, "broke", row.path);
        else if (old === "failed" && RUNS.has(entry.verdict)) note(index, "fixed", row.path);
        else if (old === "same" && entry.verdict === "different") note(index, "changed", row.path);
        before.set(campaign, entry.verdict);
      });
    }
    return [...found].sort(([a], [b]) => a - b);
  }

  function drawChanges(parent) {
    for (const [index, { broke, changed, fixed }] of changes()) {
      const words = [[broke, "no longer run"], [changed, "print something else"], [fixed, "run now"]];
      const said = words.filter(([entries]) => entries.length).map(([entries, what]) => `${entries.length} ${what}`);
      folded(parent, [`${cellName(data.columns[index])}: ${said.join(", ")}`], (fold) => {
        for (const [entries, what] of words) {
          if (!entries.length) continue;
          add(fold, "h3", { text: what });
          links(fold, entries);
        }
      });
    }
  }

  function drawFailures(parent) {
    for (const failure of data.failures) {
      const tile = document.createElement("span");
      tile.className = `tile ${failure.verdict}`;
      tile.setAttribute("aria-hidden", "true");
      tile.textContent = failure.glyph;
      folded(parent, [tile, ` ${failure.entries.length} ${failure.verdict}: ${failure.reason}`],
        (fold) => links(fold, failure.entries));
    }
  }

  // What is another verdict in the newer one of two campaigns, and which packages moved between them.
  function drawComparison(section) {
    const { old, new: newer, summary, groups, drift } = data.comparison;
    add(section, "h2", { text: `What changed from ${old} to ${newer}`, id: "changes" });
    add(section, "p", { text: summary });
    for (const group of groups) {
      folded(section, [`${group.entries.length} ${group.old} → ${group.new}: ${group.title}`], (fold) => {
        if (group.why.length) add(fold, "p", { text: `likely why: ${group.why.join("; ")}` });
        links(fold, group.entries);
      });
    }
    if (!drift.length) return;
    folded(section, [`Packages that moved (${drift.length})`], (fold) => {
      const table = add(fold, "table", { class: "drift" });
      for (const [name, versions, cells] of drift) {
        const line = add(table, "tr");
        add(line, "th", { text: name, scope: "row" });
        add(line, "td", { text: versions });
        add(line, "td", { text: cells === 1 ? "1 cell" : `${cells} cells` });
      }
    });
  }

  function draw(section) {
    if (data.comparison) drawComparison(section);
    if (data.columns.length > 1) {
      add(section, "h2", { text: "Where each example works" });
      folded(section, ["A bar for each example, over the releases"], drawBars);
      add(section, "h2", { text: "What each release broke and fixed" });
      drawChanges(section);
    }
    if (data.failures.length) add(section, "h2", { text: "What is not the same, by reason" });
    drawFailures(section);
  }

  return { segments, changes, draw };
})();
