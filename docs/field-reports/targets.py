"""The implementations under audit: where each stands, what it claims, and what was found in words."""

from __future__ import annotations

from dataclasses import dataclass, field

from loaders import (
    Loader,
    Probed,
    areal,
    easyr1,
    maxrl,
    mean_normalised,
    ms_swift,
    nemo_rl,
    of_group_size,
    of_large_groups,
    of_masked_sibling,
    of_real_k,
    of_tenths,
    openrlhf,
    ordergrad,
    passk_training,
    pkpo,
    prime_rl,
    remac,
    rllm_pkpo,
    skyrl,
    slime,
    tinker,
    trl,
    verl,
    verl_trainer,
)

import ordergrad_ref as og

__all__ = ["PROJECTS", "Probe", "Project", "Target"]

N = 8
BINARY = (0, 1)


@dataclass(frozen=True)
class Target:
    """One function, with its options, audited for one objective in groups of n."""

    name: str
    function: str
    options: str
    claim: str
    objective: str
    load: Loader
    because: str
    n: int = N
    values: tuple[int, ...] | None = None

    @property
    def audited_for(self) -> og.LStatistic:
        """The objective: as it is spelt, or ``sum of pass@k/k, k = 1 … T``, which is MaxRL's of order T."""
        order = self.objective.removeprefix("Σ pass@k/k, k ≤ ")
        if order == self.objective:
            return og.objective(self.objective)
        return og.maxk.maxrl_objective(int(order) + 1)


@dataclass(frozen=True)
class Probe:
    """One call beside the audit: what is asked, and the numbers that come back."""

    question: str
    ask: Probed


@dataclass(frozen=True)
class Project:
    """A repository at a commit, or a release of it on PyPI; when that was; and the folder of its checkout."""

    repository: str
    commit: str
    date: str
    folder: str
    targets: tuple[Target, ...] = field(repr=False)
    probes: tuple[Probe, ...] = field(default=(), repr=False)


ORDERGRAD_FUNCTION = (
    "ordergrad/numpy_backend.py: OrderStatTransform.precompute_lstat(N, K, spec).lstat_advantage"
)
ORDERGRAD_CLAIM = (
    "the score-function gradient of any L-statistic of K draws without bias, as include-one minus "
    "leave-one-out"
)


def _ordergrad(
    preset: str, objective: str, because: str, *, n: int = N, k: int = 4, claim: str = ""
) -> Target:
    return Target(
        name=f"ordergrad {preset}" + (f", K = {k}" if k != 4 else ""),
        function=ORDERGRAD_FUNCTION,
        options=f"spec={preset!r}, K={k}",
        claim=claim or f"{ORDERGRAD_CLAIM} (README.md)",
        objective=objective,
        load=ordergrad(preset),
        because=because,
        n=n,
    )


CANONICAL = "it is the canonical advantage"

ORDERGRAD = Project(
    "paavo5/ordergrad",
    "50b89ea29fd532a0f34238c327054a167382800f",
    "2026-06-05",
    "ordergrad",
    (
        _ordergrad("ReMax", "max@4", CANONICAL),
        _ordergrad("ReMin", "min@4", CANONICAL),
        _ordergrad("Rank:2", "rank(2)@4", CANONICAL),
        _ordergrad("TopM:2", "top(2)@4", CANONICAL),
        _ordergrad("BotM:2", "bottom(2)@4", CANONICAL),
        _ordergrad("MidrangeM:1", "midrange(1)@4", CANONICAL),
        _ordergrad("Median", "median@4", CANONICAL),
        _ordergrad("TrimM:1", "trimmed(1)@4", CANONICAL),
        _ordergrad("WinsorizedM:1", "winsorized(1)@4", CANONICAL),
        _ordergrad("Quantile:0.25", "quantile(0.25)@4", CANONICAL),
        _ordergrad("HarrellDavis:0.5", "harrell_davis(0.5)@4", CANONICAL),
        _ordergrad("GiniMeanDifference", "gini@4", CANONICAL),
        _ordergrad(
            "LowerTailMean:0.5",
            "cvar(0.5)@4",
            f"{CANONICAL}: half of four draws is two whole ranks",
            claim="the mean of the lowest ceil(q K) ranks, for CVaR-style objectives (README.md)",
        ),
        _ordergrad(
            "LowerTailMean:0.3",
            "cvar(0.3)@4",
            "it averages the lowest ceil(1.2) = 2 ranks, as its README says: the tail of a half, not of 0.3",
            claim="the mean of the lowest ceil(q K) ranks, for CVaR-style objectives (README.md)",
        ),
        _ordergrad(
            "UpperTailMean:0.3",
            "upper_cvar(0.3)@4",
            "it averages the highest ceil(1.2) = 2 ranks, as its README says: the tail of a half, not of 0.3",
            claim="the mean of the highest ceil(q K) ranks (README.md)",
        ),
        _ordergrad(
            "LMoment:1",
            "lmoment(1)@4",
            "the first L-moment is the mean",
            claim="the sample L-moment (README.md)",
        ),
        _ordergrad(
            "LMoment:2",
            "lmoment(2)@4",
            "its rank weights are a quarter of the L-moment's: the direction is right, the size is not that "
            "of the other objectives",
            claim="the sample L-moment (README.md)",
        ),
        _ordergrad(
            "LMoment:3",
            "lmoment(3)@4",
            "its rank weights are (1, −1/3, 1/3, 3)/72; the third L-moment's are (1, −1, −1, 1)/4",
            claim="the sample L-moment (README.md)",
        ),
        _ordergrad(
            "LMoment:4",
            "lmoment(4)@4",
            "its rank weights are (−1, 1, −2, 10)/320; the fourth L-moment's are (−1, 3, −3, 1)/4",
            claim="the sample L-moment (README.md)",
        ),
    ),
    (
        *(
            Probe(
                f"`ReMax`, K = {k}: value of 0, 0, 0, 0, 1, 1, 1, 1; advantage of a 0; of a 1; of a 1 among "
                "eight; `known_rp_orderstats` of a certain reward 1",
                of_real_k(k),
            )
            for k in (2, 2.5, 3)
        ),
    ),
)

REMAC = Project(
    "nissymori/ReMAC",
    "5a79cb56e9bcc88cbdd0a996c637acf6cf00e9fa",
    "2026-06-05",
    "ReMAC",
    (
        Target(
            "ReMAC improvement",
            "brax/remax_utils.py: compute_batch_ei",
            "m=4",
            "an unbiased estimator of the expected improvement over m − 1 others (docstring)",
            "max@4",
            remac(with_baseline=False),
            "it is leave-one-out-minus-one; without a baseline it does not sum to zero",
        ),
        Target(
            "ReMAC improvement minus leave-two-out",
            "brax/remax_utils.py: compute_batch_ei, compute_l2o_baseline",
            "m=4, their difference",
            "the improvement minus a leave-two-out baseline (docstring)",
            "max@4",
            remac(with_baseline=True),
            "with its baseline it is the canonical advantage",
        ),
    ),
    (
        Probe(
            "advantages of rewards 0/64, 1/64, … with N = 64, K = 16, the first three",
            of_large_groups(64, 16),
        ),
        Probe("the same with N = 136, K = 68", of_large_groups(136, 68)),
        Probe("the same with N = 256, K = 64", of_large_groups(256, 64)),
    ),
)

PKPO_CLAIM = "an unbiased gradient of max_g@k, equation ({}) of arXiv 2505.15201 (docstring)"

PKPO = Project(
    "kpahwa16/pass-k-policy-optimization",
    "1b0928e6eef4f28e355b88cd40f0247263bff22d",
    "2025-12-31",
    "pass-k-policy-optimization",
    (
        Target(
            "PKPO s",
            "pkpo_core.py: s",
            "K=4",
            PKPO_CLAIM.format(19),
            "max@4",
            pkpo("s"),
            "it has no baseline, so it neither sums to zero nor ignores an offset of the rewards",
        ),
        Target(
            "PKPO sloo",
            "pkpo_core.py: sloo",
            "K=4",
            PKPO_CLAIM.format(29),
            "max@4",
            pkpo("sloo"),
            "unbiased; the two terms have different factors, so that all-equal rewards r get −K r/(N (N−1))",
        ),
        Target(
            "PKPO sloo_minus_one",
            "pkpo_core.py: sloo_minus_one",
            "K=4",
            PKPO_CLAIM.format(33),
            "max@4",
            pkpo("sloo_minus_one"),
            "unbiased and shift-invariant, not centred",
        ),
    ),
)

VERL_FILE = "verl/trainer/ppo/core_algos.py"
PASS_AT_K = (
    "pass@k training after arXiv 2503.19595: the best of a group gets its lead over the runner-up (docstring)"
)
STD = "biased for the mean because it divides by the group's standard deviation"
RLOO = "leave-one-out baseline: exact"
DR_GRPO = "centred by a mean that includes the sample: exact, shorter by (N−1)/N"

VERL = Project(
    "verl-project/verl",
    "1dda039b9c6311889a9c9a26040677e1254814f9",
    "2026-08-22",
    "verl",
    (
        Target(
            "verl grpo_passk",
            f"{VERL_FILE}: compute_grpo_passk_outcome_advantage",
            "default: norm_adv_by_std_in_grpo=True",
            PASS_AT_K,
            "max@8",
            verl("compute_grpo_passk_outcome_advantage", config={}),
            "biased for E[max of N] because it divides by the group's standard deviation",
        ),
        Target(
            "verl grpo_passk, no std",
            f"{VERL_FILE}: compute_grpo_passk_outcome_advantage",
            "norm_adv_by_std_in_grpo=False",
            PASS_AT_K,
            "max@8",
            verl("compute_grpo_passk_outcome_advantage", config={"norm_adv_by_std_in_grpo": False}),
            "exact for K = N; Σ A ∇log p, without 1/N, is the gradient",
        ),
        Target(
            "verl grpo_passk, no std, max@4",
            f"{VERL_FILE}: compute_grpo_passk_outcome_advantage",
            "norm_adv_by_std_in_grpo=False",
            PASS_AT_K,
            "max@4",
            verl("compute_grpo_passk_outcome_advantage", config={"norm_adv_by_std_in_grpo": False}),
            "biased for the best of 4 of 8 because its K is the group size",
        ),
        Target(
            "verl rloo",
            f"{VERL_FILE}: compute_rloo_outcome_advantage",
            "default",
            "RLOO, arXiv 2402.14740 (docstring)",
            "mean@1",
            verl("compute_rloo_outcome_advantage"),
            RLOO,
        ),
        Target(
            "verl rloo_vectorized",
            f"{VERL_FILE}: compute_rloo_vectorized_outcome_advantage",
            "default",
            "RLOO, arXiv 2402.14740 (docstring)",
            "mean@1",
            verl("compute_rloo_vectorized_outcome_advantage"),
            RLOO,
        ),
        Target(
            "verl grpo",
            f"{VERL_FILE}: compute_grpo_outcome_advantage",
            "default",
            "GRPO for outcome rewards, scaled by the standard deviation (docstring)",
            "mean@1",
            verl("compute_grpo_outcome_advantage"),
            STD,
        ),
        Target(
            "verl grpo, no std",
            f"{VERL_FILE}: compute_grpo_outcome_advantage",
            "norm_adv_by_std_in_grpo=False",
            "Dr. GRPO, arXiv 2503.20783 (docstring)",
            "mean@1",
            verl("compute_grpo_outcome_advantage", norm_adv_by_std_in_grpo=False),
            DR_GRPO,
        ),
        Target(
            "verl opo",
            f"{VERL_FILE}: compute_opo_outcome_advantage",
            "default; responses of equal length",
            "OPO's length-weighted baseline, arXiv 2505.23585 (docstring)",
            "mean@1",
            verl("compute_opo_outcome_advantage"),
            "on responses of equal length the baseline is the group's mean: exact, shorter by (N−1)/N",
        ),
    ),
    (
        Probe(
            "`compute_grpo_outcome_advantage` of seven rewards 0.1, float32",
            of_tenths(verl("compute_grpo_outcome_advantage")),
        ),
    ),
)

EASYR1_FILE = "verl/trainer/core_algos.py"
VERL_DISPATCH = (
    "verl/trainer/ppo/ray_trainer.py: compute_advantage, and with it "
    f"{VERL_FILE}: compute_{{}}_outcome_advantage"
)
MASKED = "`{}`{} of rewards 1, 0, 0{}"
BESIDE = " beside a fourth, 1, whose mask is zero: the first three"

VERL_0_9_1 = Project(
    "verl-project/verl",
    "0.9.1",
    "2026-09-20",
    "verl-0.9.1",
    (
        Target(
            "verl 0.9.1 grpo_vectorized, no std",
            VERL_DISPATCH.format("grpo_vectorized"),
            'adv_estimator="grpo_vectorized", norm_adv_by_std_in_grpo=False',
            "Dr. GRPO, arXiv 2503.20783, where the flag is False (configuration)",
            "mean@1",
            verl_trainer("grpo_vectorized", norm_adv_by_std_in_grpo=False),
            f"{STD}: the trainer does not hand the flag on, and its default is to divide",
        ),
        Target(
            "verl 0.9.1 grpo_vectorized, no std, called itself",
            f"{VERL_FILE}: compute_grpo_vectorized_outcome_advantage",
            "norm_adv_by_std_in_grpo=False",
            "not divided by the standard deviation (docstring)",
            "mean@1",
            verl("compute_grpo_vectorized_outcome_advantage", norm_adv_by_std_in_grpo=False),
            DR_GRPO,
        ),
        Target(
            "verl 0.9.1 grpo, no std",
            VERL_DISPATCH.format("grpo"),
            'adv_estimator="grpo", norm_adv_by_std_in_grpo=False',
            "Dr. GRPO, arXiv 2503.20783 (docstring)",
            "mean@1",
            verl_trainer("grpo", norm_adv_by_std_in_grpo=False),
            f"{DR_GRPO}; this is what to set instead of grpo_vectorized",
        ),
    ),
    tuple(
        Probe(
            MASKED.format(name, options, BESIDE if present else " alone"),
            of_masked_sibling(load, present=present),
        )
        for name, options, load in (
            (
                "compute_grpo_outcome_advantage",
                ", not scaled,",
                verl("compute_grpo_outcome_advantage", norm_adv_by_std_in_grpo=False),
            ),
            ("compute_rloo_outcome_advantage", "", verl("compute_rloo_outcome_advantage")),
        )
        for present in (True, False)
    ),
)

EASYR1_TARGETS = (
    Target(
        "EasyR1 grpo_passk",
        f"{EASYR1_FILE}: compute_grpo_passk_outcome_advantage",
        "no option",
        PASS_AT_K,
        "max@8",
        easyr1("compute_grpo_passk_outcome_advantage"),
        "biased for E[max of N] because it divides by the group's standard deviation",
    ),
    Target(
        "EasyR1 rloo",
        f"{EASYR1_FILE}: compute_rloo_outcome_advantage",
        "no option",
        "RLOO, arXiv 2402.14740 (docstring)",
        "mean@1",
        easyr1("compute_rloo_outcome_advantage"),
        RLOO,
    ),
    Target(
        "EasyR1 grpo",
        f"{EASYR1_FILE}: compute_grpo_outcome_advantage",
        "no option",
        "GRPO for outcome rewards (docstring)",
        "mean@1",
        easyr1("compute_grpo_outcome_advantage"),
        STD,
    ),
)

EASYR1 = Project(
    "hiyouga/EasyR1",
    "b44b311b669bf1fd1aa2fc36f2251482ba33cb16",
    "2026-07-30",
    "EasyR1",
    EASYR1_TARGETS,
)

EASYR1_BEFORE = Project(
    "hiyouga/EasyR1",
    "4d13ebe55ad75230305e58a3e9cf48cd58042258",
    "2025-12-04",
    "EasyR1-4d13ebe",
    (
        Target(
            "EasyR1 grpo_passk, before",
            f"{EASYR1_FILE}: compute_grpo_passk_outcome_advantage",
            "no option",
            PASS_AT_K,
            "max@8",
            easyr1("compute_grpo_passk_outcome_advantage"),
            "biased for E[max of N] because all but the best keep raw rewards; mended since (issue 585)",
        ),
    ),
)

RLLM_FUNCTION = "rllm/trainer/algorithms/rl_algo.py: calculate_pkpo_advantages_per_group"
RLLM_CLAIM = "PKPO's unbiased credit, arXiv 2505.15201, centred by the group's mean (docstring, description)"

RLLM = Project(
    "rllm-org/rllm (pull 743)",
    "6b3b2da5d57f9b0a941f518568df8d889d8d8e21",
    "2026-07-11",
    "rllm-743",
    (
        Target(
            "rllm pkpo",
            RLLM_FUNCTION,
            "pass_at_k=4",
            RLLM_CLAIM,
            "max@4",
            rllm_pkpo,
            "exact, with c = (N−K)/N²: the credits are K/N times the include-one values, and their mean "
            "includes the sample",
        ),
        Target(
            "rllm pkpo, K = N",
            RLLM_FUNCTION,
            "pass_at_k=8, as in its description, in groups of 8, its default",
            f"{RLLM_CLAIM}; the docstring says to use K < N",
            "max@8",
            rllm_pkpo,
            "every advantage is 0: all credits of a group are equal, and their mean is taken off",
        ),
    ),
    tuple(
        Probe(
            f"`calculate_pkpo_advantages_per_group`, k = {k}, of rewards 0, 0, 0, 0, 1, 1, 1, 1",
            of_group_size(k),
        )
        for k in (1, 4, 8)
    ),
)

PASSK_FUNCTION = "code/passk_adv.py: compute_advantage"
PASSK_CLAIM = "the analytic advantage of pass@K training, arXiv 2508.10751{}"

PASSK_TRAINING = Project(
    "RUCAIBox/Passk_Training",
    "c3ba575ecb31f47fd9f5c43b18c081d4a295f783",
    "2025-08-15",
    "Passk_Training",
    (
        Target(
            "Passk_Training analytic",
            PASSK_FUNCTION,
            "K=4; rewards 0 and 1",
            PASSK_CLAIM.format(""),
            "max@4",
            passk_training(times_sigma=False),
            "biased for max@K because it divides by σ = √(ρ (1 − ρ)), which depends on the sample itself",
            values=BINARY,
        ),
        Target(
            "Passk_Training analytic, without σ",
            PASSK_FUNCTION,
            "K=4; rewards 0 and 1; its answer times its own divisor σ + 10⁻⁶",
            PASSK_CLAIM.format(", before the division by σ"),
            "max@4",
            passk_training(times_sigma=True),
            "exact: it is the include-one value less the group's estimate of pass@K, c = (N−K)/(N K)",
            values=BINARY,
        ),
    ),
)

MAXRL_FILE = "verl/trainer/ppo/core_algos.py"
ORDER_N = "Σ pass@k/k, k ≤ 8"
ORDER_N_1 = "Σ pass@k/k, k ≤ 7"
ORDER_4 = "Σ pass@k/k, k ≤ 4"
MAXRL_BIAS = (
    "exact for the order N − 1 instead: a group without success gets zeros, without the baseline's term"
)
MAXRL_CLAIM = "(reward − mean)/mean; the paper, arXiv 2602.02710, truncates maximum likelihood at order N"

MAXRL = Project(
    "tajwarfahim/maxrl",
    "c0698ebb439a81ae1c6b01a842df3f2541816b4d",
    "2026-05-14",
    "maxrl",
    (
        Target(
            "maxrl maxrl",
            f"{MAXRL_FILE}: compute_maxrl_outcome_advantage",
            "default; rewards 0 and 1, float32",
            MAXRL_CLAIM,
            ORDER_N,
            mean_normalised(maxrl("compute_maxrl_outcome_advantage")),
            MAXRL_BIAS,
            values=BINARY,
        ),
        Target(
            "maxrl maxrl, order N − 1",
            f"{MAXRL_FILE}: compute_maxrl_outcome_advantage",
            "default; rewards 0 and 1, float32",
            MAXRL_CLAIM,
            ORDER_N_1,
            mean_normalised(maxrl("compute_maxrl_outcome_advantage")),
            "exact for the order N − 1 (the ε = 10⁻⁶ in the divisor aside)",
            values=BINARY,
        ),
        Target(
            "maxrl vr_cond",
            f"{MAXRL_FILE}: compute_vr_cond_advantage",
            "rewards 0 and 1",
            "variance-reduced conditional weights; failures get −1/N without success too (docstring)",
            ORDER_N,
            maxrl("compute_vr_cond_advantage"),
            "exact for the order N: it keeps the baseline's term in groups without success",
            values=BINARY,
        ),
        Target(
            "maxrl maclaurin",
            f"{MAXRL_FILE}: compute_maclaurin_outcome_advantage",
            "truncate_order=4; rewards 0 and 1",
            "the failure series truncated at order T (docstring)",
            ORDER_4,
            maxrl("compute_maclaurin_outcome_advantage", truncate_order=4),
            "exact; without a baseline",
            values=BINARY,
        ),
        Target(
            "maxrl maclaurin_baseline",
            f"{MAXRL_FILE}: compute_maclaurin_baseline_outcome_advantage",
            "truncate_order=4; rewards 0 and 1",
            "the failure series with a leave-one-out baseline (docstring)",
            ORDER_4,
            maxrl("compute_maclaurin_baseline_outcome_advantage", truncate_order=4),
            "the baseline of a set averages over all other sets, and those that overlap it share its samples",
            values=BINARY,
        ),
        Target(
            "maxrl cross_fitted_maclaurin",
            f"{MAXRL_FILE}: compute_cross_fitted_maclaurin_outcome_advantage",
            "truncate_order=4; rewards 0 and 1",
            "the failure series with baselines from disjoint sets (docstring)",
            ORDER_4,
            maxrl("compute_cross_fitted_maclaurin_outcome_advantage", truncate_order=4),
            "exact: a baseline from disjoint sets shares no sample",
            values=BINARY,
        ),
        Target(
            "maxrl pkpo",
            f"{MAXRL_FILE}: compute_pkpo_outcome_advantage",
            "pass_k=4; rewards 0 and 1",
            "PKPO with a leave-one-out baseline (docstring)",
            "max@4",
            maxrl("compute_pkpo_outcome_advantage", pass_k=4),
            "the baseline is the mean of the others' weights, and these depend on the sample itself",
            values=BINARY,
        ),
    ),
)

PRIME_RL = Project(
    "PrimeIntellect-ai/prime-rl",
    "559b44772e471d1538537b8805cc77f3824a5e64",
    "2026-08-21",
    "prime-rl",
    (
        Target(
            "prime-rl max_rl",
            "src/prime_rl/orchestrator/algo/max_rl.py: MaxRLAlgorithm.score_group",
            "default; rewards 0 and 1",
            "unbiased for the truncation of maximum likelihood at order group_size (docstring)",
            ORDER_N,
            prime_rl("max_rl", "MaxRLAlgorithm"),
            MAXRL_BIAS,
            values=BINARY,
        ),
        Target(
            "prime-rl max_rl, order N − 1",
            "src/prime_rl/orchestrator/algo/max_rl.py: MaxRLAlgorithm.score_group",
            "default; rewards 0 and 1",
            "unbiased for the truncation of maximum likelihood at order group_size (docstring)",
            ORDER_N_1,
            prime_rl("max_rl", "MaxRLAlgorithm"),
            "exact for the order group_size − 1",
            values=BINARY,
        ),
        Target(
            "prime-rl grpo",
            "src/prime_rl/orchestrator/algo/grpo.py: GRPOAlgorithm.score_group",
            "length_penalty=None",
            "reward minus the group's mean (docstring)",
            "mean@1",
            prime_rl("grpo", "GRPOAlgorithm", length_penalty=None),
            DR_GRPO,
        ),
    ),
)

SKYRL_FILE = "skyrl/backends/skyrl_train/utils/ppo_utils.py"

SKYRL = Project(
    "NovaSky-AI/SkyRL",
    "a9564572eb8e91076be43c1bd5e4615e3de17265",
    "2026-08-21",
    "SkyRL",
    (
        Target(
            "SkyRL maxrl",
            f"{SKYRL_FILE}: compute_maxrl_advantage",
            "default; rewards 0 and 1, float32",
            "mean-normalised rewards within a group (docstring)",
            ORDER_N,
            mean_normalised(skyrl("compute_maxrl_advantage")),
            MAXRL_BIAS,
            values=BINARY,
        ),
        Target(
            "SkyRL maxrl, order N − 1",
            f"{SKYRL_FILE}: compute_maxrl_advantage",
            "default; rewards 0 and 1, float32",
            "mean-normalised rewards within a group (docstring)",
            ORDER_N_1,
            mean_normalised(skyrl("compute_maxrl_advantage")),
            "exact for the order N − 1 (the ε = 10⁻⁶ in the divisor aside)",
            values=BINARY,
        ),
        Target(
            "SkyRL rloo",
            f"{SKYRL_FILE}: compute_rloo_outcome_advantage",
            "default",
            "RLOO, arXiv 2402.14740 (docstring)",
            "mean@1",
            skyrl("compute_rloo_outcome_advantage"),
            RLOO,
        ),
        Target(
            "SkyRL grpo",
            f"{SKYRL_FILE}: compute_grpo_outcome_advantage",
            "default",
            "GRPO for outcome rewards (docstring)",
            "mean@1",
            skyrl("compute_grpo_outcome_advantage"),
            STD,
        ),
        Target(
            "SkyRL grpo, no std",
            f"{SKYRL_FILE}: compute_grpo_outcome_advantage",
            "grpo_norm_by_std=False",
            "GRPO for outcome rewards, not scaled",
            "mean@1",
            skyrl("compute_grpo_outcome_advantage", grpo_norm_by_std=False),
            DR_GRPO,
        ),
    ),
)

TRL = Project(
    "huggingface/trl",
    "f2cd57710ae345ea6428ae95363267fcf38a3dc8",
    "2026-07-24",
    "trl",
    (
        Target(
            "trl RLOOTrainer",
            "trl/trainer/rloo_trainer.py: RLOOTrainer._generate_and_score_completions",
            "default: normalize_advantages=False",
            "RLOO: a leave-one-out baseline within a group (comment)",
            "mean@1",
            trl("rloo_trainer", "RLOOTrainer", normalize_advantages=False),
            RLOO,
        ),
        Target(
            "trl GRPOTrainer",
            "trl/trainer/grpo_trainer.py: GRPOTrainer._generate_and_score_completions",
            'default: scale_rewards="group"',
            "GRPO, scaled by the group's standard deviation (grpo_config.py)",
            "mean@1",
            trl(
                "grpo_trainer",
                "GRPOTrainer",
                scale_rewards="group",
                multi_objective_aggregation="sum_then_normalize",
            ),
            f"{STD}; its documentation names the difficulty bias of that",
        ),
        Target(
            "trl GRPOTrainer, none",
            "trl/trainer/grpo_trainer.py: GRPOTrainer._generate_and_score_completions",
            'scale_rewards="none"',
            "Dr. GRPO's recommendation not to scale (grpo_config.py)",
            "mean@1",
            trl(
                "grpo_trainer",
                "GRPOTrainer",
                scale_rewards="none",
                multi_objective_aggregation="sum_then_normalize",
            ),
            DR_GRPO,
        ),
    ),
)

TRL_1_16 = Project(
    "huggingface/trl",
    "1.16.0",
    "2026-10-15",
    "trl-1.16.0",
    (
        Target(
            "trl 1.16.0 RLOOTrainer",
            "trl/trainer/rloo_trainer.py: RLOOTrainer._generate_and_score_completions",
            "default: normalize_advantages=False; beta=0 instead of 0.05",
            "RLOO: a leave-one-out baseline within a group (comment)",
            "mean@1",
            trl("rloo_trainer", "RLOOTrainer", normalize_advantages=False),
            RLOO,
        ),
        Target(
            "trl 1.16.0 RLOOTrainer, normalised",
            "trl/trainer/rloo_trainer.py: RLOOTrainer._generate_and_score_completions",
            "normalize_advantages=True, one group in the batch; beta=0",
            "advantages of the whole batch normalised (rloo_config.py)",
            "mean@1",
            trl("rloo_trainer", "RLOOTrainer", normalize_advantages=True),
            "biased for the mean because it divides by the standard deviation of the batch, here one group",
        ),
    ),
)

OPENRLHF_FUNCTION = (
    "openrlhf/trainer/ppo_utils/experience_maker.py: RemoteExperienceMaker.compute_advantages_and_returns"
)

OPENRLHF = Project(
    "OpenRLHF/OpenRLHF",
    "3c3be6234e0cb353e76bb8019947db9dfe99fca7",
    "2026-08-13",
    "OpenRLHF",
    (
        Target(
            "OpenRLHF rloo", OPENRLHF_FUNCTION, 'estimator="rloo"', "RLOO", "mean@1", openrlhf("rloo"), RLOO
        ),
        Target(
            "OpenRLHF dr_grpo",
            OPENRLHF_FUNCTION,
            'estimator="dr_grpo"',
            "Dr. GRPO",
            "mean@1",
            openrlhf("dr_grpo"),
            DR_GRPO,
        ),
        Target(
            "OpenRLHF group_norm",
            OPENRLHF_FUNCTION,
            'estimator="group_norm"',
            "GRPO's normalisation",
            "mean@1",
            openrlhf("group_norm"),
            STD,
        ),
    ),
)

SLIME = Project(
    "THUDM/slime",
    "624b824a898ab0ec1fcb4d373004c7f3852bf515",
    "2026-08-21",
    "slime",
    (
        Target(
            "slime grpo",
            "slime/ray/rollout.py: RolloutManager._post_process_rewards",
            "default: grpo_std_normalization=True",
            "GRPO's group normalisation (comment)",
            "mean@1",
            slime(advantage_estimator="grpo", grpo_std_normalization=True),
            STD,
        ),
        Target(
            "slime grpo, no std",
            "slime/ray/rollout.py: RolloutManager._post_process_rewards",
            "--disable-grpo-std-normalization",
            "Dr. GRPO (arguments.py)",
            "mean@1",
            slime(advantage_estimator="grpo", grpo_std_normalization=False),
            DR_GRPO,
        ),
    ),
)

SWIFT_FUNCTION = "swift/rl_core/advantage.py: compute_advantages"

MS_SWIFT = Project(
    "modelscope/ms-swift",
    "3602360a562313afbf2ef6065fdf61f271a2c5b9",
    "2026-08-22",
    "ms-swift",
    (
        Target(
            "ms-swift rloo",
            SWIFT_FUNCTION,
            'advantage_estimator="rloo", default scale_rewards="group"',
            "RLOO",
            "mean@1",
            ms_swift(advantage_estimator="rloo"),
            "biased for the mean because it divides the leave-one-out advantages by the standard deviation",
        ),
        Target(
            "ms-swift rloo, none",
            SWIFT_FUNCTION,
            'advantage_estimator="rloo", scale_rewards="none"',
            "RLOO",
            "mean@1",
            ms_swift(advantage_estimator="rloo", scale_rewards="none"),
            RLOO,
        ),
        Target("ms-swift grpo", SWIFT_FUNCTION, "default", "GRPO (docstring)", "mean@1", ms_swift(), STD),
        Target(
            "ms-swift grpo, none",
            SWIFT_FUNCTION,
            'scale_rewards="none"',
            "GRPO, not scaled (docstring)",
            "mean@1",
            ms_swift(scale_rewards="none"),
            DR_GRPO,
        ),
    ),
)

NEMO_FUNCTION = "nemo_rl/algorithms/advantage_estimator.py: GRPOAdvantageEstimator.compute_advantage"

NEMO_RL = Project(
    "NVIDIA-NeMo/RL",
    "7ea279abfbeb698b092856d0dab61e7cf39bc909",
    "2026-08-22",
    "RL",
    (
        Target(
            "NeMo RL grpo",
            NEMO_FUNCTION,
            "default: normalize_rewards=True, use_leave_one_out_baseline=True",
            "GRPO-style with a leave-one-out baseline (docstring)",
            "mean@1",
            nemo_rl(normalize_rewards=True, use_leave_one_out_baseline=True),
            "dividing by the standard deviation of the others, which does not depend on the sample, keeps "
            "the direction; the size depends on the policy",
        ),
        Target(
            "NeMo RL leave-one-out",
            NEMO_FUNCTION,
            "normalize_rewards=False",
            "a leave-one-out baseline (docstring)",
            "mean@1",
            nemo_rl(normalize_rewards=False, use_leave_one_out_baseline=True),
            RLOO,
        ),
        Target(
            "NeMo RL mean",
            NEMO_FUNCTION,
            "normalize_rewards=False, use_leave_one_out_baseline=False",
            "the group's mean as the baseline",
            "mean@1",
            nemo_rl(normalize_rewards=False, use_leave_one_out_baseline=False),
            DR_GRPO,
        ),
    ),
    (
        Probe(
            "`compute_advantage`, default, of six rewards 0.1 and one 0.2, float32",
            of_tenths(nemo_rl(normalize_rewards=True, use_leave_one_out_baseline=True), 0.2),
        ),
    ),
)

TINKER = Project(
    "thinking-machines-lab/tinker-cookbook",
    "9dfcc3a2cf44432d621a01005073dc6d76a1e87a",
    "2026-08-19",
    "tinker-cookbook",
    (
        Target(
            "tinker-cookbook",
            "tinker_cookbook/rl/data_processing.py: compute_advantages",
            "no option",
            "rewards centred within their group (docstring)",
            "mean@1",
            tinker,
            DR_GRPO,
        ),
    ),
)

AREAL = Project(
    "areal-project/AReaL",
    "cbff54d645d2cd8ee1f1c358a82f3f473588433d",
    "2026-08-22",
    "AReaL",
    (
        Target(
            "AReaL group mean and std",
            "areal/utils/data.py: Normalization",
            'mean_level="group", std_level="group"',
            "GRPO's normalisation within groups (docstring)",
            "mean@1",
            areal(mean_level="group", mean_leave1out=False, std_level="group", std_unbiased=True),
            STD,
        ),
        Target(
            "AReaL leave-one-out",
            "areal/utils/data.py: Normalization",
            'mean_level="group", mean_leave1out=True, std_level=None',
            "a leave-one-out mean (cli_args.py)",
            "mean@1",
            areal(mean_level="group", mean_leave1out=True, std_level=None, std_unbiased=True),
            RLOO,
        ),
        Target(
            "AReaL group mean",
            "areal/utils/data.py: Normalization",
            'mean_level="group", std_level=None',
            "centred within groups (docstring)",
            "mean@1",
            areal(mean_level="group", mean_leave1out=False, std_level=None, std_unbiased=True),
            DR_GRPO,
        ),
    ),
)

PROJECTS = (
    ORDERGRAD,
    REMAC,
    PKPO,
    RLLM,
    PASSK_TRAINING,
    VERL,
    VERL_0_9_1,
    EASYR1,
    EASYR1_BEFORE,
    MAXRL,
    PRIME_RL,
    SKYRL,
    TRL,
    TRL_1_16,
    OPENRLHF,
    SLIME,
    MS_SWIFT,
    NEMO_RL,
    TINKER,
    AREAL,
)
