"""The papers that the specification cites by name, as entries of a bibliography."""

from typing import NamedTuple

from ordergrad_ref._version import __spec_version__, __version__

__all__ = ["PAPERS", "PROJECT", "Paper"]


class Paper(NamedTuple):
    """A paper on arXiv.

    Attributes
    ----------
    authors : str
        As BibTeX has them.
    title : str
        Its title.
    arxiv : str
        Its number there, whose first two digits are the year.
    """

    authors: str
    title: str
    arxiv: str

    def bibtex(self, key: str) -> str:
        """Write an entry of a bibliography.

        Examples
        --------
        >>> print(Paper("Tajwar and others", "Maximum Likelihood", "2602.02710").bibtex("maxrl"))
        @misc{maxrl,
          title         = {Maximum Likelihood},
          author        = {Tajwar and others},
          year          = {2026},
          eprint        = {2602.02710},
          archiveprefix = {arXiv}
        }
        """
        lines = [
            f"@misc{{{key},",
            f"  title         = {{{self.title}}},",
            f"  author        = {{{self.authors}}},",
            f"  year          = {{20{self.arxiv[:2]}}},",
            f"  eprint        = {{{self.arxiv}}},",
            "  archiveprefix = {arXiv}",
            "}",
        ]
        return "\n".join(lines)


PAPERS = {
    "ordergrad": Paper(
        "Parmas and Kim and Matsutani and Takashiro and Nishimori and Kojima and Iwasawa and Matsuo",
        "{OrderGrad}: Optimizing Beyond the Mean with Order-Statistic Policy Gradient Estimation",
        "2606.06096",
    ),
    "maxpo": Paper(
        "Takashiro and Nishimori and Parmas and Kim and Matsutani and Minegishi and Iwasawa and Kojima "
        "and Matsuo",
        "On Advantage Estimates for {Max@K} Policy Gradients",
        "2606.06080",
    ),
    "pkpo": Paper(
        "Walder and Karkhanis",
        "{Pass@K} Policy Optimization: Solving Harder Reinforcement Learning Problems",
        "2505.15201",
    ),
    "group_pass_at_k": Paper(
        "Tang and Zheng and Synnaeve and Munos",
        "Optimizing Language Models for Inference Time Objectives using Reinforcement Learning",
        "2503.19595",
    ),
    "rloo": Paper(
        "Ahmadian and others",
        "Back to Basics: Revisiting {REINFORCE} Style Optimization for Learning from Human Feedback in "
        "{LLMs}",
        "2402.14740",
    ),
    "grpo": Paper(
        "Shao and others",
        "{DeepSeekMath}: Pushing the Limits of Mathematical Reasoning in Open Language Models",
        "2402.03300",
    ),
    "dr_grpo": Paper(
        "Liu and others",
        "Understanding {R1-Zero}-Like Training: A Critical Perspective",
        "2503.20783",
    ),
    "pass_at_k_training": Paper(
        "Chen and others",
        "Pass@k Training for Adaptively Balancing Exploration and Exploitation of Large Reasoning Models",
        "2508.10751",
    ),
    "maxrl": Paper(
        "Tajwar and Zeng and Zhou and Song and Arora and Jiang and Schneider and Salakhutdinov and Feng "
        "and Zanette",
        "Maximum Likelihood Reinforcement Learning",
        "2602.02710",
    ),
}

PROJECT = f"""@software{{ordergrad_ref,
  title   = {{ordergrad\\_ref: the reference implementation of order-statistic policy gradients}},
  author  = {{{{The ordergrad\\_ref authors}}}},
  version = {{{__version__}}},
  year    = {{2026}},
  note    = {{Specification {__spec_version__}; cite its equations by number}}
}}"""
"""The entry of this package and its specification."""
