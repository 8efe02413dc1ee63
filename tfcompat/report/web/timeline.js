"use strict";
// One example over the releases: all of them in one column, and what changed from which one to which.
const timeline = (() => {
  const { data, add, addLink, addTile, plural } = page;

  // The number of the column of the next entry before (-1) or after (1) a column at which anything changed.
  function nextStep(row, index, direction) {
    const places = row.steps.map(({ at }) => at).filter((at) => (at - index) * direction > 0);
    return places.length ? places.reduce((a, b) => ((a - b) * direction < 0 ? a : b)) : undefined;
  }

  const nameOf = (release, python) => [release, python && `Python ${python}`].filter(Boolean).join(", ");

  // What changed at a place, on lines of their own.
  function addChanges(parent, step) {
    for (const [what, number] of step.changes) {
      const line = add(parent, "div");
      add(line, "b", { text: what });
      line.append(` ${data.texts[number] ?? ""}`);
    }
    const { release, python } = data.columns[step.from];
    add(parent.lastChild, "small", { text: ` from ${nameOf(release, python)}` });
  }

  function addEntry(table, row, index, step, isFirst) {
    const entry = row.entries[index];
    const line = add(table, "tr", { class: step ? "changed" : "unchanged" });
    const sign = row.inferred[index];
    if (entry) addTile(add(line, "td"), entry.verdict, entry.glyph, entry.is_baseline ? "baseline" : "");
    else addTile(add(line, "td"), sign ? "inferred" : "none", sign ?? "");
    const head = add(line, "th", { scope: "row" });
    const { release, python } = data.columns[index];
    const name = nameOf(release, python);
    if (entry) addLink(head, name, { cell: data.columns[index].key, example: row.path });
    else head.textContent = name;
    const what = add(line, "td");
    if (step) addChanges(what, step);
    else if (entry && isFirst) what.textContent = entry.sentence;
    else if (!entry) what.textContent = data.inferred[sign] ?? "not run";
  }

  // All columns of one campaign, from the oldest release to the newest.
  function addColumn(parent, row, campaign) {
    const side = add(parent, "div");
    if (campaign) add(side, "h3", { text: campaign });
    const table = add(side, "table", { class: "history" });
    const steps = new Map(row.steps.map((step) => [step.at, step]));
    const places = [...data.columns.keys()].filter((index) => data.columns[index].campaign === campaign);
    const first = places.find((index) => row.entries[index]);
    for (const index of places) addEntry(table, row, index, steps.get(index), index === first);
  }

  function addChoice(parent, tables) {
    const label = add(parent, "label", { class: "choice" });
    const box = add(label, "input", { type: "checkbox" });
    label.append(" only where something changed");
    box.addEventListener("change", () => tables.classList.toggle("short", box.checked));
  }

  // Show an example in a part of the page.
  function show(root, row) {
    root.replaceChildren();
    add(root, "h2", { text: `${row.name} over the releases` });
    const tried = row.entries.filter(Boolean).length;
    const changes = plural(row.steps.length, "change");
    add(root, "p", { class: "sentence", text: `runs with ${row.runs_with}; tried in ${plural(tried, "cell")}, ${changes}` });
    const tables = document.createElement("div");
    tables.className = "sides";
    if (row.steps.length) addChoice(root, tables);
    root.append(tables);
    for (const campaign of new Set(data.columns.map((column) => column.campaign))) addColumn(tables, row, campaign);
    root.querySelector("h2").scrollIntoView({ block: "nearest" });
  }

  return { nextStep, show };
})();
