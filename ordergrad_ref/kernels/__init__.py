"""The accelerated paths, one file a device. Importing this loads none of them."""
