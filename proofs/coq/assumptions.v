(* What each headline theorem assumes: nothing. *)

From Ordergrad Require Import advantage unbiased leave_two_out gap_form closed_form improvement.
From Ordergrad Require Import examples polarisation estimators characterisation uniqueness nonexistence.
From Ordergrad Require Import decomposition boundary_counts disjoint_sets error_bars hoeffding off_policy concomitants tied_scores population elevation bernstein same_objective cvar.
From Ordergrad Require Import spectrum existence slopes direction halving surrogate pathwise.
From Ordergrad Require Import oracle_weights oracle_batch oracle_family oracle_population.

Print Assumptions value_split.
Print Assumptions advantage_value.
Print Assumptions advantage_centred.
Print Assumptions include_one_advantage.
Print Assumptions leave_one_out_advantage.

Print Assumptions derivative_is_derivative.
Print Assumptions derivative_symmetric.
Print Assumptions include_one_unbiased.
Print Assumptions advantage_unbiased.

Print Assumptions improvement_added.
Print Assumptions pairwise_canonical.
Print Assumptions maxpo_canonical.

Print Assumptions include_one_gap.
Print Assumptions leave_one_out_gap.
Print Assumptions advantage_gap.
Print Assumptions lstat_max.
Print Assumptions concomitant_include_one_gap.
Print Assumptions concomitant_leave_one_out_gap.
Print Assumptions concomitant_gap.
Print Assumptions tied_own_orders.
Print Assumptions tied_value.
Print Assumptions tied_advantage.
Print Assumptions value_closed_form.
Print Assumptions advantage_closed_form.
Print Assumptions advantage_neighbours.
Print Assumptions ranked_exists.
Print Assumptions elevated_max.
Print Assumptions elevated_start.
Print Assumptions elevated_step.
Print Assumptions bernstein_elevated.
Print Assumptions bernstein_unique.
Print Assumptions bernstein_span.
Print Assumptions same_objective.
Print Assumptions same_score_weights.
Print Assumptions fewer_ranks.
Print Assumptions never_below_cvar.
Print Assumptions derivative_spectrum.
Print Assumptions same_derivative.
Print Assumptions pathwise_difference.
Print Assumptions value_derivative.
Print Assumptions pathwise_finite.
Print Assumptions pathwise_law.
Print Assumptions improvement_gap.

Print Assumptions polarisation.
Print Assumptions vanishing.
Print Assumptions baseline_zero.
Print Assumptions characterisation.
Print Assumptions sufficient.
Print Assumptions necessary.
Print Assumptions canonical_centred.
Print Assumptions canonical_unbiased.
Print Assumptions canonical_unique.

Print Assumptions unbiased_centred_full.
Print Assumptions full_batch_degree.
Print Assumptions no_unbiased_centred_max.
Print Assumptions unbiased_centred_exists.
Print Assumptions unbiased_centred_unique.
Print Assumptions estimable.

Print Assumptions include_one_rise.
Print Assumptions unbiased_by_slopes.
Print Assumptions some_objective.
Print Assumptions slopes_unique.

Print Assumptions right_at_rises.
Print Assumptions proportional_by_coefficients.
Print Assumptions direction_proved.
Print Assumptions direction_refuted.
Print Assumptions rise_on_two.
Print Assumptions lower_half.
Print Assumptions upper_half.
Print Assumptions positive_sound.
Print Assumptions negative_sound.

Print Assumptions independent_given_rewards.
Print Assumptions mean_of_rewards.
Print Assumptions decomposition.
Print Assumptions decomposition_trace.
Print Assumptions two_counts.
Print Assumptions moments_by_sweep.
Print Assumptions mean_of_answers.
Print Assumptions product_of_answers.
Print Assumptions product_by_counts.
Print Assumptions square_by_counts.

Print Assumptions disjoint_pairs_below.
Print Assumptions rising_variance_ge_0.
Print Assumptions unbiased_variance_ge_0.
Print Assumptions unbiased_variance_one_sign.
Print Assumptions unbiased_variance_unbiased.
Print Assumptions jackknife_squares.
Print Assumptions sum_components.
Print Assumptions uncorrelated.
Print Assumptions variance_parts.
Print Assumptions jackknife_above.
Print Assumptions jackknife_not_below.

Print Assumptions off_policy_value_unbiased.
Print Assumptions off_policy_weights_unbiased.
Print Assumptions first_order_weights.
Print Assumptions first_order_bias.
Print Assumptions first_order_bound.

Print Assumptions surrogate_expected.
Print Assumptions surrogate_bound.
Print Assumptions surrogate_above.

Print Assumptions objective_closed_form.
Print Assumptions inclusion_closed_form.
Print Assumptions derivative_inclusion.
Print Assumptions mean_inclusion.
Print Assumptions derivative_logit.

Print Assumptions example_include_one.
Print Assumptions example_leave_one_out.
Print Assumptions example_derivative.

Print Assumptions oracle_elevate.
Print Assumptions oracle_rank_weights.
Print Assumptions oracle_value.
Print Assumptions oracle_inclusion.
Print Assumptions oracle_leave_one_out.
Print Assumptions oracle_advantage.
Print Assumptions oracle_score_weights.
Print Assumptions oracle_pathwise_weights.

Print Assumptions maximumE.
Print Assumptions oracle_pkpo.
Print Assumptions oracle_pkpo_loo.
Print Assumptions oracle_improvement.
Print Assumptions oracle_pkpo_loo_minus_one.
Print Assumptions oracle_canonical.
Print Assumptions oracle_maxpo.
Print Assumptions oracle_subset_mean_baseline.
Print Assumptions oracle_rloo.
Print Assumptions oracle_dr_grpo.
Print Assumptions oracle_runner_up_gap.
Print Assumptions oracle_maxrl.
Print Assumptions oracle_pass_at_k.

Print Assumptions oracle_population_value.
Print Assumptions oracle_population_inclusion.
Print Assumptions oracle_population_advantage.
Print Assumptions oracle_population_gradient.
Print Assumptions oracle_population_logit_gradient.
