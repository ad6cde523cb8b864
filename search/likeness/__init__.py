"""The same petition again: which earlier letters a letter repeats, and the groups that such letters form."""
