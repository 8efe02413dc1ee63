"use strict";
// Keeps the form, the grid and the address in agreement: what is shown, and which entry is open.
(() => {
  const { data, add, plural } = page;
  const form = document.getElementById("filters");
  let open = ""; // the entry whose details are shown

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

  function fillForm(choices) {
    for (const name of filters.NAMES) {
      if (form.elements[name].value !== choices[name]) form.elements[name].value = choices[name];
    }
  }

  const rowAt = (path) => data.families.flatMap(({ rows }) => rows).find((row) => row.path === path);

  function showEntry(wanted) {
    const [index, row] = [data.columns.findIndex(({ key }) => key === wanted.get("cell")), rowAt(wanted.get("example"))];
    const found = Boolean(row?.entries[index]);
    grid.select(found ? row : null, index);
    if (open === `${index} ${row?.path}`) return;
    open = `${index} ${row?.path}`;
    if (found) details.show(row, index);
    else details.clear(wanted.has("cell") ? "This report has no such entry." : "");
  }

  // The address holds the choices and the entry that is open, so that it can be sent to others.
  function followAddress() {
    const choices = filters.fromAddress(location.hash);
    fillForm(choices);
    applyFilters(choices);
    showEntry(new URLSearchParams(location.hash.slice(1)));
  }

  form.addEventListener("input", (event) => {
    const changed = filters.address(location.hash, { [event.target.name]: event.target.value });
    // Typing must not fill the history of the browser.
    history.replaceState(null, "", changed);
    applyFilters(filters.fromAddress(changed));
  });
  form.addEventListener("submit", (event) => event.preventDefault());
  grid.onChoose((row, index) => {
    location.hash = filters.address(location.hash, { cell: data.columns[index].key, example: row.path });
  });

  page.load().then(() => {
    drawForm();
    followAddress();
    window.addEventListener("hashchange", followAddress);
    overview.draw(document.getElementById("overview"));
  });
})();
