/* Advantages in C by plain loops, speaking the process protocol ordergrad-ref/1.
   cc -O2 -o advantage advantage.c && ordergrad-ref vectors check --process ./advantage */
#define _POSIX_C_SOURCE 200809L
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

typedef struct { double reward; size_t place; } Sample;
static int by_reward(const void *a, const void *b) {
  double x = ((const Sample *)a)->reward, y = ((const Sample *)b)->reward;
  return (x > y) - (x < y);
}
/* A_(t+1) - A_(t) = (r_(t+1) - r_(t)) * n/(n-1) * e_t, and all A sum to zero: eq. (25).
   e holds k rank weights; they are elevated to n - 1, one rank at a time: eq. (22). */
static void advantage(Sample *s, size_t n, double *e, size_t k, double *a) {
  for (size_t m = k; m < n - 1; m++)
    for (size_t t = m + 1; t-- > 0;)
      e[t] = ((t > 0 ? t * e[t - 1] : 0) + (t < m ? (m - t) * e[t] : 0)) / m;
  qsort(s, n, sizeof *s, by_reward);
  double rise = a[s[0].place] = 0, sum = 0;
  for (size_t t = 1; t < n; t++, sum += rise)
    a[s[t].place] = rise += (s[t].reward - s[t - 1].reward) * (n * e[t - 1] / (n - 1));
  for (size_t i = 0; i < n; i++) a[i] -= sum / n;
}

/* Requests are compact JSON, rank weights before groups: scanning suffices. Returns the class of an error. */
static const char *answer(char *line, Sample *s, double *weights, double *e, double *a, FILE *out) {
  size_t k = 0, n;
  for (char *p = strstr(line, "\"weights\":[") + 11; *p == '"'; p += p[1] == ',' ? 2 : 1, k++) {
    weights[k] = strtod(p + 1, &p);
    if (*p == '/') weights[k] /= strtod(p + 1, &p);
  }
  for (char *p = strstr(line, "\"groups\":[") + 10; *p == '['; p += p[1] == ',' ? 2 : 1) {
    for (p++, n = 0; *p != ']'; p += *p == ',', n++) {
      if (*p == '"') return "NonFiniteRewardError"; /* "nan", "inf" */
      s[n] = (Sample){strtod(p, &p), n};
    }
    if (n <= k) return "GroupTooSmallError";
    advantage(s, n, memcpy(e, weights, k * sizeof *e), k, a);
    for (size_t i = 0; i < n; i++)
      fprintf(out, "%s%.17g%s", i ? "," : ftell(out) ? ",[" : "[", a[i], i + 1 < n ? "" : "]");
  }
  return NULL;
}

int main(void) {
  char *line = NULL, *result;
  const char *hello = "{\"protocol\":\"ordergrad-ref/1\",\"name\":\"advantage.c\",\"functions\":[\"advantage\"]}";
  for (size_t room = 0, size; getline(&line, &room, stdin) > 0; fflush(stdout)) {
    if (strstr(line, "\"protocols\"")) { puts(hello); continue; }
    double *numbers = malloc(3 * room * sizeof(double)); /* no line has more numbers than characters */
    Sample *s = malloc(room * sizeof *s);
    FILE *out = open_memstream(&result, &size);
    const char *error = answer(line, s, numbers, numbers + room, numbers + 2 * room, out);
    fclose(out), printf("{\"id\":%ld,", strtol(strstr(line, "\"id\":") + 5, NULL, 10));
    printf(error ? "\"error\":{\"class\":\"%s\"}}\n" : "\"result\":[%s]}\n", error ? error : result);
    free(numbers), free(s), free(result);
  }
}
