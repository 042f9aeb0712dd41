"""How the site is served: on localhost only, unless HTTP_HOST says otherwise, as in a container."""

import os

bind = f"{os.environ.get('HTTP_HOST', '127.0.0.1')}:{os.environ.get('HTTP_PORT', '5000')}"
chdir = "src"
worker_class = "gthread"
threads = 8
# Longer than a proxy keeps its own connections: the site is never the one to close one in use.
keepalive = 75
# The proxy stops sending requests before it stops the site; what is left by then is quick.
graceful_timeout = 10
# A heartbeat needs a file that can be written without touching a disk.
worker_tmp_dir = "/dev/shm"
accesslog = "-"
access_log_format = '%(h)s "%(r)s" %(s)s %(b)s %(M)sms'
