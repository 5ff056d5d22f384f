// Advantages in Rust by plain loops, without a crate, speaking the process protocol ordergrad-ref/1.
// rustc -O -o advantage advantage.rs && ordergrad-ref vectors check --process ./advantage
use std::io::{BufRead, Write};

// Rank weights for K ranks -> Bernstein coefficients for n ranks, one rank at a time: eq. (22).
fn elevated(weights: &[f64], n: usize) -> Vec<f64> {
    let mut e = weights.to_vec();
    for m in weights.len()..n {
        e = (0..=m)
            .map(|t| {
                let low = if t > 0 { t as f64 * e[t - 1] } else { 0.0 };
                let high = if t < m { (m - t) as f64 * e[t] } else { 0.0 };
                (low + high) / m as f64
            })
            .collect();
    }
    e
}

// A_(t+1) - A_(t) = (r_(t+1) - r_(t)) * N/(N-1) * e_t^(N-1), and all A sum to zero: eq. (25).
fn advantage(rewards: &[f64], weights: &[f64]) -> Vec<f64> {
    let n = rewards.len();
    let e = elevated(weights, n - 1);
    let mut order: Vec<usize> = (0..n).collect();
    order.sort_by(|&a, &b| rewards[a].total_cmp(&rewards[b]));
    let (mut rise, mut sum, mut result) = (0.0, 0.0, vec![0.0; n]);
    for t in 1..n {
        rise += (rewards[order[t]] - rewards[order[t - 1]]) * (n as f64 * e[t - 1] / (n - 1) as f64);
        sum += rise;
        result[order[t]] = rise;
    }
    result.iter().map(|a| a - sum / n as f64).collect()
}

fn rational(text: &str) -> f64 {
    let (p, q) = text.split_once('/').unwrap_or((text, "1"));
    p.parse::<f64>().unwrap() / q.parse::<f64>().unwrap()
}

// Requests are compact JSON, rank weights before groups: scanning suffices. An error is its class.
fn after<'a>(line: &'a str, name: &str) -> &'a str {
    line.split_once(name).unwrap().1
}

fn answer(line: &str) -> Result<String, &'static str> {
    let list = after(line, "\"weights\":[").split_once(']').unwrap().0;
    let weights: Vec<f64> = list.split(',').map(|w| rational(w.trim_matches('"'))).collect();
    let groups = after(line, "\"groups\":[[").split("]]").next().unwrap();
    let mut rows = Vec::new();
    for group in groups.split("],[") {
        if group.contains('"') {
            return Err("NonFiniteRewardError"); // "nan", "inf"
        }
        let rewards: Vec<f64> = group.split(',').map(|x| x.parse().unwrap()).collect();
        if rewards.len() <= weights.len() {
            return Err("GroupTooSmallError");
        }
        let row: Vec<String> = advantage(&rewards, &weights).iter().map(|a| format!("{a:e}")).collect();
        rows.push(format!("[{}]", row.join(",")));
    }
    Ok(rows.join(","))
}

fn main() {
    let mut out = std::io::stdout();
    for line in std::io::stdin().lock().lines().map(|line| line.unwrap()) {
        if line.contains("\"protocols\"") {
            let hello = "{\"protocol\":\"ordergrad-ref/1\",\"name\":\"advantage.rs\",\"functions\":[\"advantage\"]}";
            writeln!(out, "{hello}").unwrap();
            continue;
        }
        let id = after(&line, "\"id\":").split(',').next().unwrap();
        match answer(&line) {
            Ok(result) => writeln!(out, "{{\"id\":{id},\"result\":[{result}]}}").unwrap(),
            Err(class) => writeln!(out, "{{\"id\":{id},\"error\":{{\"class\":\"{class}\"}}}}").unwrap(),
        }
    }
}
