-- What wrk counted, as one line of JSON; it makes none itself.
done = function(summary, latency, requests)
  local errors = summary.errors
  io.stdout:write(string.format(
    'JSON {"requests": %d, "connect": %d, "read": %d, "write": %d, "timeout": %d, "status": %d}\n',
    summary.requests, errors.connect, errors.read, errors.write, errors.timeout, errors.status
  ))
end
