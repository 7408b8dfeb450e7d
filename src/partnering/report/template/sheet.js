/* The live term sheet. A value is what is left without the terms, plus each term times what a unit of it is worth;
   packed.py lays the bytes out, analysis/termsheet.py says the same in Python. */
"use strict";

const MINUS = "\u2212", SPACE = "\u00a0", LEAST_SHOWN = 0.005, QUIET_MS = 150;
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

function worthOf(values, mean, error, tails) {
  const ordered = values.slice().sort();
  return [mean, error, ...tails.map((tail) => percentile(ordered, tail)), share(values, (value) => value < 0)];
}

function share(values, holds) {
  return values.reduce((sum, value) => sum + Number(holds(value)), 0) / values.length;
}

/* Every number of an offer: both parties' worth, then by how much signing leads each alternative. */
function assess(sheet, offer, { rounding, tails }) {
  const weights = [1, ...offer.amounts], { choice, rate } = offer;
  const others = row(sheet.others, rate), none = Array.from(others, () => 0);
  const mean = weighted(weights, row(sheet.company, choice, rate)), errors = row(sheet.company_error, choice, rate);
  const [company, partner] = sampleOf(sheet, offer);
  const leads = none.map((_, place) => {
    const against = none.slice();
    against[place] = -1;
    const other = row(sheet.sample_others, rate, place);
    const ahead = company.map((value, future) => value - other[future]);
    const better = share(ahead, (gap) => gap > rounding) + share(ahead, (gap) => Math.abs(gap) <= rounding) / 2;
    return [mean - others[place], errorOf([...weights, ...against], errors), better];
  });
  const theirs = weighted(weights, row(sheet.partner, choice, rate));
  return {
    company: worthOf(company, mean, errorOf([...weights, ...none], errors), tails),
    partner: worthOf(partner, theirs, errorOf(weights, row(sheet.partner_error, choice, rate)), tails),
    leads,
  };
}

/* Whether this browser finds Python's numbers. */
function agrees(sheet, about) {
  return about.checks.every(({ numbers, ...offer }) => {
    const { company, partner, leads } = assess(sheet, offer, about);
    const found = [...company, ...partner, ...leads.flat()];
    return found.length === numbers.length && found.every((n, at) => Math.abs(n - numbers[at]) <= 1e-9 * (1 + Math.abs(numbers[at])));
  });
}
