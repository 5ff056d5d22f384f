"""Reach any target: functions of the shapes and array libraries found in the wild."""

from ordergrad_ref.targets.adapted import Adapted, adapt

__all__ = ["Adapted", "adapt"]
