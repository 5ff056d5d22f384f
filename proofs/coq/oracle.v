(* The oracle: the batch quantities, the max@K family and populations as a program on exact rationals.
   oracle_batch.v and oracle_population.v prove it equal to the definitions; extract.v makes OCaml of it.

   alpha is the list of the K ascending rank weights, l the list of the N rewards of a batch in any order.
   Where N is too small for K the numbers mean nothing: whoever asks has to look first.

   Equation numbers are those of docs/spec/1.1/index.md. *)

From Coq Require Import ZArith QArith.
From mathcomp Require Import all_ssreflect.

Set Implicit Arguments.
Unset Strict Implicit.
Unset Printing Implicit Defensive.

(* Rationals in lowest terms. *)
Definition reduce (x : Q) : Q :=
  let g := Z.gcd (Qnum x) (Zpos (Qden x)) in
  Qmake (Z.div (Qnum x) g) (Z.to_pos (Z.div (Zpos (Qden x)) g)).
Definition qadd x y := reduce (Qplus x y).
Definition qsub x y := reduce (Qminus x y).
Definition qmul x y := reduce (Qmult x y).
Definition qdiv x y := reduce (Qdiv x y).
Definition qnat (n : nat) : Q := inject_Z (Z.of_nat n).
Definition qsum (l : seq Q) : Q := foldr qadd (qnat 0) l.
Definition at_most (x y : Q) : bool := Z.leb (Qnum x * Zpos (Qden y)) (Qnum y * Zpos (Qden x)).
Definition q0 : Q := qnat 0.

(* Rows t = 0, .., n - 1 of Pascal's triangle, each cut to its first K entries. *)
Definition next_row (row : seq Z) : seq Z := pairmap Z.add 0%Z row.
Definition first_row K : seq Z := 1%Z :: nseq K.-1 0%Z.
Definition pascal K n : seq (seq Z) := traject next_row (first_row K) n.

(* sum_j alpha_j row_j row'_(K-1-j) *)
Fixpoint dot (alpha : seq Q) (row wor : seq Z) : Q :=
  match alpha, row, wor with
  | a :: alpha', c :: row', d :: wor' => qadd (qmul a (inject_Z (c * d))) (dot alpha' row' wor')
  | _, _, _ => qnat 0
  end.

(* (22) e_t^(n), t = 0, .., n - 1 *)
Definition elevate alpha n : seq Q :=
  let K := size alpha in
  let rows := pascal K n in
  let all := inject_Z (nth 0%Z (nth [::] rows n.-1) K.-1) in
  [seq qdiv (dot alpha p.1 (rev p.2)) all | p <- zip rows (rev rows)].

(* (23) w_m = K/n e_m *)
Definition rank_weights alpha n : seq Q :=
  [seq qmul (qdiv (qnat (size alpha)) (qnat n)) e | e <- elevate alpha n].

Section Batch.
Variables (alpha l : seq Q).
Let K := size alpha.
Let N := size l.
Let x := sort at_most l.

(* How many rewards are below y: the place of y in sorted order. *)
Definition place (y : Q) : nat := count (fun z => ~~ at_most y z) l.

(* (23) *)
Definition value : Q := qsum [seq qmul p.1 p.2 | p <- zip (rank_weights alpha N) x].

(* (25), the terms of the running sums, *)
Definition gap_terms : seq Q :=
  [seq qmul (qsub p.1.2 p.1.1) (qmul (qdiv (qnat N) (qnat N.-1)) p.2)
  | p <- zip (zip x (behead x)) (elevate alpha N.-1)].

(* and their sums, less their mean, in sorted order. *)
Definition sorted_advantages : seq Q :=
  let running := qnat 0 :: scanl qadd (qnat 0) gap_terms in
  let mean := qdiv (qsum running) (qnat N) in
  [seq qsub g mean | g <- running].

Definition advantage : seq Q :=
  let A := sorted_advantages in [seq nth q0 A (place y) | y <- l].

(* (26) *)
Definition inclusion : seq Q :=
  let v := value in
  if K == N then nseq N v
  else [seq qadd v (qmul (qdiv (qnat (N - K)) (qnat N)) a) | a <- advantage].

(* (27) *)
Definition leave_one_out : seq Q :=
  let v := value in [seq qsub v (qmul (qdiv (qnat K) (qnat N)) a) | a <- advantage].

(* (28) *)
Definition score_weights : seq Q := [seq qmul (qdiv (qnat K) (qnat N)) a | a <- advantage].

(* (29) the rank weight, shared among equals; each share is computed once. *)
Definition share (w : seq Q) (y : Q) : Q :=
  let tied := [seq p.1 | p <- zip w x & at_most y p.2 && at_most p.2 y] in
  qdiv (qsum tied) (qnat (size tied)).

Fixpoint shares (w : seq Q) (z s : Q) (ys : seq Q) : seq Q :=
  if ys is y :: ys' then
    let t := if at_most y z && at_most z y then s else share w y in t :: shares w y t ys'
  else [::].

Definition pathwise_weights : seq Q :=
  let w := rank_weights alpha N in
  let table := shares w (head q0 x) (share w (head q0 x)) x in
  [seq nth q0 table (place y) | y <- l].
End Batch.

(* The family, section 8. The maximum of K: *)
Definition maximum K : seq Q := rcons (nseq K.-1 q0) (qnat 1).

Section Family.
Variables (K : nat) (l : seq Q).
Let N := size l.

(* (39) *)
Definition pkpo : seq Q := [seq qmul (qdiv (qnat K) (qnat N)) q | q <- inclusion (maximum K) l].

(* (40) *)
Definition pkpo_loo : seq Q :=
  [seq qsub p.1 (qmul (qdiv (qnat K) (qnat N.-1)) p.2) | p <- zip pkpo (leave_one_out (maximum K) l)].

(* (41); the maximum of none is 0. *)
Definition improvement : seq Q :=
  if K == 1%N then inclusion (maximum K) l
  else [seq qsub p.1 p.2 | p <- zip (inclusion (maximum K) l) (leave_one_out (maximum K.-1) l)].

(* (42) *)
Definition pkpo_loo_minus_one : seq Q := [seq qmul (qdiv (qnat K) (qnat N)) h | h <- improvement].

(* (45), and (43) and (44), which are the same *)
Definition canonical : seq Q := advantage (maximum K) l.

(* (46) *)
Definition subset_mean_baseline : seq Q :=
  let v := value (maximum K) l in [seq qsub q v | q <- inclusion (maximum K) l].
End Family.

Section Mean.
Variable l : seq Q.
Let N := size l.

(* (47) *)
Definition rloo : seq Q :=
  let s := qsum l in [seq qsub y (qdiv (qsub s y) (qnat N.-1)) | y <- l].

(* (48) *)
Definition dr_grpo : seq Q := let m := qdiv (qsum l) (qnat N) in [seq qsub y m | y <- l].

(* (50) *)
Definition runner_up_gap : seq Q := improvement N l.

(* (51) *)
Definition maxrl : seq Q :=
  let m := qdiv (qsum l) (qnat N) in
  if at_most m q0 && at_most q0 m then nseq N q0 else [seq qdiv (qsub y m) m | y <- l].
End Mean.

(* (53) *)
Definition pass_at_k K (l : seq Q) : Q := value (maximum K) l.

(* Populations, section 6: the list l of the atoms' rewards and the list p of their probabilities. *)
Section Population.
Variables (alpha l p : seq Q).
Let K := size alpha.
Let x := sort at_most l.

(* alpha_m + .. + alpha_(K-1): what the ranks from m on weigh. *)
Definition tail (m : nat) : Q := qsum (drop m alpha).

(* F(y), the mass of the rewards up to y. *)
Definition mass (y : Q) : Q := qsum [seq c.2 | c <- zip l p & at_most c.1 y].

Fixpoint power (y : Q) (n : nat) : Q := if n is m.+1 then qmul y (power y m) else qnat 1.

(* C(n, m) for m = 0, .., n *)
Definition binomials n : seq Z := nth [::] (pascal n.+1 n.+1) n.

(* E[tail(c + the number of n draws with reward up to y)] *)
Definition layer n c (y : Q) : Q :=
  let f := mass y in
  let g := qsub (qnat 1) f in
  let b := binomials n in
  qsum [seq qmul (qmul (inject_Z (nth 0%Z b m)) (qmul (power f m) (power g (n - m)))) (tail (c + m))
       | m <- iota 0 n.+1].

(* The smallest reward, and each gap by what is beyond it. *)
Definition layers n (c : Q -> nat) : Q :=
  qadd (qmul (nth q0 x 0) (tail 0))
    (qsum [seq qmul (qsub g.2 g.1) (layer n (c g.1) g.1) | g <- zip x (behead x)]).

(* (31) *)
Definition population_value : Q := layers K (fun _ => 0%N).

(* (32) *)
Definition population_inclusion : seq Q :=
  [seq layers K.-1 (fun t => nat_of_bool (at_most y t)) | y <- l].

(* (30) *)
Definition population_advantage : seq Q :=
  let j := population_value in [seq qsub q j | q <- population_inclusion].

(* (33) *)
Definition population_gradient : seq Q := [seq qmul (qnat K) q | q <- population_inclusion].

(* (34) *)
Definition population_logit_gradient : seq Q :=
  [seq qmul (qmul (qnat K) c.1) c.2 | c <- zip p population_advantage].
End Population.
