"""Files to rows: a reader a format, a mapping a dataset, one transaction, a report of every refused row."""
