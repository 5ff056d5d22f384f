"""The public path of rewards with a given engine of sums, whatever the size of the table."""

import ordergrad_ref as og
from ordergrad_ref.arrays.groups import answer_on_host
from ordergrad_ref.arrays.task import Task
from ordergrad_ref.closed_forms import gap_form
from ordergrad_ref.closed_forms.group_sizes import needs_of


def answer_by(sums, name, rewards, spelling, *, groups=None, nan_policy="raise"):
    """Answer as ``og.<name>`` does, by these sums."""
    alpha = og.objective(spelling)
    task = Task(
        name=name,
        kernel=lambda table: getattr(gap_form, name)(table, alpha, sums),
        needs=needs_of(name, alpha),
        per_group=name == "value",
        takes_float32=True,
        nan_policy=nan_policy,
    )
    return answer_on_host(task, rewards, groups)
