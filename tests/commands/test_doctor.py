"""Law: ``doctor`` names every setting that is known to bias the gradient, and only those."""

import json

from ordergrad_ref.integrations.health import settings


def test_settings_at_any_depth():
    config = {
        "algorithm": {"adv_estimator": "grpo", "norm_adv_by_std_in_grpo": True, "use_kl_in_reward": False},
        "actor": {"loss_agg_mode": "seq-mean-token-sum", "beta": "0.04"},
        "trainer": {"loss_reduction": "token_mean", "calculate_per_token_loss": False},
        "rl": {"loss_agg_mode": "sequence-mean-token-mean"},
        "lr": 1,
    }
    assert [(s.name, s.remedy) for s in settings(config)] == [
        ("algorithm.adv_estimator", "max@4, or rloo"),
        ("algorithm.norm_adv_by_std_in_grpo", "false"),
        ("actor.beta", "0.0"),
        ("trainer.loss_reduction", "seq_mean_token_sum_norm"),
        ("rl.loss_agg_mode", "seq-mean-token-sum"),
    ]


def test_the_screen(command, here):
    result = command("doctor")
    assert result.status == 0
    assert "verl plugin" in result.out
    (here / "config.json").write_text(json.dumps({"actor": {"loss_agg_mode": "token-mean"}}))
    (here / "config.toml").write_text('loss_type = "dr_grpo"\nbeta = 0.0\n')
    result = command("doctor", "config.json", "config.toml", "+algorithm.adv_estimator=max@4")
    assert result.status == 1
    assert "actor.loss_agg_mode=token-mean" in result.err
    assert "set seq-mean-token-sum" in result.out
    assert command("doctor", "config.toml").status == 0


def test_what_is_no_configuration(command, here):
    (here / "broken.json").write_text("{")
    (here / "list.json").write_text("[]")
    for text, says in {
        "config.yaml": "expected a .json or .toml file, or name=value, got 'config.yaml'",
        "broken.json": "expected JSON in broken.json, got",
        "list.json": "expected settings by name in list.json, got a list",
    }.items():
        result = command("doctor", text)
        assert result.status == 2
        assert says in result.err
