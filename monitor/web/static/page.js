"use strict";
// The page's own script: the reader's zone and choices, live stories, plots, what was said. No framework, no eval.
(() => {
  const cookie = (name, value) => { document.cookie = `${name}=${encodeURIComponent(value)}; path=/; max-age=31536000; samesite=strict`; };
  const zone = Intl.DateTimeFormat().resolvedOptions().timeZone;
  if (zone && /^[A-Za-z0-9_+/-]+$/.test(zone)) cookie("monitor_zone", zone);

  document.addEventListener("click", (event) => {
    const chosen = event.target.closest("[data-cookie]");
    if (chosen) { cookie(chosen.dataset.cookie, chosen.dataset.value); location.reload(); return; }
    const copied = event.target.closest("[data-copy]");
    if (copied) navigator.clipboard?.writeText(copied.dataset.copy);
  });

  // ---------------------------------------------------------------- what was said goes by itself
  const said = document.getElementById("said");
  let timer = 0;
  const saying = () => { clearTimeout(timer); timer = setTimeout(() => said.replaceChildren(), 6000); };
  if (said) new MutationObserver(() => { if (said.childElementCount) saying(); }).observe(said, {childList: true});
  document.addEventListener("htmx:sendError", () => {
    const line = document.createElement("p");
    line.className = "said bad"; line.textContent = document.body.dataset.lost; said.replaceChildren(line);
  });

  // ---------------------------------------------------------------- the live board
  const list = document.getElementById("stories");
  const live = document.getElementById("live");
  if (list && live && window.EventSource) {
    const waiting = new Set();
    let busy = false, lost = false, all = false;
    const state = (on) => { live.textContent = on ? live.dataset.on : live.dataset.off; live.classList.toggle("on", on); };
    const empty = () => { const none = document.getElementById("none"); if (none) none.hidden = list.childElementCount > 0; };
    const place = (item, quiet) => {
      const old = document.getElementById(item.id);
      const focused = old && old.contains(document.activeElement) ? document.activeElement.id : "";
      const open = Boolean(old?.querySelector("details[open]"));
      if (old) old.remove();
      const at = Number(item.dataset.at);
      const next = [...list.children].find((each) => Number(each.dataset.at) <= at);
      list.insertBefore(item, next || null);
      if (!quiet && !old) item.classList.add("fresh");
      window.htmx?.process(item);
      if (open) for (const menu of item.querySelectorAll("details")) menu.open = true; // what is being chosen stays
      if (focused) (document.getElementById(focused) || document.getElementById(focused.replace(/^(mute-\d+)-.*/, "$1")))?.focus();
    };
    const fetchLines = async () => {
      if (busy || !(all || waiting.size)) return;
      busy = true;
      const whole = all, ids = whole ? [] : [...waiting].slice(0, 200);
      all = false;
      for (const id of ids) waiting.delete(id);
      try {
        const query = new URLSearchParams(location.search);
        if (whole) query.set("state", list.dataset.state); else query.set("ids", ids.join(","));
        const answer = await fetch(`/board/stories?${query}`, {headers: {"HX-Request": "true"}});
        if (answer.status === 401) { location.assign("/login"); return; }
        if (!answer.ok) throw new Error(String(answer.status));
        const box = document.createElement("template");
        box.innerHTML = await answer.text();
        const found = new Set();
        for (const item of [...box.content.children]) { found.add(item.id); place(item, false); }
        if (whole && answer.status === 200) for (const item of [...list.children]) if (!found.has(item.id)) item.remove();
        for (const id of ids) if (!found.has(`story-${id}`)) document.getElementById(`story-${id}`)?.remove();
        while (list.childElementCount > 200) list.lastElementChild.remove();
        empty();
      } catch { all ||= whole; for (const id of ids) waiting.add(id); } finally { busy = false; setTimeout(fetchLines, 700); }
    };
    const events = new EventSource("/events");
    events.addEventListener("hello", () => {
      state(true);
      if (lost) location.reload(); // what happened meanwhile is not known
      all = true; fetchLines(); // what came since this page was made
    });
    events.addEventListener("board", (event) => { for (const id of JSON.parse(event.data)) waiting.add(id); fetchLines(); });
    events.onerror = () => { state(false); lost = true; };
    window.addEventListener("pagehide", () => events.close());
  }

  // ---------------------------------------------------------------- for how long a story of the board is muted
  document.addEventListener("toggle", (event) => {
    const menu = event.target, made = document.getElementById("mutes");
    if (!made?.content || !menu.open || !menu.matches(".menu") || menu.querySelector("button")) return;
    const box = made.content.cloneNode(true), story = menu.closest("[data-story]").dataset.story;
    for (const button of box.querySelectorAll("button")) {
      button.id = `mute-${story}-${button.dataset.for}`;
      button.setAttribute("hx-post", `/story/${story}/mute`);
    }
    menu.append(box);
    window.htmx?.process(menu);
  }, true);

  // ---------------------------------------------------------------- menus close by a tap elsewhere, a choice, or Escape
  const close = (but) => { for (const menu of document.querySelectorAll("details.menu[open]")) if (menu !== but) menu.open = false; };
  document.addEventListener("click", (event) => close(event.target.closest("button") ? null : event.target.closest("details.menu")));
  document.addEventListener("keydown", (event) => {
    const menu = event.key === "Escape" && event.target.closest("details.menu[open]");
    if (menu) { menu.open = false; menu.querySelector("summary").focus(); }
  });

  // ---------------------------------------------------------------- filters act at once
  for (const form of document.querySelectorAll("form.at-once")) form.classList.add("acts");
  for (const select of document.querySelectorAll("form.filter select")) select.addEventListener("change", () => select.form.requestSubmit());

  // ---------------------------------------------------------------- plots
  const plot = (box) => {
    if (!window.uPlot || box.dataset.drawn) return;
    box.dataset.drawn = "1";
    const data = JSON.parse(box.dataset.plot);
    const style = getComputedStyle(document.documentElement);
    const ink = style.getPropertyValue("--dim").trim(), bar = style.getPropertyValue("--bar").trim(), hot = style.getPropertyValue("--hot").trim(), grid = style.getPropertyValue("--line").trim();
    const lang = document.documentElement.lang === "en" ? "en-GB" : document.documentElement.lang; // as the page writes days
    const day = data.x.length < 2 || data.x[1] - data.x[0] > 7200;
    const named = (u, ticks) => ticks.map((at) => new Date(at * 1000).toLocaleString(lang, day ? {day: "numeric", month: "short"} : {day: "numeric", hour: "2-digit", minute: "2-digit"}));
    const axis = {stroke: ink, grid: {stroke: grid, width: 1}, ticks: {stroke: grid}};
    const step = data.x.length > 1 ? data.x[1] - data.x[0] : 86400; // a bar stands around its point: half of it needs room
    const series = [{label: data.at}, ...data.series.map((each) => ({
      label: each.label, stroke: each.kind === "before" ? ink : each.kind === "burst" ? hot : bar,
      dash: each.kind === "before" ? [4, 4] : undefined, width: 2,
      points: {show: each.kind === "burst", size: 9, fill: hot},
      paths: each.kind === "burst" ? () => null : each.kind === "now" ? uPlot.paths.bars({size: [0.8, 40]}) : uPlot.paths.stepped({align: 1}),
      fill: each.kind === "now" ? bar + "99" : undefined,
    }))];
    const made = new uPlot({width: box.clientWidth || 300, height: 220, series, axes: [{...axis, values: named, space: 70, ...(day ? {incrs: [1, 2, 4, 7, 14, 28, 56].map((days) => days * 86400)} : {})}, {...axis, incrs: [1, 2, 5, 10, 20, 50, 100, 200, 500, 1000, 5000]}], scales: {x: {time: true, range: (u, low, high) => [low - step / 2, high + step / 2]}, y: {range: (u, low, high) => [0, Math.max(1, high)]}}, legend: {show: data.series.length > 1}}, [data.x, ...data.series.map((each) => each.y)], box);
    if (data.zoom) made.over.addEventListener("click", (event) => {
      const at = made.posToIdx(event.offsetX);
      const query = new URLSearchParams(location.search);
      query.set("day", new Date(data.x[at] * 1000).toISOString()); location.search = query.toString();
    });
    const sized = new ResizeObserver(() => { if (box.clientWidth) made.setSize({width: box.clientWidth, height: 220}); });
    sized.observe(box);
    matchMedia("(prefers-color-scheme: dark)").addEventListener("change", () => { // a plot is drawn in the theme's colours
      sized.disconnect(); made.destroy(); delete box.dataset.drawn;
      if (box.isConnected) plot(box);
    }, {once: true});
  };
  const plots = (root) => { for (const box of root.querySelectorAll("[data-plot]")) plot(box); };
  plots(document);
  document.addEventListener("htmx:afterSwap", (event) => plots(event.target));

  // ---------------------------------------------------------------- completion of a query's last word
  for (const field of document.querySelectorAll("[data-complete]")) {
    const list = document.getElementById(field.dataset.complete);
    let asked = 0;
    field.addEventListener("input", async () => {
      const mine = ++asked;
      await new Promise((done) => setTimeout(done, 150));
      if (mine !== asked) return;
      const answer = await fetch(`/search/complete?q=${encodeURIComponent(field.value)}&at=${field.selectionStart}`, {headers: {"HX-Request": "true"}});
      if (!answer.ok || mine !== asked) return;
      const {start, options} = await answer.json();
      list.replaceChildren(...options.map((text) => {
        const button = document.createElement("button");
        button.type = "button"; button.textContent = text;
        button.addEventListener("click", () => {
          const end = field.selectionStart, rest = field.value.slice(end);
          field.value = field.value.slice(0, start) + text + (rest.startsWith(" ") || !rest ? "" : " ") + rest;
          list.replaceChildren(); field.focus(); field.setSelectionRange(start + text.length, start + text.length);
        });
        return button;
      }));
    });
  }
})();
