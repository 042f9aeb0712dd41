"""nginx-proxy's place: containers with VIRTUAL_HOST -> /etc/nginx/conf.d/default.conf -> nginx."""
