"""A town of an older release, brought to this one by the operator's guide while it is looked at."""
