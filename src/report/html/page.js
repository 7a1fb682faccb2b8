"use strict";
(() => {
  const form = document.querySelector("form.filter");
  if (!form) return;
  const cards = [...document.querySelectorAll("article")];
  const rows = [...document.querySelectorAll(".timeline tbody tr")];
  const sections = [...document.querySelectorAll("section.findings, section.timeline")];
  const texts = new Map();
  const words = (card) => {
    if (!texts.has(card)) texts.set(card, card.textContent.toLowerCase());
    return texts.get(card);
  };
  const apply = () => {
    const wish = new FormData(form);
    const tenant = wish.get("tenant") || "";
    const family = wish.get("family") || "";
    const statuses = new Set(wish.getAll("status"));
    const text = (wish.get("text") || "").trim().toLowerCase();
    const fits = (data) => (!tenant || data.tenant === tenant || data.tenant === "*") && (!family || data.family === family);
    const wanted = (part) =>
      fits(part.dataset) && statuses.has(part.dataset.status) && (!text || words(part).includes(text));
    let shown = 0;
    let all = 0;
    for (const card of cards) {
      const count = Number(card.dataset.count);
      const show = wanted(card);
      card.hidden = !show;
      all += count;
      if (show) shown += count;
    }
    for (const row of rows) row.hidden = !wanted(row);
    for (const section of sections) section.hidden = !section.querySelector("article:not([hidden]), tbody tr:not([hidden])");
    form.querySelector("output").value = `${shown} / ${all}`;
  };
  form.hidden = false;
  form.addEventListener("input", apply);
  form.addEventListener("submit", (event) => event.preventDefault());
  apply();
})();
