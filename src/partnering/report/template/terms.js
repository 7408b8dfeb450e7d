/* How numbers are written: as everywhere in the report. */
function money(value) {
  const text = amount(value), sign = text.startsWith(MINUS) ? MINUS : "";
  return `${sign}$${text === "0.0" ? "0" : text.slice(sign.length)}${SPACE}million`;
}

function amount(value) {
  const size = Math.abs(value), digits = size >= 9.95 ? 0 : 1;
  const text = rounded(size, digits);
  return value < 0 && Number(text) !== 0 ? MINUS + text : text;
}

/* A half goes to the even digit, as in Python. */
function rounded(size, digits) {
  return size.toLocaleString("en-US", { minimumFractionDigits: digits, maximumFractionDigits: digits, roundingMode: "halfEven" });
}

function percent(part) {
  if (part > 0 && part < LEAST_SHOWN) return `under 1${SPACE}%`;
  if (part < 1 && part >= 1 - LEAST_SHOWN) return `over 99${SPACE}%`;
  return `${rounded(100 * part, 0)}${SPACE}%`;
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
  const follows = new Set([...Object.keys(file.sums), "deal.committed_ceiling_musd"]);
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
  const body = Object.entries(lines).map(([path, line]) => `  ${path}: {${line}}${follows.has(path) ? "   # follows from the others" : ""}\n`).join("");
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
  const taken = number("extensions", -1), rate = about.rates.indexOf(number("rate", about.rates[about.rate]));
  const holds = {
    extensions: Number.isInteger(taken) && taken >= 0 && taken < choices - 1,
    rate: rate >= 0 && number("rate", -1) >= 0,
    ...Object.fromEntries(about.controls.map(({ term, unit }) => [term, number(term, -1) >= 0 && !(unit === "%" && number(term, 0) > 1)])),
  };
  const odd = [...new Set(parts.keys())].filter((name) => !holds[name]);
  return {
    ignored: odd.length ? `Part of the link made no sense and was left out: ${odd.join(", ")}.` : "",
    amounts: about.controls.map(({ term }, place) => holds[term] ? number(term) : about.actual[place]),
    choice: holds.extensions ? taken + 1 : 0,
    rate: holds.rate ? rate : about.rate,
  };
}

/* What the reader should know of terms like these, beyond their numbers. */
function notesOn(about, offer) {
  const notes = [];
  if (about.research.some((place) => offer.amounts[place] !== about.actual[place])) {
    notes.push("Funding also pays for research: here it is only paid, with research and leads as simulated; the scenario file moves both.");
  }
  if (offer.rate !== about.rate) notes.push(`Decisions are those taken at ${percent(about.rates[about.rate])}.`);
  return notes;
}

function sentence(found, about) {
  const [mean, error] = found.company, [theirs, theirError] = found.partner, flag = flags(found, about);
  const [place, lead] = closest(found);
  return `At these terms signing is worth ${money(mean)} to ${about.names.company} (${limits(mean, error, about.z)}) and ` +
    `${money(theirs)} to ${about.names.partner} (${limits(theirs, theirError, about.z)}), and better than ` +
    `${about.alternatives[place]} in ${percent(lead[2])} of futures. By these values, planned and before tax, ` +
    `${about.names.company} ${flag.company}, ${about.names.partner} ${flag.partner}.`;
}
