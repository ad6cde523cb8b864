"""Gunicorn for production: two processes of eight threads answer on 127.0.0.1, behind the reverse proxy."""

bind = "127.0.0.1:8000"
workers = 2
threads = 8
worker_class = "gthread"
# An upload of the largest size over a slow line; nothing that the program does takes so long.
timeout = 120
graceful_timeout = 30
# Memory that a process has gathered goes with it.
max_requests = 20_000
max_requests_jitter = 2_000
accesslog = None
errorlog = "-"
