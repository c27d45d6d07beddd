// Give each cell the name of its column, which narrow.css shows on a narrow screen.
document.addEventListener("DOMContentLoaded", () => {
  for (const table of document.querySelectorAll("table.docutils")) {
    const columns = [...table.querySelectorAll("thead th")].map((cell) => cell.textContent);
    for (const cell of table.querySelectorAll("tbody td")) {
      cell.dataset.column = columns[cell.cellIndex];
    }
  }
});
