"""Order-statistic advantages inside trainers: one file for each framework, which is imported on use.

Each gives K times the canonical advantage, whose mean over the samples of a group is ∇J (spec eq. (28)), and
leaves out of its group a sample that is masked wholly or has no reward.
"""
