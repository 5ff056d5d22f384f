"""What verl loads from the entry-point group ``verl.plugins``: importing it registers the estimators.

verl does so while it is being imported itself; without it there is nothing to register at.
"""

import sys

from ordergrad_ref.integrations.verl import register

if "verl" in sys.modules:
    register()
