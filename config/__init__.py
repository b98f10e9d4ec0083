"""The composition root: the environment read once, settings, the database cluster, URLs and the WSGI callable."""
