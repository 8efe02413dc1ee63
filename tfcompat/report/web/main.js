"use strict";
// Keeps the form, the grid and the address in agreement: what is shown, and which entry is open.
(() => {
  const { data, add, plural } = page;
  const form = document.getElementById("filters");
  const fold = document.getElementById("choose");
  let open = ""; // what is shown below the grid: an entry, an example or nothing
  let view = ""; // the part of the page that the address names

  function drawForm() {
    for (const [name, choices] of Object.entries(filters.options(data))) {
      const select = form.elements[name];
      if (name !== "sort") add(select, "option", { text: "all", value: "" });
      for (const [value, text] of Object.entries(choices)) add(select, "option", { text, value });
      select.parentElement.hidden = Object.keys(choices).length < 2;
    }
  }

  function applyFilters(choices) {
    const chosen = filters.choose(data, choices);
    const { count, total } = chosen;
    const entries = plural(total, "entry", "entries");
    grid.show(chosen);
    document.getElementById("shown").textContent = count === total ? entries : `${count} of ${entries}`;
  }

  // On a narrow page the choices are folded, and the button tells how many are made.
  function drawFold(choices) {
    const made = filters.NAMES.filter((name) => name !== "q" && choices[name]).length;
    fold.textContent = made ? `Filters: ${made} set` : "Filters";
  }

  function fillForm(choices) {
    for (const name of filters.NAMES) {
      if (form.elements[name].value !== choices[name]) form.elements[name].value = choices[name];
    }
  }

  const rowAt = (path) => data.families.flatMap(({ rows }) => rows).find((row) => row.path === path);

  function showEntry(wanted) {
    const [index, row] = [data.columns.findIndex(({ key }) => key === wanted.get("cell")), rowAt(wanted.get("example"))];
    const isExample = Boolean(row) && !wanted.has("cell");
    const isEntry = Boolean(row?.entries[index]);
    grid.select(isEntry || isExample ? row : null, index);
    const name = `${wanted.get("cell")} ${wanted.get("example")}`;
    if (open === name) return;
    open = name;
    if (isEntry) details.show(row, index);
    else if (isExample) details.showExample(row);
    else details.clear(wanted.has("cell") || wanted.has("example") ? "This report has no such entry." : "");
  }

  function showView(wanted) {
    if (view === wanted) return;
    view = wanted;
    overview.open(view);
  }

  // The address holds the choices and the entry that is open, so that it can be sent to others.
  function followAddress() {
    const choices = filters.fromAddress(location.hash);
    const wanted = new URLSearchParams(location.hash.slice(1));
    fillForm(choices);
    drawFold(choices);
    applyFilters(choices);
    showEntry(wanted);
    showView(wanted.get("view") ?? "");
  }

  function goTo(changes) {
    const changed = filters.address(location.hash, { view: "", ...changes });
    if (changed === (location.hash || "#")) return;
    // To set an address without any part would scroll to the top.
    history.pushState(null, "", changed);
    followAddress();
  }

  const showCell = (row, index) => goTo({ cell: data.columns[index].key, example: row.path });

  // Go to the next entry of the open example, before (-1) or after (1) the open one, where anything changed.
  function goToStep(direction) {
    const { row, index } = grid.opened() ?? {};
    const from = index >= 0 ? index : (direction > 0 ? -1 : data.columns.length);
    const next = row && timeline.nextStep(row, from, direction);
    if (next !== undefined) showCell(row, next);
  }

  form.addEventListener("input", (event) => {
    const changed = filters.address(location.hash, { [event.target.name]: event.target.value });
    // Typing must not fill the history of the browser.
    history.replaceState(null, "", changed);
    const choices = filters.fromAddress(changed);
    drawFold(choices);
    applyFilters(choices);
  });
  form.addEventListener("submit", (event) => event.preventDefault());
  fold.addEventListener("click", () => {
    const isOpen = form.classList.toggle("open");
    fold.setAttribute("aria-expanded", `${isOpen}`);
  });
  grid.onChoose((row, index) => {
    if (index === undefined) goTo({ cell: "", example: row.path });
    else showCell(row, index);
  });
  keys.listen({
    "?": keys.show,
    "/": () => form.elements.q.focus(),
    g: () => document.getElementById("grid").focus(),
    a: () => { if (grid.opened()) goTo({ cell: "", example: grid.opened().row.path }); },
    n: () => goToStep(1),
    p: () => goToStep(-1),
    Escape: () => goTo({ cell: "", example: "" }),
  });

  page.load().then(() => {
    drawForm();
    overview.draw(document.getElementById("overview"));
    followAddress();
    window.addEventListener("hashchange", followAddress);
  });
})();
