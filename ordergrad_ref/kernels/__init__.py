"""The accelerated sums, one folder for each kind of device. Importing this loads none of them."""
