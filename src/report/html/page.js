"use strict";
(() => {
  const form = document.querySelector("form.filter");
  if (!form) return;
  const cards = [...document.querySelectorAll("article")];
  const rows = [...document.querySelectorAll(".timeline tbody tr")];
  const sections = [...document.querySelectorAll("section.findings")];
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
    let shown = 0;
    let all = 0;
    for (const card of cards) {
      const count = Number(card.dataset.count);
      const show = fits(card.dataset) && statuses.has(card.dataset.status) && (!text || words(card).includes(text));
      card.hidden = !show;
      all += count;
      if (show) shown += count;
    }
    for (const row of rows) row.hidden = !fits(row.dataset);
    for (const section of sections) section.hidden = !section.querySelector("article:not([hidden])");
    form.querySelector("output").value = `${shown} / ${all}`;
  };
  form.hidden = false;
  form.addEventListener("input", apply);
  form.addEventListener("submit", (event) => event.preventDefault());
  apply();
})();
