"""The caller's arrays, groups and masks in, the same kind of array out."""
