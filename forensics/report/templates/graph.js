// The graph of a cluster, to explore. Its data is the table under the figure, which says the same without this script.
(() => {
  const SVG = "http://www.w3.org/2000/svg";
  const UPRIGHT = 24; // accounts whose names have room beside each other
  const make = (parent, name, attributes = {}, text = "") => {
    const one = name.startsWith("svg:") ? document.createElementNS(SVG, name.slice(4)) : document.createElement(name);
    for (const [key, value] of Object.entries(attributes)) one.setAttribute(key, value);
    if (text) one.textContent = text;
    parent.append(one);
    return one;
  };
  const read = (table) => [...table.tBodies[0].rows].map((row) => {
    const [a, b, bits, families, called] = [...row.cells].map((cell) => cell.textContent.trim());
    return { a, b, bits: Number(bits.replaceAll(",", "")), families: families.split(", ").filter(Boolean), called };
  });

  // Accounts on a circle, the most linked at the top; where names would touch they are written along the radius.
  const layout = (names, width, height) => {
    const radius = Math.min(height, width) / 2 - 100;
    return new Map(names.map((name, index) => {
      const turn = (2 * Math.PI * index) / names.length;
      const right = index <= names.length / 2;
      const degrees = (turn * 180) / Math.PI - (right ? 90 : 270);
      return [name, {
        x: width / 2 + radius * Math.sin(turn), y: height / 2 - radius * Math.cos(turn), right,
        degrees: names.length > UPRIGHT ? degrees : 0,
      }];
    }));
  };

  const explore = (figure, number) => {
    const table = figure.querySelector("details table");
    const links = read(table);
    const count = new Map();
    for (const { a, b } of links) for (const name of [a, b]) count.set(name, (count.get(name) ?? 0) + 1);
    const names = [...count.keys()].sort((a, b) => count.get(b) - count.get(a) || a.localeCompare(b, "en", { numeric: true }));
    const families = [...new Set(links.flatMap((link) => link.families))].sort();
    const weakest = Math.floor(Math.min(...links.map((link) => link.bits)));
    const strongest = Math.floor(Math.max(...links.map((link) => link.bits)));
    const drawing = figure.querySelector(".scroll");
    const width = Math.max(340, Math.min(940, drawing.clientWidth));
    const height = names.length > UPRIGHT ? Math.min(720, width) : 440;
    const at = layout(names, width, height);
    const state = { chosen: "", at: 0, wanted: new Set(families), least: weakest, view: [0, 0, width, height] };

    const box = make(figure, "div", { class: "explorer" });
    drawing.before(box);
    drawing.classList.add("printed");
    const bar = make(box, "div", { class: "controls" });
    const chosen = make(make(bar, "label", {}, "Account "), "select");
    make(chosen, "option", { value: "" }, "none chosen");
    for (const name of names) make(chosen, "option", { value: name }, `${name} (${count.get(name)})`);
    const group = make(bar, "fieldset");
    make(group, "legend", {}, "Links with evidence of");
    for (const family of families) {
      const label = make(group, "label");
      const tick = make(label, "input", { type: "checkbox" });
      tick.checked = true;
      label.append(` ${family}`);
      tick.addEventListener("change", () => { state.wanted[tick.checked ? "add" : "delete"](family); draw(); });
    }
    const least = make(bar, "label", {}, "At least ");
    const slider = make(least, "input", { type: "range", min: weakest, max: strongest, value: weakest, step: 1 });
    const bits = make(least, "output", {}, ` ${weakest} bits`);
    const zooms = make(bar, "span", { role: "group", "aria-label": "Zoom" });
    const svg = make(box, "svg:svg", { class: "chart graph", role: "group", "aria-label": "Accounts and links; arrow keys go from account to account, Enter chooses one, plus and minus zoom" });
    const said = make(box, "p", { class: "said", role: "status" });
    const list = make(box, "div", { class: "chosen" });

    const lines = links.map((link) => make(svg, "svg:line", {
      x1: at.get(link.a).x, y1: at.get(link.a).y, x2: at.get(link.b).x, y2: at.get(link.b).y,
      class: link.called === "linked" ? "link strong" : "link",
    }));
    const nodes = names.map((name, index) => {
      const { x, y, right, degrees } = at.get(name);
      const node = make(svg, "svg:g", { class: "node", role: "button", tabindex: index ? -1 : 0 });
      make(node, "svg:circle", { cx: x, cy: y, r: 5 + Math.min(5, Math.sqrt(count.get(name)) / 2), class: "cluster" });
      const turned = degrees ? { transform: `rotate(${degrees} ${x} ${y})` } : {};
      make(node, "svg:text", { x: x + (right ? 13 : -13), y: y + 4, class: right ? "label" : "label end", ...turned }, name.length > 24 ? `${name.slice(0, 23)}…` : name);
      node.addEventListener("click", () => choose(name === state.chosen ? "" : name));
      node.addEventListener("focus", () => { state.at = index; });
      return node;
    });
    const focus = (index) => {
      nodes.forEach((node, other) => node.setAttribute("tabindex", other === index ? 0 : -1));
      nodes[index].focus();
    };

    const choose = (name) => { state.chosen = name; chosen.value = name; draw(); };
    const shown = (link) => link.bits >= state.least && (link.families.length === 0 || link.families.some((family) => state.wanted.has(family)));
    const draw = () => {
      const kept = links.filter(shown);
      const near = kept.filter((link) => [link.a, link.b].includes(state.chosen)).sort((one, other) => other.bits - one.bits);
      const beside = new Set(near.flatMap((link) => [link.a, link.b]));
      links.forEach((link, index) => {
        lines[index].toggleAttribute("hidden", !kept.includes(link));
        lines[index].classList.toggle("faint", state.chosen !== "" && !near.includes(link));
      });
      const joined = new Set(kept.flatMap((link) => [link.a, link.b]));
      nodes.forEach((node, index) => {
        const name = names[index];
        node.classList.toggle("faint", state.chosen === "" ? !joined.has(name) : name !== state.chosen && !beside.has(name));
        node.setAttribute("aria-pressed", String(name === state.chosen));
        node.setAttribute("aria-label", `${name}, ${kept.filter((link) => [link.a, link.b].includes(name)).length} links`);
      });
      bits.textContent = ` ${state.least} bits`;
      said.textContent = `${kept.length} of ${links.length} links between ${joined.size} of ${names.length} accounts.` +
        (state.chosen ? ` ${state.chosen}: ${near.length} links.` : " Choose an account to see its links.");
      list.replaceChildren();
      if (near.length) {
        const grid = make(list, "table");
        make(grid, "caption", {}, `Links of ${state.chosen}`);
        const head = make(make(grid, "thead"), "tr");
        for (const title of ["Linked with", "Bits", "Families", "Called"]) make(head, "th", { scope: "col" }, title);
        const body = make(grid, "tbody");
        for (const link of near) {
          const row = make(body, "tr");
          const other = link.a === state.chosen ? link.b : link.a;
          const go = make(make(row, "th", { scope: "row" }), "button", { type: "button", class: "go" }, other);
          go.addEventListener("click", () => { choose(other); chosen.focus(); });
          for (const text of [String(link.bits), link.families.join(", "), link.called]) make(row, "td", {}, text);
        }
      }
    };

    const look = () => svg.setAttribute("viewBox", state.view.join(" "));
    const zoom = (factor, x = state.view[0] + state.view[2] / 2, y = state.view[1] + state.view[3] / 2) => {
      const wide = Math.min(width * 2, Math.max(width / 12, state.view[2] * factor));
      const by = wide / state.view[2];
      state.view = [x - (x - state.view[0]) * by, y - (y - state.view[1]) * by, wide, state.view[3] * by];
      look();
    };
    const whole = () => { state.view = [0, 0, width, height]; look(); };
    for (const [sign, name, act] of [["+", "Zoom in", () => zoom(0.7)], ["−", "Zoom out", () => zoom(1.4)], ["All", "Show all", whole]]) {
      make(zooms, "button", { type: "button", "aria-label": name }, sign).addEventListener("click", act);
    }
    svg.addEventListener("wheel", (event) => {
      if (!event.ctrlKey && !event.metaKey) return;
      event.preventDefault();
      const place = new DOMPoint(event.clientX, event.clientY).matrixTransform(svg.getScreenCTM().inverse());
      zoom(event.deltaY > 0 ? 1.15 : 0.87, place.x, place.y);
    }, { passive: false });
    svg.addEventListener("pointermove", (event) => {
      if (event.buttons !== 1) return;
      const scale = state.view[2] / svg.clientWidth;
      state.view[0] -= event.movementX * scale;
      state.view[1] -= event.movementY * scale;
      look();
    });
    svg.addEventListener("keydown", (event) => {
      const step = { ArrowRight: 1, ArrowDown: 1, ArrowLeft: -1, ArrowUp: -1 }[event.key];
      if (step) focus((state.at + step + nodes.length) % nodes.length);
      else if (event.key === "Enter" || event.key === " ") choose(names[state.at] === state.chosen ? "" : names[state.at]);
      else if (event.key === "Escape") choose("");
      else if (event.key === "+") zoom(0.7);
      else if (event.key === "-") zoom(1.4);
      else if (event.key === "0") whole();
      else return;
      event.preventDefault();
    });
    chosen.addEventListener("change", () => choose(chosen.value));
    slider.addEventListener("input", () => { state.least = Number(slider.value); draw(); });
    look();
    draw();
  };

  document.querySelectorAll("figure.explorable").forEach(explore);
})();
