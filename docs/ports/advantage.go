// Advantages in Go by plain loops, with the standard library alone, speaking the process protocol ordergrad-ref/1.
// go build advantage.go && ordergrad-ref vectors check --process ./advantage
package main

import (
	"bufio"
	"encoding/json"
	"os"
	"sort"
	"strconv"
	"strings"
)

// Rank weights for K ranks -> Bernstein coefficients for n ranks, one rank at a time: eq. (22).
func elevated(weights []float64, n int) []float64 {
	e := weights
	for m := len(weights); m < n; m++ {
		next := make([]float64, m+1)
		for t := range next {
			if t > 0 {
				next[t] += float64(t) * e[t-1]
			}
			if t < m {
				next[t] += float64(m-t) * e[t]
			}
			next[t] /= float64(m)
		}
		e = next
	}
	return e
}

// A_(t+1) - A_(t) = (r_(t+1) - r_(t)) * N/(N-1) * e_t^(N-1), and all A sum to zero: eq. (25).
func advantage(rewards, weights []float64) []float64 {
	n := len(rewards)
	e := elevated(weights, n-1)
	order := make([]int, n)
	for i := range order {
		order[i] = i
	}
	sort.SliceStable(order, func(a, b int) bool { return rewards[order[a]] < rewards[order[b]] })
	rise, sum, result := 0.0, 0.0, make([]float64, n)
	for t := 1; t < n; t++ {
		gap := rewards[order[t]] - rewards[order[t-1]]
		rise += gap * (float64(n) * e[t-1] / float64(n-1))
		sum += rise
		result[order[t]] = rise
	}
	for i := range result {
		result[i] -= sum / float64(n)
	}
	return result
}

func rational(text string) float64 {
	top, bottom, isQuotient := strings.Cut(text, "/")
	if !isQuotient {
		bottom = "1"
	}
	p, _ := strconv.ParseFloat(top, 64)
	q, _ := strconv.ParseFloat(bottom, 64)
	return p / q
}

type request struct {
	Protocols []string
	Id        int
	Objective struct{ Weights []string }
	Groups    [][]any // a number that is not finite is a string
}

// The answer, or the class of an error.
func answer(asked request) ([][]float64, string) {
	var weights []float64
	for _, w := range asked.Objective.Weights {
		weights = append(weights, rational(w))
	}
	var result [][]float64
	for _, group := range asked.Groups {
		var rewards []float64
		for _, x := range group {
			number, finite := x.(float64)
			if !finite {
				return nil, "NonFiniteRewardError"
			}
			rewards = append(rewards, number)
		}
		if len(rewards) <= len(weights) {
			return nil, "GroupTooSmallError"
		}
		result = append(result, advantage(rewards, weights))
	}
	return result, ""
}

func main() {
	in, out := bufio.NewReader(os.Stdin), json.NewEncoder(os.Stdout)
	for {
		line, err := in.ReadBytes('\n')
		if err != nil {
			return
		}
		var asked request
		json.Unmarshal(line, &asked)
		if asked.Protocols != nil {
			out.Encode(map[string]any{
				"protocol": "ordergrad-ref/1", "name": "advantage.go", "functions": []string{"advantage"},
			})
			continue
		}
		result, class := answer(asked)
		if class != "" {
			out.Encode(map[string]any{"id": asked.Id, "error": map[string]string{"class": class}})
			continue
		}
		out.Encode(map[string]any{"id": asked.Id, "result": result})
	}
}
