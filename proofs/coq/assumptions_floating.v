(* What the theorems about rounding assume: of the real numbers of Coq's standard library what it assumes itself, that they
   are a complete ordered field of classical mathematics, and nothing else. *)

From Ordergrad Require Import floating running_sums residuals rounded_advantages plain_loops plain_weights plain_others values origin products.
From Ordergrad Require Import float_formats dekker blocks both_sides max_weights real_k coins convergence.

Print Assumptions two_sum.
Print Assumptions corrected_sum.
Print Assumptions right_corrected.
Print Assumptions two_difference.
Print Assumptions right_by_residuals.
Print Assumptions centred_right.
Print Assumptions centred_relative.
Print Assumptions centred_within.
Print Assumptions float64_relative.
Print Assumptions float64_within.
Print Assumptions float32_within.
Print Assumptions value_right.
Print Assumptions origin_right.
Print Assumptions risen_within.
Print Assumptions risen_right.
Print Assumptions float64_value.
Print Assumptions float64_score_weights.
Print Assumptions float64_risen.
Print Assumptions plain_right.
Print Assumptions plain_within.
Print Assumptions read_within.
Print Assumptions raised_right.
Print Assumptions gap_weight_right.
Print Assumptions rank_weight_right.
Print Assumptions plain_advantages.
Print Assumptions plain_value.
Print Assumptions value_within.
Print Assumptions tied_right.
Print Assumptions plain_score_weights.
Print Assumptions plain_include_one.
Print Assumptions plain_leave_one_out.
Print Assumptions plain_pathwise_weights.
Print Assumptions plain_sizes.
Print Assumptions corrected_product.
Print Assumptions float64_product.
Print Assumptions product_error_right.
Print Assumptions remainder_right.
Print Assumptions blocked_right.
Print Assumptions both_sides_centred.
Print Assumptions few_right.
Print Assumptions two_sided_right.
Print Assumptions two_sided_within.
Print Assumptions power_right.
Print Assumptions extreme_weight_right.
Print Assumptions extreme_weight_within.
Print Assumptions exact_is.
Print Assumptions extreme_within.
Print Assumptions max_within.
Print Assumptions min_within.
Print Assumptions Phi_close.
Print Assumptions consistent.
Print Assumptions no_unbiased_power.
Print Assumptions minimum_not_estimable.
Print Assumptions maximum_not_estimable.
Print Assumptions minimum_derivative_not_estimable.
Print Assumptions maximum_derivative_not_estimable.
Print Assumptions rarely_far.
Print Assumptions very_rarely_far.
Print Assumptions min_value_weights.
Print Assumptions min_consistent.
Print Assumptions values_stray.
Print Assumptions converges.
