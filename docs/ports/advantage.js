// Advantages in JavaScript by plain loops, speaking the process protocol ordergrad-ref/1.
// ordergrad-ref vectors check --process "node advantage.js"
"use strict";

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

// A_(t+1) - A_(t) = (r_(t+1) - r_(t)) * N/(N-1) * e_t^(N-1), and all A sum to zero: eq. (25).
function advantage(rewards, weights) {
  const n = rewards.length;
  if (n <= weights.length) throw refusal("GroupTooSmallError", `N = ${n} needs N > K = ${weights.length}`);
  if (!rewards.every(Number.isFinite)) throw refusal("NonFiniteRewardError", "a reward is no finite number");
  const e = elevated(weights, n - 1);
  const order = [...rewards.keys()].sort((a, b) => rewards[a] - rewards[b]);
  const rise = [0];
  for (let t = 1; t < n; t++) {
    const gap = rewards[order[t]] - rewards[order[t - 1]];
    rise.push(rise[t - 1] + gap * ((n * e[t - 1]) / (n - 1)));
  }
  const mean = rise.reduce((a, b) => a + b) / n;
  const result = new Array(n);
  order.forEach((place, t) => { result[place] = rise[t] - mean; });
  return result;
}

function refusal(name, message) {
  return Object.assign(new Error(message), { name });
}

function rational(text) {
  const [p, q = "1"] = text.split("/");
  return Number(p) / Number(q);
}

function answer(message) {
  if (message.protocols) {
    return { protocol: "ordergrad-ref/1", name: "advantage.js", functions: ["advantage"] };
  }
  try {
    const weights = message.objective.weights.map(rational);
    return { id: message.id, result: message.groups.map((rewards) => advantage(rewards, weights)) };
  } catch (error) {
    return { id: message.id, error: { class: error.name, message: error.message } };
  }
}

require("readline").createInterface({ input: process.stdin })
  .on("line", (line) => console.log(JSON.stringify(answer(JSON.parse(line)))));
