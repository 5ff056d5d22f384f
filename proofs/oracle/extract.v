(* OCaml from the program that coq/oracle_batch.v, coq/oracle_family.v and coq/oracle_population.v prove right.
   Booleans, lists, options and pairs become those of OCaml; numbers stay what they are in Coq, binary integers
   without end, so that no other arithmetic has to be trusted. *)

From Coq Require Import Extraction ExtrOcamlBasic.
From Ordergrad Require oracle.

Set Warnings "-extraction-opaque-accessed".
Extraction "oracle_core.ml"
  oracle.value oracle.inclusion oracle.leave_one_out oracle.advantage oracle.score_weights
  oracle.pathwise_weights oracle.rank_weights
  oracle.pkpo oracle.pkpo_loo oracle.pkpo_loo_minus_one oracle.canonical oracle.subset_mean_baseline
  oracle.rloo oracle.dr_grpo oracle.runner_up_gap oracle.maxrl oracle.pass_at_k
  oracle.population_value oracle.population_inclusion oracle.population_advantage
  oracle.population_gradient oracle.population_logit_gradient.
