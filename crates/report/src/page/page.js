// What a page without scripts lacks: filters, the theme, expanding all, the cursor of timelines. It reads what stands in the page and sends nothing.
"use strict";
(() => {
  const root = document.documentElement;
  const all = (selector, within = document) => [...within.querySelectorAll(selector)];
  root.classList.add("scripted");

  // A page that was opened from a file may not be allowed to keep anything.
  const kept = (name, value) => {
    try {
      if (value === undefined) return localStorage.getItem(name);
      localStorage.setItem(name, value);
    } catch { /* The theme of the system is as good. */ }
    return null;
  };

  const theme = document.getElementById("theme");
  const isDark = () => (root.dataset.theme || (matchMedia("(prefers-color-scheme: dark)").matches ? "dark" : "light")) === "dark";
  const showTheme = () => {
    theme.setAttribute("aria-pressed", String(isDark()));
    theme.textContent = isDark() ? "Light" : "Dark";
  };
  const before = kept("twinrail-theme");
  if (before === "dark" || before === "light") root.dataset.theme = before;
  showTheme();
  theme.addEventListener("click", () => {
    root.dataset.theme = isDark() ? "light" : "dark";
    kept("twinrail-theme", root.dataset.theme);
    showTheme();
  });
  matchMedia("(prefers-color-scheme: dark)").addEventListener("change", showTheme);

  const expand = document.getElementById("expand");
  const setAll = open => {
    for (const details of all("details")) details.open = open;
    expand.setAttribute("aria-pressed", String(open));
    expand.textContent = open ? "Collapse all" : "Expand all";
  };
  expand.addEventListener("click", () => setAll(expand.getAttribute("aria-pressed") !== "true"));

  // Paper cannot be clicked: all is open on it, and as it was afterwards.
  let closed = [];
  addEventListener("beforeprint", () => {
    closed = all("details:not([open])");
    for (const details of closed) details.open = true;
  });
  addEventListener("afterprint", () => { for (const details of closed) details.open = false; });

  // A link to something folded unfolds it.
  const reveal = () => {
    const target = document.getElementById(decodeURIComponent(location.hash.slice(1)));
    if (!target) return;
    for (let at = target; at; at = at.parentElement) if (at.tagName === "DETAILS") at.open = true;
    target.scrollIntoView({ block: "start" });
  };
  addEventListener("hashchange", reveal);
  if (location.hash) reveal();

  for (const form of all("form[data-filter]")) {
    const items = all("[data-item]", document.getElementById(form.dataset.filter));
    const output = form.querySelector("output");
    const apply = () => {
      const words = form.elements.text.value.toLowerCase().split(/\s+/).filter(Boolean);
      const choices = all("select", form).filter(select => select.value);
      let shown = 0;
      for (const item of items) {
        const text = words.length ? item.textContent.toLowerCase() : "";
        const fits = words.every(word => text.includes(word)) && choices.every(choice => item.dataset[choice.name] === choice.value);
        item.hidden = !fits;
        if (fits) shown += 1;
      }
      output.textContent = shown === items.length ? "" : `${shown} of ${items.length}`;
    };
    form.addEventListener("input", apply);
    form.addEventListener("submit", event => event.preventDefault());
    form.addEventListener("keydown", event => { if (event.key === "Escape") { form.reset(); apply(); } });
  }

  // A machine of several networks is one: it is marked wherever it stands.
  for (const machine of all("[data-group]")) {
    const mark = on => {
      for (const other of all("[data-group]")) other.classList.toggle("same", on && other.dataset.group === machine.dataset.group);
    };
    machine.addEventListener("mouseenter", () => mark(true));
    machine.addEventListener("mouseleave", () => mark(false));
  }

  const said = seconds => seconds === 0 ? "0 s" : seconds < 1 ? `${Math.round(seconds * 1000)} ms` : `${seconds.toFixed(seconds < 10 ? 2 : 1)} s`;
  for (const figure of all(".timeline")) {
    const [end, left, width] = ["end", "left", "width"].map(name => Number(figure.dataset[name]));
    const slider = figure.querySelector("input");
    const [cursor, output] = [figure.querySelector(".cursor"), figure.querySelector(".scrub output")];
    const rows = all("tr[data-at]", figure);
    const moments = [...new Set(rows.map(row => Math.min(Math.max(Number(row.dataset.at), 0), end)))].sort((a, b) => a - b);
    let now = 0;
    const show = time => {
      now = time;
      const share = end ? time / end : 0;
      for (const name of ["x1", "x2"]) cursor.setAttribute(name, left + Math.min(share, 1) * width);
      const words = all("[data-lane]", figure).map(lane => {
        const spans = all(".span", lane).filter(span => Number(span.dataset.from) <= time && time < Number(span.dataset.to) || share >= 1 && Number(span.dataset.to) >= end);
        for (const span of all(".span", lane)) span.classList.toggle("now", spans.includes(span));
        const last = all(".event", lane).filter(event => Number(event.dataset.at) <= time).pop();
        for (const event of all(".event", lane)) event.classList.toggle("now", event === last);
        const what = [...spans.slice(-1), last].filter(Boolean).map(one => one.dataset.label).filter((one, place, all) => all.indexOf(one) === place).join("; ");
        return what && [lane.dataset.lane, what];
      }).filter(Boolean);
      const last = rows.filter(row => Number(row.dataset.at) <= time).pop();
      for (const row of rows) row.classList.toggle("now", row === last);
      const list = document.createElement("ul");
      for (const [who, what] of [["at", said(time)], ...words]) {
        const [item, name, text] = ["li", "b", "span"].map(tag => document.createElement(tag));
        name.textContent = who;
        text.textContent = what;
        item.append(name, " ", text);
        list.append(item);
      }
      output.replaceChildren(list);
      slider.setAttribute("aria-valuetext", [said(time), ...words.map(pair => pair.join(": "))].join(" · "));
    };
    slider.addEventListener("input", () => show(slider.value / slider.max * end));
    const step = find => {
      const time = find();
      if (time === undefined) return;
      slider.value = end ? time / end * slider.max : 0;
      show(time);
    };
    const [back, next] = all("button", figure.querySelector(".scrub"));
    back?.addEventListener("click", () => step(() => moments.filter(time => time < now).pop()));
    next?.addEventListener("click", () => step(() => moments.find(time => time > now)));
    show(0);
  }

  // The navigation says where one is.
  const links = new Map(all(".bar nav a").map(link => [link.hash.slice(1), link]));
  const seen = new IntersectionObserver(entries => {
    for (const entry of entries) {
      if (!entry.isIntersecting) continue;
      for (const link of links.values()) link.removeAttribute("aria-current");
      links.get(entry.target.id)?.setAttribute("aria-current", "true");
    }
  }, { rootMargin: "-20% 0px -70% 0px" });
  for (const section of all("main > section")) seen.observe(section);
})();
