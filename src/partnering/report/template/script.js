/* The live term sheet. A value is what is left without the terms, plus each term times what a unit of it is worth;
   packed.py lays the bytes out, analysis/termsheet.py and analysis/moves.py say the same in Python. */
"use strict";

const MINUS = "\u2212", SPACE = "\u00a0", LEAST_SHOWN = 0.005, QUIET_MS = 150, TAILS = [0.05, 0.95];
const TYPES = { float64: Float64Array, float32: Float32Array, uint32: Uint32Array, uint16: Uint16Array, uint8: Uint8Array };

/* The arrays of the page, each with its shape. */
function unpack(layout, text) {
  const bytes = Uint8Array.from(atob(text), (letter) => letter.charCodeAt(0));
  const arrays = {};
  for (const [name, kind, shape, first] of layout) {
    const length = shape.reduce((a, b) => a * b, 1);
    arrays[name] = { values: new TYPES[kind](bytes.buffer, first, length), shape };
  }
  return arrays;
}

/* The row of an array at its first indices. */
function row(array, ...at) {
  let first = 0;
  at.forEach((index, axis) => { first = first * array.shape[axis] + index; });
  const size = array.shape.slice(at.length).reduce((a, b) => a * b, 1);
  return array.values.subarray(first * size, (first + 1) * size);
}

function weighted(weights, means) {
  return weights.reduce((sum, weight, place) => sum + weight * means[place], 0);
}

function errorOf(weights, upper) {
  let total = 0, place = 0;
  for (let i = 0; i < weights.length; i++) {
    for (let j = i; j < weights.length; j++) total += weights[i] * weights[j] * upper[place++];
  }
  return Math.sqrt(Math.max(total, 0));
}

/* What each term brings in the futures of the sample, by number of extensions: [company, partner] by future. */
function byFuture(sheet, offer, extensions) {
  const { rate, amounts } = offer, futures = sheet.taken.values.length, terms = amounts.length;
  const flat = row(sheet.flat, extensions);
  const company = Float64Array.from(row(sheet.rest_company, extensions, rate));
  const partner = Float64Array.from(row(sheet.rest_partner, extensions, rate));
  const means = [row(sheet.company, extensions + 1, rate), row(sheet.partner, extensions + 1, rate)];
  for (let term = 0; term < terms; term++) {
    if (!flat[term]) continue;
    for (let future = 0; future < futures; future++) {
      company[future] += amounts[term] * means[0][term + 1];
      partner[future] += amounts[term] * means[1][term + 1];
    }
  }
  for (const name of ["entry", "gap"]) {
    const where = sheet[`${name}_future`].values, paid = row(sheet[`${name}_paid`], rate);
    const count = sheet[`${name}_count`].values;
    let entry = count.subarray(0, extensions * terms).reduce((a, b) => a + b, 0);
    for (let term = 0; term < terms; term++) {
      for (const last = entry + count[extensions * terms + term]; entry < last; entry++) {
        const amount = amounts[term] * paid[entry];
        if (name === "entry") company[where[entry]] += amount;
        partner[where[entry]] += name === "entry" ? -amount : amount;
      }
    }
  }
  return [company, partner];
}

function sampleOf(sheet, offer) {
  if (offer.choice > 0) return byFuture(sheet, offer, offer.choice - 1);
  const known = Array.from({ length: sheet.flat.shape[0] }, (_, taken) => byFuture(sheet, offer, taken));
  return [0, 1].map((party) => Float64Array.from(sheet.taken.values, (taken, future) => known[taken][party][future]));
}

/* A percentile read between the middles of the ranks. */
function percentile(ordered, level) {
  const at = Math.min(Math.max(level * ordered.length - 0.5, 0), ordered.length - 1), below = Math.floor(at);
  const above = Math.min(below + 1, ordered.length - 1);
  return ordered[below] + (at - below) * (ordered[above] - ordered[below]);
}

function worthOf(values, mean, error) {
  const ordered = values.slice().sort();
  return [mean, error, ...TAILS.map((tail) => percentile(ordered, tail)), share(values, (value) => value < 0)];
}

function share(values, holds) {
  return values.reduce((sum, value) => sum + Number(holds(value)), 0) / values.length;
}

/* Every number of an offer: both parties' worth, then by how much signing leads each alternative. */
function assess(sheet, offer) {
  const weights = [1, ...offer.amounts], { choice, rate } = offer;
  const others = row(sheet.others, rate), none = Array.from(others, () => 0);
  const mean = weighted(weights, row(sheet.company, choice, rate)), errors = row(sheet.company_error, choice, rate);
  const [company, partner] = sampleOf(sheet, offer);
  const leads = none.map((_, place) => {
    const against = none.slice();
    against[place] = -1;
    const other = row(sheet.sample_others, rate, place);
    const ahead = company.map((value, future) => value - other[future]);
    const better = share(ahead, (gap) => gap > 0) + share(ahead, (gap) => gap === 0) / 2;
    return [mean - others[place], errorOf([...weights, ...against], errors), better];
  });
  const theirs = weighted(weights, row(sheet.partner, choice, rate));
  return {
    company: worthOf(company, mean, errorOf([...weights, ...none], errors)),
    partner: worthOf(partner, theirs, errorOf(weights, row(sheet.partner_error, choice, rate))),
    leads,
  };
}

/* The share of forecasts with which the partner goes on, by decision; between classes along a straight line. */
function goingOn(sheet, about, amounts) {
  const moving = sheet.moving.values;
  const worth = Array.from(sheet.worth.values, (value, at) => {
    const slope = row(sheet.slope, at);
    return moving.reduce((sum, term, place) => sum + slope[place] * (amounts[term] - about.actual[term]), value);
  });
  return about.decisions.map((_, decision) => {
    const first = sheet.group.values.indexOf(decision), last = sheet.group.values.lastIndexOf(decision);
    if (first === last) return Number(worth[first] >= 0);
    let held = 0, all = 0;
    for (let at = first; at < last; at++) {
      const between = (sheet.weight.values[at] + sheet.weight.values[at + 1]) / 2;
      const low = Math.min(worth[at], worth[at + 1]), high = Math.max(worth[at], worth[at + 1]);
      const part = high > low ? (Math.max(high, 0) - Math.max(low, 0)) / (high - low) : Number(low >= 0);
      held += between * part;
      all += between;
    }
    return held / all;
  });
}

/* Whether this browser finds Python's numbers. */
function agrees(sheet, about) {
  return about.checks.every(({ numbers, ...offer }) => {
    const { company, partner, leads } = assess(sheet, offer);
    const found = [...company, ...partner, ...leads.flat(), ...goingOn(sheet, about, offer.amounts)];
    return found.length === numbers.length && found.every((n, at) => Math.abs(n - numbers[at]) <= 1e-9 * (1 + Math.abs(numbers[at])));
  });
}

/* How numbers are written: as everywhere in the report. */
function amount(value) {
  const size = Math.abs(value), digits = size >= 9.95 ? 0 : 1;
  const text = size.toLocaleString("en-US", { minimumFractionDigits: digits, maximumFractionDigits: digits });
  return value < 0 && Number(text) !== 0 ? MINUS + text : text;
}

function percent(part, digits = 0) {
  if (digits) return `${(100 * part).toFixed(digits)}${SPACE}%`;
  if (part > 0 && part < LEAST_SHOWN) return `under 1${SPACE}%`;
  if (part < 1 && part >= 1 - LEAST_SHOWN) return `over 99${SPACE}%`;
  return `${(100 * part).toFixed(0)}${SPACE}%`;
}

function limits(mean, error, z) {
  return `${amount(mean - z * error)} to ${amount(mean + z * error)}`;
}

function verdict([mean, error], about) {
  const [signs, walks, close] = about.words;
  if (Math.abs(mean) < about.z * error) return close;
  return mean > 0 ? signs : walks;
}

/* The alternative that signing leads by least: [place, lead]. */
function closest(found) {
  return found.leads.reduce((best, lead, place) => (lead[0] < best[1][0] ? [place, lead] : best), [0, found.leads[0]]);
}

function flags(found, about) {
  return { company: verdict(closest(found)[1], about), partner: verdict(found.partner, about) };
}

function plain(number) {
  return String(Number(number.toFixed(9)));
}

/* The terms as a scenario file: what differs from the deal, and what must follow from it. */
function scenarioFile(about, { amounts, choice, rate }) {
  const file = about.file, lines = { ...file.kept };
  const put = (path, value) => { lines[path] = `value: ${value}, ${file.tails[path]}`; };
  const differ = (places) => places.some((place) => amounts[place] !== about.actual[place]);
  const total = (places) => places.reduce((sum, place) => sum + amounts[place], 0);
  for (const [path, places] of Object.entries(file.leaves)) {
    const values = places.map((place) => plain(amounts[place]));
    if (differ(places)) put(path, file.lists.includes(path) ? `[${values.join(", ")}]` : values[0]);
  }
  for (const [path, places] of Object.entries(file.sums)) if (differ(places)) put(path, plain(total(places)));
  const years = choice > 0 ? choice - 1 : file.count;
  if (choice > 0) put("deal.extension_rule", years > 0 ? "always" : "never");
  if (years > 0 && years < file.count) {
    put("deal.extension_count", years);
    for (const [path, list] of Object.entries(file.by_extension)) put(path, `[${list.slice(0, years).join(", ")}]`);
  }
  const funded = file.sums["deal.research_total_musd"] || [], paid = [file.upfront, ...funded];
  if (file.extension !== null && (differ([...paid, file.extension]) || (years > 0 && years < file.count))) {
    put("deal.committed_ceiling_musd", plain(total(paid) + (years > 0 ? years : file.count) * amounts[file.extension]));
  } else if (file.extension === null && differ(paid)) put("deal.committed_ceiling_musd", plain(total(paid)));
  if (rate !== about.rate) put("valuation.discount_rate", plain(about.rates[rate]));
  const body = Object.entries(lines).map(([path, line]) => `  ${path}: {${line}}\n`).join("");
  const vintage = file.vintage ? `vintage: ${file.vintage}\n` : "";
  return `title: ${JSON.stringify(file.title)}\nquestion: ${JSON.stringify(file.question)}\n${vintage}set:${body ? `\n${body}` : " {}\n"}`;
}

/* The terms in the address: only what differs from the deal. */
function toFragment(id, about, { amounts, choice, rate }) {
  const parts = new URLSearchParams();
  about.controls.forEach(({ term }, place) => { if (amounts[place] !== about.actual[place]) parts.set(term, plain(amounts[place])); });
  if (choice) parts.set("extensions", choice - 1);
  if (rate !== about.rate) parts.set("rate", about.rates[rate]);
  const text = parts.toString();
  return text ? `#${id}?${text}` : `#${id}`;
}

function fromFragment(id, about, choices, fragment) {
  const [anchor, text] = fragment.replace(/^#/, "").split("?");
  if (anchor !== id || !text) return null;
  const parts = new URLSearchParams(text);
  const number = (name, otherwise) => {
    const value = parts.has(name) && parts.get(name).trim() !== "" ? Number(parts.get(name)) : NaN;
    return Number.isFinite(value) && value >= 0 ? value : otherwise;
  };
  const extensions = number("extensions", -1), rate = about.rates.indexOf(number("rate", about.rates[about.rate]));
  return {
    amounts: about.controls.map(({ term, unit }, place) => {
      const found = number(term, about.actual[place]);
      return unit === "%" && found > 1 ? about.actual[place] : found;
    }),
    choice: Number.isInteger(extensions) && extensions < choices - 1 ? extensions + 1 : 0,
    rate: rate < 0 ? about.rate : rate,
  };
}

/* What the reader should know of terms like these, beyond their numbers. */
function notesOn(sheet, about, offer) {
  const notes = [], now = goingOn(sheet, about, offer.amounts);
  const moved = about.decisions
    .map((decision, at) => ({ decision, now: now[at], was: about.going_on[at], by: Math.abs(now[at] - about.going_on[at]) }))
    .filter(({ by }) => by > about.least).sort((a, b) => b.by - a.by);
  if (moved.length) {
    const [{ decision: [name, step], now: at, was }] = moved, more = moved.length - 1;
    notes.push(`A decision would move: ${about.names.partner} ${step} with ${percent(at, 1)} of forecasts instead of ${percent(was, 1)} ` +
      `(${name}${more ? `; ${more} more decisions move less` : ""}). These numbers hold decisions as simulated, extensions that hang on ` +
      "them too; the scenario file has them taken anew.");
  }
  if (about.research.some((place) => offer.amounts[place] !== about.actual[place])) {
    notes.push("Funding also pays for research: here it is only paid, with research and leads as simulated; the scenario file moves both.");
  }
  if (offer.rate !== about.rate) notes.push(`Decisions are those taken at ${percent(about.rates[about.rate])}.`);
  return notes;
}

function sentence(found, about) {
  const [mean, error] = found.company, [theirs, theirError] = found.partner, flag = flags(found, about);
  const [place, lead] = closest(found);
  return `At these terms signing is worth $${amount(mean)}${SPACE}million to ${about.names.company} (${limits(mean, error, about.z)}) and ` +
    `$${amount(theirs)}${SPACE}million to ${about.names.partner} (${limits(theirs, theirError, about.z)}), and better than ` +
    `${about.alternatives[place]} in ${percent(lead[2])} of futures: ${about.names.company} ${flag.company}, ` +
    `${about.names.partner} ${flag.partner}.`.replace(/\$\u2212/g, `${MINUS}$`);
}

/* The panel itself. */
function start(panel) {
  const about = JSON.parse(panel.dataset.about), sheet = unpack(about.layout, panel.dataset.bytes), id = panel.id;
  about.actual = about.checks[0].amounts;
  const find = (selector) => panel.querySelector(selector), all = (selector) => [...panel.querySelectorAll(selector)];
  if (!agrees(sheet, about)) {
    find(".live").hidden = true;
    find(".broken").hidden = false;
    return;
  }
  const byPlace = (name) => all(`[data-${name}]`).sort((a, b) => a.dataset[name] - b.dataset[name]);
  const numbers = byPlace("term"), sliders = byPlace("slider"), choice = find(`#${id}-choice`), rate = find(`#${id}-rate`);
  let offer, later;

  const write = (which, found) => {
    const tell = (key, [mean, error], rest) => {
      const cell = find(`[data-out="${which}-${key}"]`);
      cell.querySelector("b").textContent = amount(mean);
      const [within, spread] = cell.querySelectorAll("small");
      within.textContent = `(${limits(mean, error, about.z)})`;
      spread.textContent = rest;
      return cell;
    };
    const spread = (worth) => `9 in 10: ${amount(worth[2])} to ${amount(worth[3])}`;
    for (const [party, word] of Object.entries(flags(found, about))) {
      const flag = tell(party, found[party], spread(found[party])).querySelector("em");
      flag.textContent = word;
      flag.dataset.verdict = about.words.indexOf(word);
    }
    found.leads.forEach((lead, place) => tell(`lead-${place}`, lead, `better in ${percent(lead[2])}`));
  };

  const show = () => {
    write("deal", assess(sheet, { amounts: about.actual, choice: 0, rate: offer.rate }));
    const found = assess(sheet, offer);
    write("yours", found);
    const [, lead] = closest(found);
    find(".glance").textContent = `${about.names.company} ${amount(found.company[0])} \u00b7 ${about.names.partner} ${amount(found.partner[0])} \u00b7 ` +
      `signing better in ${percent(lead[2])}`;
    find(".moves").replaceChildren(...notesOn(sheet, about, offer).map((text) => Object.assign(document.createElement("li"), { textContent: text })));
    find("[data-file]").value = scenarioFile(about, offer);
    clearTimeout(later);
    later = setTimeout(() => {
      const fragment = toFragment(id, about, offer);
      find(".said").textContent = sentence(found, about);
      if (fragment.includes("?") || location.hash.includes("?")) history.replaceState(null, "", fragment);
    }, QUIET_MS);
  };

  const shown = (place, amountNow) => plain(amountNow * about.controls[place].scale);
  const put = (next) => {
    offer = next;
    offer.amounts.forEach((value, place) => { numbers[place].value = sliders[place].value = shown(place, value); });
    choice.selectedIndex = offer.choice;
    rate.selectedIndex = offer.rate;
    show();
  };
  const deal = () => ({ amounts: about.actual.slice(), choice: 0, rate: about.rate });
  const read = (place, text, other) => {
    const value = Number(text), { scale, unit } = about.controls[place];
    const wrong = text.trim() === "" || !Number.isFinite(value) || value < 0 || (unit === "%" && value > scale);
    numbers[place].setAttribute("aria-invalid", String(wrong));
    if (wrong) return;
    offer.amounts[place] = text === shown(place, about.actual[place]) ? about.actual[place] : value / scale;
    other.value = text;
    show();
  };
  numbers.forEach((input, place) => input.addEventListener("input", () => read(place, input.value, sliders[place])));
  sliders.forEach((input, place) => input.addEventListener("input", () => read(place, input.value, numbers[place])));
  choice.addEventListener("change", () => put({ ...offer, choice: choice.selectedIndex }));
  rate.addEventListener("change", () => put({ ...offer, rate: rate.selectedIndex }));

  const copy = async (button, text) => {
    const name = button.textContent;
    try {
      await navigator.clipboard.writeText(text);
      button.textContent = "Copied";
    } catch {
      const field = find("[data-file]");
      find("details").open = true;
      field.value = text;
      field.select();
      button.textContent = "Select and copy below";
    }
    setTimeout(() => { button.textContent = name; }, 10 * QUIET_MS);
  };
  const act = {
    reset: () => put(deal()),
    link: (button) => copy(button, location.href.split("#")[0] + toFragment(id, about, offer)),
    file: (button) => copy(button, scenarioFile(about, offer)),
  };
  all("[data-do]").forEach((button) => button.addEventListener("click", () => act[button.dataset.do](button)));

  const follow = () => {
    const next = fromFragment(id, about, choice.options.length, location.hash);
    if (next) {
      put(next);
      panel.scrollIntoView();
    }
    return next;
  };
  addEventListener("hashchange", follow);
  all("[disabled]").forEach((control) => { control.disabled = false; });
  if (!follow()) put(deal());
}

document.querySelectorAll(".panel").forEach(start);
