// Runs inside a report and returns what is wrong with it, a line each.
({ theme }) => {
  const problems = [];
  const all = (selector, within = document) => [...within.querySelectorAll(selector)];
  const is_shown = element => element.getClientRects().length > 0;

  const ids = all("[id]").map(element => element.id);
  for (const id of new Set(ids.filter((id, place) => ids.indexOf(id) !== place))) problems.push(`two elements have the id ${id}`);
  for (const link of all("a[href^='#']")) {
    if (!document.getElementById(decodeURIComponent(link.getAttribute("href").slice(1)))) problems.push(`${link.getAttribute("href")} leads nowhere`);
  }
  for (const link of all("a[href]:not([href^='#'])")) {
    if (!/^https?:\/\//.test(link.getAttribute("href"))) problems.push(`a link of another kind: ${link.getAttribute("href")}`);
  }
  if (performance.getEntriesByType("resource").length) problems.push("something is loaded");
  if (all("img, iframe, object, embed, link, script[src]").length) problems.push("something is to be loaded");
  for (const label of all("[aria-labelledby]")) {
    if (!document.getElementById(label.getAttribute("aria-labelledby"))) problems.push(`no label ${label.getAttribute("aria-labelledby")}`);
  }

  // The theme of the system, then that of the button, then back.
  const channels = colour => (colour.match(/[\d.]+/g) || []).map(Number);
  const light = ([r, g, b]) => {
    const [x, y, z] = [r, g, b].map(c => c / 255).map(c => c <= 0.04045 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4);
    return 0.2126 * x + 0.7152 * y + 0.0722 * z;
  };
  const paper = () => light(channels(getComputedStyle(document.body).backgroundColor));
  delete document.documentElement.dataset.theme;
  const button = document.getElementById("theme");
  if ((paper() < 0.2) !== (theme === "dark")) problems.push(`the theme of the system is not followed: ${paper()}`);
  const before = paper();
  button.click();
  if (Math.abs(paper() - before) < 0.5) problems.push("the button does not change the theme");
  button.click();
  if (paper() !== before) problems.push("the button does not change the theme back");
  try { localStorage.removeItem("twinrail-theme"); } catch { /* It was not kept either. */ }
  delete document.documentElement.dataset.theme;

  const expand = document.getElementById("expand");
  const details = all("details"), were_open = details.map(one => one.open);
  expand.click();
  if (details.some(one => !one.open)) problems.push("not everything is expanded");

  // Text on what is behind it, while all of it is shown.
  const behind = element => {
    for (let at = element; at; at = at.parentElement) {
      const colour = channels(getComputedStyle(at).backgroundColor);
      if (colour.length === 3 || colour[3] > 0.99) return colour;
    }
    return [255, 255, 255];
  };
  const seen = new Set();
  const walker = document.createTreeWalker(document.querySelector("main"), NodeFilter.SHOW_TEXT);
  for (let count = 0; count < 6000 && walker.nextNode(); count += 1) {
    const element = walker.currentNode.parentElement;
    if (!walker.currentNode.data.trim() || element.closest("svg, script, style") || !is_shown(element)) continue;
    const [ink, ground] = [channels(getComputedStyle(element).color), behind(element)];
    const key = `${ink} on ${ground}`;
    if (seen.has(key)) continue;
    seen.add(key);
    const [low, high] = [light(ink), light(ground)].sort((a, b) => a - b);
    const contrast = (high + 0.05) / (low + 0.05);
    if (contrast < 4.5) problems.push(`contrast ${contrast.toFixed(2)}: ${key}: ${walker.currentNode.data.trim().slice(0, 40)}`);
  }
  for (const meter of all(".meter")) {
    const { width, height } = meter.getBoundingClientRect();
    if (width < 20 || height < 5 || !meter.querySelector("title").textContent.trim()) problems.push(`a bar of ${width} by ${height}: ${meter.textContent}`);
  }
  for (const row of all(".load tr")) {
    if (row.classList.contains("binds") && !row.querySelector(".meter.bad")) problems.push(`what binds is not full: ${row.textContent}`);
  }
  for (const figure of all(".schedule")) {
    const bars = all(".held", figure), ground = figure.querySelector(".ground").getBoundingClientRect();
    if (!bars.length || !all(".legend li", figure).length) problems.push(`a week without bars or legend: ${figure.textContent.slice(0, 60)}`);
    for (const bar of bars) {
      const { left, right, top, bottom } = bar.getBoundingClientRect();
      const sticks_out = left < ground.left - 2 || right > ground.right + 2 || top < ground.top - 2 || bottom > ground.bottom + 2;
      if (sticks_out || !bar.querySelector("title").textContent.trim()) problems.push(`a job outside of its week: ${bar.textContent}`);
    }
  }
  for (const chart of all(".week, .columns, .band-chart, .swings")) {
    if (!chart.querySelector("svg > title").textContent.trim() || chart.getBoundingClientRect().height < 60) problems.push(`a picture of nothing: ${chart.textContent.slice(0, 60)}`);
    if (all("[d*=NaN], [y*=NaN], [x*=NaN], [height*='-']", chart).length) problems.push(`a picture with no number: ${chart.textContent.slice(0, 60)}`);
  }
  expand.click();
  if (details.some(one => one.open)) problems.push("not everything is collapsed");
  details.forEach((one, place) => { one.open = were_open[place]; });

  for (const form of all("form[data-filter]")) {
    const items = all("[data-item]", document.getElementById(form.dataset.filter));
    const shown = () => items.filter(item => !item.hidden);
    const set = (control, value) => { control.value = value; control.dispatchEvent(new Event("input", { bubbles: true })); };
    for (const select of all("select", form)) {
      for (const option of select.options) {
        set(select, option.value);
        const fits = items.filter(item => !option.value || item.dataset[select.name] === option.value);
        if (shown().length !== fits.length) problems.push(`filter ${form.dataset.filter} ${select.name}=${option.value}: ${shown().length} of ${fits.length}`);
      }
      set(select, "");
    }
    set(form.elements.text, "no such words");
    if (shown().length) problems.push(`filter ${form.dataset.filter}: words that are nowhere are found`);
    if (items.length && !form.querySelector("output").textContent.startsWith("0 of")) problems.push(`filter ${form.dataset.filter}: no count`);
    form.elements.text.dispatchEvent(new KeyboardEvent("keydown", { key: "Escape", bubbles: true }));
    if (shown().length !== items.length) problems.push(`filter ${form.dataset.filter}: Escape does not reset it`);
  }

  for (const note of all(".outages sup a")) {
    const target = document.getElementById(note.getAttribute("href").slice(1));
    if (!target || !target.closest(".notes") || target.textContent.trim().length < 10) problems.push(`the note ${note.getAttribute("href")} says nothing`);
  }
  for (const cell of all(".outages td.number")) {
    if (/[≥?]/.test(cell.textContent) && !cell.querySelector("sup a")) problems.push(`no reason for ${cell.textContent.trim()}`);
  }
  for (const record of all(".record")) {
    const heads = all("h4", record).map(head => head.textContent);
    for (const head of ["Context and problem", "Considered options", "Decision outcome", "Pros and cons of the options"]) {
      if (!heads.includes(head)) problems.push(`a decision without ${head}`);
    }
    if (!all(".option", record).every(option => option.querySelector(".evidence"))) problems.push("an option without evidence");
  }

  for (const figure of all(".timeline")) {
    const slider = figure.querySelector("input"), cursor = figure.querySelector(".cursor"), output = figure.querySelector("output");
    const at = value => { slider.value = value; slider.dispatchEvent(new Event("input", { bubbles: true })); return [cursor.getAttribute("x1"), output.textContent].join(" "); };
    const places = [0, 250, 500, 1000].map(at);
    if (new Set(places).size !== places.length) problems.push(`the cursor of ${figure.id} stands still: ${places}`);
    at(0);
  }
  scrollTo(0, 0);
  return problems;
}
