/* The live panel: outcomes of a term sheet by the surface that analysis/surface.py fits, and the file that says it. */
"use strict";

const MINUS = "\u2212", SPACE = "\u00a0", LEAST_SHOWN = 0.005, QUIET_MS = 150;

/* How numbers are written: as everywhere in the report. A half goes to the even digit, as in Python. */
function rounded(size, digits) {
  return size.toLocaleString("en-US", { minimumFractionDigits: digits, maximumFractionDigits: digits, roundingMode: "halfEven" });
}

function amount(value) {
  const size = Math.abs(value), text = rounded(size, size >= 9.95 ? 0 : 1);
  return value < 0 && Number(text) !== 0 ? MINUS + text : text;
}

function money(value) {
  const text = amount(value), sign = text.startsWith(MINUS) ? MINUS : "";
  return `${sign}$${text === "0.0" ? "0" : text.slice(sign.length)}${SPACE}million`;
}

function percent(part) {
  if (part > 0 && part < LEAST_SHOWN) return `under 1${SPACE}%`;
  if (part < 1 && part >= 1 - LEAST_SHOWN) return `over 99${SPACE}%`;
  return `${rounded(100 * part, 0)}${SPACE}%`;
}

function plain(number) {
  return String(Number(number.toFixed(9)));
}

/* What weights are multiplied with: coordinates, every two of them, and which pair of research and years it is. */
function termsOf({ controls }, offer) {
  const together = [];
  let pair = 0, pairs = 1;
  for (const { name, actual, low, high, choices } of controls) {
    const at = offer[name];
    if (name !== "years") together.push((at - actual) / Math.max(high - low, 1));
    else choices.slice(1).forEach((_, place) => together.push(Number(at === place + 1)));
    if (name === "research" || name === "years") {
      pair = pair * choices.length + at;
      pairs *= choices.length;
    }
  }
  const products = together.flatMap((one, place) => together.slice(place).map((other) => one * other));
  return [...together, ...products, ...Array.from({ length: pairs }, (_, place) => Number(place === pair))];
}

function dealOf({ controls }) {
  return Object.fromEntries(controls.map(({ name, actual }) => [name, actual]));
}

/* Value to both, then the share of futures ahead of each rival. */
function outcomesOf(about, offer) {
  const now = termsOf(about, offer), deal = termsOf(about, dealOf(about));
  return about.actual.map((value, k) => now.reduce((sum, term, place) => sum + (term - deal[place]) * about.weights[k][place], value));
}

function agrees(about) {
  return about.checks.every(({ offer, outcomes }) =>
    outcomesOf(about, offer).every((found, k) => Math.abs(found - outcomes[k]) <= 1e-9 * (1 + Math.abs(outcomes[k]))));
}

/* Everything that is shown of a term sheet. */
function assess(about, offer) {
  const [company, partner, ...shares] = outcomesOf(about, offer), [signs, walks, close] = about.words;
  const leads = about.rivals.map((rival) => company - rival), lead = Math.min(...leads);
  const would = (gain, error) => (Math.abs(gain) < error ? close : gain > 0 ? signs : walks);
  const cut = (share) => Math.min(Math.max(share, 0), 1);
  const flags = [leads.length ? would(lead, about.error[0]) : "", would(partner, about.error[1])];
  const cells = [[`value-0`, company, flags[0]], [`value-1`, partner, flags[1]]];
  leads.forEach((gap, place) => cells.push([`lead-${place}`, gap, `ahead in ${percent(cut(shares[place]))} of futures`]));
  about.planned.actual.forEach((value, side) => {
    const moved = about.controls.reduce((sum, { name, actual }, k) => sum + about.planned.units[side][k] * (offer[name] - actual), value);
    cells.push([`planned-${side}`, moved, ""]);
  });
  return { cells, flags, lead, partner, company, nearest: about.phrases[leads.indexOf(lead)], share: cut(shares[leads.indexOf(lead)]) };
}

/* The terms as a scenario file: what differs from the deal, and what must follow from it. */
function leavesOf({ file, controls }, offer) {
  const by = Object.fromEntries(controls.map((control) => [control.name, control]));
  const pair = (offer.research ?? 0) * (by.years ? by.years.choices.length : 1) + (offer.years ?? 0), found = { ...file.choices[pair] };
  for (const [path, lines] of Object.entries(file.lines)) {
    const values = lines.map(([constant, name, each]) => plain(constant + each * offer[name]));
    found[path] = file.lists.includes(path) ? `[${values.join(", ")}]` : values[0];
  }
  found["deal.committed_ceiling_musd"] = plain(file.ceilings[pair] + offer.upfront);
  if (by.copromotion) found["deal.copromotion.offered"] = String(offer.copromotion === 1);
  return found;
}

function scenarioFile(about, offer) {
  const { file } = about, deal = leavesOf(about, dealOf(about)), lines = { ...file.kept };
  for (const [path, value] of Object.entries(leavesOf(about, offer))) {
    if (value !== deal[path]) lines[path] = `value: ${value}, ${file.tails[path]}`;
  }
  const body = Object.entries(lines).map(([path, line]) => `  ${path}: {${line}}\n`).join("");
  const vintage = file.vintage ? `vintage: ${file.vintage}\n` : "";
  return `title: ${JSON.stringify(file.title)}\nquestion: ${JSON.stringify(file.question)}\n${vintage}set:${body ? `\n${body}` : " {}\n"}`;
}

/* The terms in the address: only what differs from the deal. */
function toFragment(id, { controls }, offer) {
  const parts = new URLSearchParams();
  for (const { name, actual, labels } of controls) {
    if (offer[name] !== actual) parts.set(name, labels.length ? labels[offer[name]] : plain(offer[name]));
  }
  return parts.size ? `#${id}?${parts}` : `#${id}`;
}

function understood({ labels, low, high }, text) {
  if (labels.length) return labels.includes(text) ? labels.indexOf(text) : NaN;
  const value = text.trim() === "" ? NaN : Number(text);
  return value >= low && value <= high ? value : NaN;
}

function fromFragment(id, about, fragment) {
  const [anchor, text] = fragment.replace(/^#/, "").split("?");
  if (anchor !== id || !text) return null;
  const offer = dealOf(about), odd = [];
  for (const [name, said] of new URLSearchParams(text)) {
    const control = about.controls.find((each) => each.name === name), value = control ? understood(control, said) : NaN;
    if (Number.isNaN(value)) odd.push(name);
    else offer[name] = value;
  }
  return { offer, ignored: odd.length ? `Part of the link made no sense and was left out: ${[...new Set(odd)].join(", ")}. ` : "" };
}

/* The panel itself. */
function start(panel) {
  const about = JSON.parse(panel.dataset.about), id = panel.id, find = (selector) => panel.querySelector(selector);
  find(".waiting").hidden = true;
  if (!agrees(about)) {
    find(".live").hidden = true;
    find(".broken").hidden = false;
    return;
  }
  let offer = dealOf(about), later, ignored = "";
  const wrong = new Set(), fields = Object.fromEntries(about.controls.map(({ name }) => [name, find(`[data-term="${name}"]`)]));
  const slider = (name) => find(`[data-slider="${name}"]`);

  const write = (which, { cells, lead, partner, flags }) => {
    for (const [key, value, said] of cells) {
      const cell = find(`[data-out="${which}-${key}"]`);
      cell.querySelector("b").textContent = amount(value);
      cell.querySelector("small").textContent = said;
    }
    const at = Math.min(Math.max(lead / Math.max(lead + partner, 1e-9), 0), 1), mark = find(`[data-mark="${which}"]`);
    mark.style.left = `${100 * (lead < 0 && partner < 0 ? 0.5 : lead < 0 ? 0 : partner < 0 ? 1 : at)}%`;
    mark.classList.toggle("out", flags.includes(about.words[1]));
  };

  const show = () => {
    const found = assess(about, offer), [ours, theirs] = about.names;
    write("yours", found);
    find(".bar").hidden = !about.rivals.length;
    find(".gains").textContent = lead(found);
    find(".glance").textContent = `${ours} ${money(found.company)}, ${found.flags[0]} \u00b7 ${theirs} ${money(found.partner)}, ${found.flags[1]}`;
    find("[data-file]").value = scenarioFile(about, offer);
    clearTimeout(later);
    later = setTimeout(() => {
      const fragment = toFragment(id, about, offer);
      find(".said").textContent = `${ignored}At these terms signing is worth ${money(found.company)} to ${ours} and ${money(found.partner)} to ${theirs}` +
        (about.rivals.length ? `, and is ahead of ${found.nearest} in ${percent(found.share)} of futures.` : ".");
      if (fragment.includes("?") || location.hash.includes("?")) history.replaceState(null, "", fragment);
    }, QUIET_MS);
  };
  const lead = ({ lead: gap, partner }) => `Over walking away: ${money(gap)} for ${about.names[0]}, ${money(partner)} for ${about.names[1]}`;

  const mark = (control, bad) => {
    const { name, actual, labels, low, high } = control, field = fields[name], unit = field.parentElement.querySelector(".unit");
    unit.dataset.unit ??= unit.textContent;
    const moved = offer[name] !== actual;
    unit.textContent = moved ? `was ${labels.length ? labels[actual] : plain(actual)}` : unit.dataset.unit;
    field.closest(".term").classList.toggle("moved", moved);
    if (bad) wrong.add(name); else wrong.delete(name);
    field.setAttribute("aria-invalid", String(bad));
    const problem = find(".problem");
    problem.hidden = !wrong.size;
    if (bad) problem.textContent = `${field.labels[0].textContent}: expected a number from ${plain(low)} to ${plain(high)}. The results are of the last terms that made sense.`;
    find(".outcome").classList.toggle("stale", wrong.size > 0);
  };
  const put = (next) => {
    offer = next;
    for (const control of about.controls) {
      const { name, labels } = control;
      if (labels.length) fields[name].selectedIndex = offer[name];
      else fields[name].value = slider(name).value = plain(offer[name]);
      mark(control, false);
    }
    show();
  };
  const read = (control, text) => {
    const value = understood(control, text);
    if (Number.isNaN(value)) return mark(control, true);
    offer = { ...offer, [control.name]: value };
    mark(control, false);
    return show();
  };
  for (const control of about.controls) {
    const field = fields[control.name], other = slider(control.name);
    field.addEventListener(other ? "input" : "change", () => {
      if (other) other.value = field.value;
      read(control, other ? field.value : control.labels[field.selectedIndex]);
    });
    other?.addEventListener("input", () => {
      field.value = other.value;
      read(control, other.value);
    });
  }

  const copy = async (button, text) => {
    button.dataset.name ||= button.textContent;
    try {
      await navigator.clipboard.writeText(text);
      button.textContent = "Copied";
    } catch {
      find(".file").open = true;
      find("[data-file]").value = text;
      find("[data-file]").select();
      button.textContent = "Select and copy below";
    }
    setTimeout(() => { button.textContent = button.dataset.name; }, 10 * QUIET_MS);
  };
  const act = {
    reset: () => {
      ignored = "";
      put(dealOf(about));
    },
    link: (button) => copy(button, location.href.split("#")[0] + toFragment(id, about, offer)),
    file: (button) => copy(button, scenarioFile(about, offer)),
  };
  panel.querySelectorAll("[data-do]").forEach((button) => button.addEventListener("click", () => act[button.dataset.do](button)));

  const follow = () => {
    const next = fromFragment(id, about, location.hash);
    if (!next) return false;
    ignored = next.ignored;
    put(next.offer);
    (panel.previousElementSibling || panel).scrollIntoView();
    return true;
  };
  addEventListener("hashchange", follow);
  panel.querySelectorAll("[disabled]").forEach((control) => { control.disabled = false; });
  write("deal", assess(about, dealOf(about)));
  if (!follow()) put(dealOf(about));
}

document.querySelectorAll(".panel").forEach(start);
