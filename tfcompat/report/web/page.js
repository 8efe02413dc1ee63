"use strict";
// Lets form, grid and address say the same: what is shown, and which entry is open.
(() => {
  const { data, details, add, showDetails } = page;
  const form = document.getElementById("filters");

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
    grid.show(chosen);
    const { count, total } = chosen;
    document.getElementById("shown").textContent = count === total ? `${total} entries` : `${count} of ${total} entries`;
  }

  const rowAt = (path) => data.families.flatMap(({ rows }) => rows).find((row) => row.path === path);

  // The address remembers what is shown and which entry is open, so that it can be sent on.
  function followAddress() {
    const choices = filters.fromAddress(location.hash);
    for (const name of filters.NAMES) {
      if (form.elements[name].value !== choices[name]) form.elements[name].value = choices[name];
    }
    applyFilters(choices);
    const wanted = new URLSearchParams(location.hash.slice(1));
    const [index, row] = [data.columns.findIndex(({ key }) => key === wanted.get("cell")), rowAt(wanted.get("example"))];
    const found = Boolean(row?.entries[index]);
    grid.select(found ? row : null, index);
    if (page.open === `${index} ${row?.path}`) return;
    page.open = `${index} ${row?.path}`;
    details.replaceChildren();
    if (found) {
      showDetails(row, index);
      details.querySelector("h2").scrollIntoView({ block: "nearest" });
    } else if (wanted.has("cell")) {
      add(details, "p", { text: "This report has no such entry." });
    }
  }

  form.addEventListener("input", (event) => {
    const changed = filters.address(location.hash, { [event.target.name]: event.target.value });
    // Typing must not fill the history of the browser.
    history.replaceState(null, "", changed);
    applyFilters(filters.fromAddress(changed));
  });
  form.addEventListener("submit", (event) => event.preventDefault());
  grid.whenChosen((row, index) => {
    location.hash = filters.address(location.hash, { cell: data.columns[index].key, example: row.path });
  });

  page.load().then(() => {
    drawForm();
    followAddress();
    window.addEventListener("hashchange", followAddress);
    story.draw(document.getElementById("story"));
  });
})();
