"""``python -m ordergrad_ref`` is ``ordergrad-ref``."""

from ordergrad_ref.cli import main

if __name__ == "__main__":
    main()
