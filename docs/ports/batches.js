// All functions of a batch in JavaScript by plain loops, with scores and with samples that do not count,
// speaking the process protocol ordergrad-ref/1. ordergrad-ref vectors check --process "node batches.js"
"use strict";

const AT_K = ["value", "inclusion", "pathwise_weights"]; // those that have an answer where N = K
const PER_GROUP = ["value", "standard_error"]; // those that answer one number for each group
const UNDEFINED = ["inclusion", "leave_one_out"]; // those that have no answer for what does not count: eq. (78)
const NAMES = [...AT_K, "leave_one_out", "advantage", "score_weights", "standard_error", "rank_weights.floating"];
const HELLO = {
  protocol: "ordergrad-ref/1", name: "batches.js", functions: NAMES, options: ["by", "where", "nan_policy"],
};

const sum = (numbers) => numbers.reduce((a, b) => a + b, 0);
const mean = (numbers) => sum(numbers) / numbers.length;

// Rank weights for K ranks -> Bernstein coefficients for n ranks, one rank at a time: eq. (22).
function elevated(weights, n) {
  let e = weights;
  for (let m = weights.length; m < n; m++) {
    const next = new Array(m + 1);
    for (let t = 0; t <= m; t++) {
      next[t] = ((t > 0 ? t * e[t - 1] : 0) + (t < m ? (m - t) * e[t] : 0)) / m;
    }
    e = next;
  }
  return e;
}

// The samples of each score, scores ascending.
function runsOf(scores) {
  const runs = [];
  for (const i of [...scores.keys()].sort((a, b) => scores[a] - scores[b])) {
    const last = runs.at(-1);
    if (last && scores[last[0]] === scores[i]) last.push(i);
    else runs.push([i]);
  }
  return runs;
}

// Each run rises by the differences of mean rewards times the weight of the gap; within it its mean weight
// counts; and all A sum to zero: eq. (76), which without scores is eq. (25).
function advantage(r, runs, means, weights) {
  const n = r.length;
  const g = elevated(weights, n - 1).map((e) => (n * e) / (n - 1));
  const a = new Array(n);
  let level = 0;
  let low = 0;
  runs.forEach((run, t) => {
    if (t > 0) level += (means[t] - means[t - 1]) * g[low - 1];
    const inside = run.length > 1 ? mean(g.slice(low, low + run.length - 1)) : 0;
    for (const i of run) a[i] = level + (r[i] - means[t]) * inside;
    low += run.length;
  });
  const middle = mean(a);
  return a.map((x) => x - middle);
}

function ofGroup(name, r, weights, by) {
  const [n, k] = [r.length, weights.length];
  if (![...r, ...(by || [])].every(Number.isFinite)) throw refusal("NonFiniteRewardError");
  if (n < k + (AT_K.includes(name) ? 0 : 1)) throw refusal("GroupTooSmallError");
  const runs = runsOf(by || r);
  const w = elevated(weights, n).map((e) => (e * k) / n); // eq. (23)
  let low = 0;
  const shares = runs.map((run) => sum(w.slice(low, (low += run.length))));
  if (name === "pathwise_weights") { // eq. (29)
    const result = new Array(n);
    runs.forEach((run, t) => { for (const i of run) result[i] = shares[t] / run.length; });
    return result;
  }
  const means = runs.map((run) => (by ? mean(run.map((i) => r[i])) : r[run[0]]));
  const v = sum(shares.map((share, t) => share * means[t]));
  if (name === "value") return v;
  if (n === k) return r.map(() => v);
  const a = advantage(r, runs, means, weights);
  if (name === "advantage") return a;
  if (name === "inclusion") return a.map((x) => v + ((n - k) / n) * x); // eq. (26)
  if (name === "leave_one_out") return a.map((x) => v - (k / n) * x); // eq. (27)
  const scores = a.map((x) => (k / n) * x); // eq. (28)
  if (name === "score_weights") return scores;
  return Math.sqrt(((n - 1) / n) * sum(scores.map((x) => x * x))); // eq. (79)
}

// What counts is answered, and the answers are put back into their places.
function ofAll(name, rewards, weights, by, counts) {
  for (const beside of [by, counts]) {
    if (beside && beside.length !== rewards.length) throw refusal("InvalidInputError");
  }
  const places = [...rewards.keys()].filter((i) => !counts || counts[i]);
  const kept = ofGroup(name, places.map((i) => rewards[i]), weights, by && places.map((i) => by[i]));
  if (PER_GROUP.includes(name)) return kept;
  const result = rewards.map(() => (UNDEFINED.includes(name) ? null : 0));
  places.forEach((i, at) => { result[i] = kept[at]; });
  return result;
}

function refusal(name) {
  return Object.assign(new Error(name), { name });
}

function rational(text) {
  const [p, q = "1"] = text.split("/");
  return Number(p) / Number(q);
}

function answer(message) {
  if (message.protocols) return HELLO;
  try {
    const weights = message.objective.weights.map(rational);
    if (message.function === "rank_weights.floating") {
      const [n, k] = [message.n, weights.length];
      if (n < k) throw refusal("GroupTooSmallError");
      return { id: message.id, result: elevated(weights, n).map((e) => (e * k) / n) };
    }
    const result = message.groups.map((rewards, g) => {
      const omitted = message.nan_policy && rewards.map((x) => x !== "nan");
      const [by, where] = [message.by && message.by[g], message.where ? message.where[g] : omitted];
      return ofAll(message.function, rewards, weights, by, where);
    });
    return { id: message.id, result };
  } catch (error) {
    return { id: message.id, error: { class: error.name, message: error.message } };
  }
}

require("readline").createInterface({ input: process.stdin })
  .on("line", (line) => console.log(JSON.stringify(answer(JSON.parse(line)))));
