"""The commands, one file each; `ordergrad_ref.cli` gathers them."""
