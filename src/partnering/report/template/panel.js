/* The panel itself. */
function start(panel) {
  const about = JSON.parse(panel.dataset.about), sheet = unpack(about.layout, panel.dataset.bytes), id = panel.id;
  about.actual = about.checks[0].amounts;
  panel.querySelector(".waiting").hidden = true;
  const find = (selector) => panel.querySelector(selector), all = (selector) => [...panel.querySelectorAll(selector)];
  if (!agrees(sheet, about)) {
    find(".live").hidden = true;
    find(".broken").hidden = false;
    return;
  }
  const byPlace = (name) => all(`[data-${name}]`).sort((a, b) => a.dataset[name] - b.dataset[name]);
  const numbers = byPlace("term"), sliders = byPlace("slider"), choice = find(`#${id}-choice`), rate = find(`#${id}-rate`);
  let offer, later, ignored = "";

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
    write("deal", assess(sheet, { amounts: about.actual, choice: 0, rate: offer.rate }, about));
    const found = assess(sheet, offer, about);
    write("yours", found);
    const flag = flags(found, about), brief = (party) => `${about.names[party]} ${money(found[party][0])}, ${flag[party]}`;
    find(".glance").textContent = `${brief("company")} \u00b7 ${brief("partner")}`;
    const notes = [...(ignored ? [ignored] : []), ...notesOn(about, offer)];
    find(".moves").replaceChildren(...notes.map((text) => Object.assign(document.createElement("li"), { textContent: text })));
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
    offer.amounts.forEach((value, place) => {
      numbers[place].value = sliders[place].value = shown(place, value);
      mark(place, false);
    });
    choice.selectedIndex = offer.choice;
    rate.selectedIndex = offer.rate;
    show();
  };
  const mark = (place, wrong) => {
    const { label, unit, scale } = about.controls[place], moved = offer.amounts[place] !== about.actual[place];
    const before = shown(place, about.actual[place]), was = moved ? `was ${unit === "%" ? `${before} %` : `$${before}m`}` : unit;
    numbers[place].setAttribute("aria-invalid", String(wrong));
    numbers[place].closest(".term").classList.toggle("moved", moved);
    numbers[place].nextElementSibling.textContent = was;
    const problem = find(".problem"), most = unit === "%" ? ` to ${scale}` : " up";
    problem.hidden = !numbers.some((input) => input.getAttribute("aria-invalid") === "true");
    if (wrong) problem.textContent = `${label}: expected a number from 0${most}. What stands here is of the last terms that made sense.`;
    find(".outcome").classList.toggle("stale", !problem.hidden);
  };
  const deal = () => ({ amounts: about.actual.slice(), choice: 0, rate: about.rate });
  const read = (place, text, other) => {
    const value = Number(text), { scale, unit } = about.controls[place];
    const wrong = text.trim() === "" || !Number.isFinite(value) || value < 0 || (unit === "%" && value > scale);
    if (wrong) {
      mark(place, true);
      return;
    }
    offer.amounts[place] = text === shown(place, about.actual[place]) ? about.actual[place] : value / scale;
    other.value = text;
    mark(place, false);
    show();
  };
  numbers.forEach((input, place) => input.addEventListener("input", () => read(place, input.value, sliders[place])));
  sliders.forEach((input, place) => input.addEventListener("input", () => read(place, input.value, numbers[place])));
  choice.addEventListener("change", () => put({ ...offer, choice: choice.selectedIndex }));
  rate.addEventListener("change", () => put({ ...offer, rate: rate.selectedIndex }));

  const copy = async (button, text) => {
    button.dataset.name ||= button.textContent;
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
    setTimeout(() => { button.textContent = button.dataset.name; }, 10 * QUIET_MS);
  };
  const act = {
    reset: () => {
      ignored = "";
      put(deal());
    },
    link: (button) => copy(button, location.href.split("#")[0] + toFragment(id, about, offer)),
    file: (button) => copy(button, scenarioFile(about, offer)),
  };
  all("[data-do]").forEach((button) => button.addEventListener("click", () => act[button.dataset.do](button)));

  const follow = () => {
    const next = fromFragment(id, about, choice.options.length, location.hash);
    if (next) {
      ignored = next.ignored;
      put(next);
      (panel.previousElementSibling || panel).scrollIntoView();
    }
    return next;
  };
  addEventListener("hashchange", follow);
  all("[disabled]").forEach((control) => { control.disabled = false; });
  if (!follow()) put(deal());
}

document.querySelectorAll(".panel").forEach(start);
