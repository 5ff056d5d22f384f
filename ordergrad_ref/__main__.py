"""``python -m ordergrad_ref`` is ``ordergrad-ref``."""

from _ordergrad_ref_command import main

if __name__ == "__main__":
    main()
