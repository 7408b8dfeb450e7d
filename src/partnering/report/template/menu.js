/* The menu of scenarios: buttons that show one family, and headers that sort. Without this the table is whole. */
"use strict";

const figure = document.getElementById("menu"), body = figure.querySelector("tbody");
const headers = [...figure.querySelectorAll("thead th")], rows = [...body.rows];
const family = headers.findIndex((header) => header.textContent === "Family");
const said = (row, column) => row.cells[column].textContent;
const number = (text) => Number(text.replace("\u2212", "-").replace("under", "").replace("over", "").replace(/[^-.0-9]/g, ""));

function button(text, className, press) {
  const made = document.createElement("button");
  Object.assign(made, { type: "button", className, textContent: text, onclick: press });
  return made;
}

headers.forEach((header, column) => {
  const numeric = header.classList.contains("number");
  const order = (a, b) => (numeric ? number(said(a, column)) - number(said(b, column)) : said(a, column).localeCompare(said(b, column)));
  const sort = () => {
    const down = header.getAttribute("aria-sort") === (numeric ? null : "ascending");
    headers.forEach((other) => other.removeAttribute("aria-sort"));
    header.setAttribute("aria-sort", down ? "descending" : "ascending");
    body.append(...rows.sort((a, b) => (down ? order(b, a) : order(a, b))));
  };
  header.replaceChildren(button(header.textContent, "sort", sort));
});

const filters = document.createElement("div"), names = ["All", ...new Set(rows.map((row) => said(row, family)))];
Object.assign(filters, { className: "filters", role: "group", ariaLabel: "Show one family" });
names.forEach((name) => filters.append(button(name, "", (event) => {
  for (const each of filters.children) each.setAttribute("aria-pressed", String(each === event.currentTarget));
  for (const row of rows) row.hidden = name !== "All" && said(row, family) !== name;
})));
figure.querySelector(".scroll").before(filters);
filters.firstChild.click();
